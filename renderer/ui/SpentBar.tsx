import { writeUsd } from "#shared/domain/money.ts";
import { Icon } from "./Icon.tsx";
import "./spent-bar.css";

/** How much of a limit is spent: in words, and as a bar. */
export function SpentBar({ name, spent, limit }: { readonly name: string; readonly spent: number; readonly limit: number }) {
  const share = spent / limit;
  const state = share >= 1 ? "spent" : share >= 0.8 ? "near" : "within";
  return (
    <span className={`spent is-${state}`}>
      <meter aria-label={name} min={0} max={limit} value={Math.min(spent, limit)} className="spent-bar" />
      <span className="num small">
        {writeUsd(spent)} of {writeUsd(limit)}
      </span>
      {state !== "within" && (
        <span className={`small ${state === "spent" ? "is-deny" : "is-ask"}`}>
          <Icon name="alert" size={12} /> {state === "spent" ? "Used up" : `${Math.floor(share * 100)}%`}
        </span>
      )}
    </span>
  );
}
