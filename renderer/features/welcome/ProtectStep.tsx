import { useEffect, useRef, useState } from "react";
import { Passphrase } from "#shared/contract/unlock.ts";
import { useChange } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { PassphraseField } from "../../ui/PassphraseField.tsx";
import { ErrorNote } from "../../ui/states.tsx";

/** Makes the vault. The passphrase lives in its two fields until it is sent, and nowhere else. */
export function ProtectStep({ onVaultMade }: { readonly onVaultMade: (() => void) | undefined }) {
  const first = useRef<HTMLInputElement>(null);
  const second = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState<{ readonly field: "first" | "second"; readonly words: string } | null>(null);
  const create = useChange((client, passphrase: string) => client.unlock.create({ passphrase }));
  useEffect(() => first.current?.focus(), []);
  const submit = () => {
    const typed = first.current?.value ?? "";
    const read = Passphrase.safeParse(typed);
    if (!read.success) {
      setWrong({ field: "first", words: read.error.issues[0]?.message ?? "Choose another passphrase." });
      first.current?.focus();
    } else if (second.current?.value !== typed) {
      setWrong({ field: "second", words: "The two are not the same." });
      second.current?.focus();
    } else {
      setWrong(null);
      onVaultMade?.();
      if (first.current !== null) first.current.value = "";
      if (second.current !== null) second.current.value = "";
      create.run(typed);
    }
  };
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!create.isRunning) submit();
      }}
    >
      <header>
        <h1>Protect the vault</h1>
        <p className="soft">
          Tasks, keys and the log are encrypted on this computer under a passphrase. There is no account, and nobody can reset it.
        </p>
      </header>
      <PassphraseField
        ref={first}
        label="Passphrase"
        autoComplete="new-password"
        error={wrong?.field === "first" ? wrong.words : null}
        hint="At least 8 characters. Four or five unrelated words are good and easy to keep."
      />
      <PassphraseField
        ref={second}
        label="The same again"
        autoComplete="new-password"
        error={wrong?.field === "second" ? wrong.words : null}
      />
      {create.problem !== null && <ErrorNote problem={create.problem} />}
      <p>
        <Button type="submit" look="primary" size="large" keys="enter" off={create.isRunning ? "It is being made" : false}>
          {create.isRunning ? "Making the vault…" : "Make the vault"}
        </Button>
      </p>
    </form>
  );
}
