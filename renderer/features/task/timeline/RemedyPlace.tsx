import { Link } from "@tanstack/react-router";
import { Icon } from "../../../ui/Icon.tsx";

/** The screen that a remedy sends to, as a button: "Look at the secret 'anthropic' in the Vault". */
export function RemedyPlace({ remedy }: { readonly remedy: string }) {
  if (!/\bin the Vault\b/u.test(remedy)) return null;
  return (
    <p className="mt-2">
      <Link to="/vault" className="btn btn-small">
        <Icon name="key" size={14} />
        Open the Vault
      </Link>
    </p>
  );
}
