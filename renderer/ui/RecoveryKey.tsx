import { useRef, useState } from "react";
import { Button } from "./Button.tsx";
import { Field } from "./Field.tsx";
import { ErrorNote } from "./states.tsx";
import { useFocus } from "./use-focus.ts";
import { WrittenKey } from "./WrittenKey.tsx";

const paperWords =
  "Opens the Gatehouse vault without the passphrase and turns one-time codes off. Keep it away from this computer. With a backup it opens the vault on another machine.";

/** A new recovery key: shown once, kept by the person, then rehearsed: two of its groups are typed back from the paper. */
export function RecoveryKey({
  recoveryKey,
  canSave,
  rehearse,
}: {
  readonly recoveryKey: string;
  readonly canSave: boolean;
  /** Proves against the vault that the key opens it. */
  readonly rehearse: {
    readonly run: (recoveryKey: string) => void;
    readonly isRunning: boolean;
    readonly problem: { readonly code: string; readonly message: string; readonly remedy: string } | null;
  };
}) {
  const groups = recoveryKey.split("-");
  const [asked, setAsked] = useState<readonly [number, number] | null>(null);
  if (asked === null) {
    return (
      <div className="grid gap-4">
        <WrittenKey title="Recovery key" parts={groups} words={paperWords} file="gatehouse-recovery-key.txt" canSave={canSave} />
        <p>
          <Button look="primary" onClick={() => setAsked(twoOf(groups.length))}>
            I have it on paper or in a password manager
          </Button>
        </p>
      </div>
    );
  }
  return <Rehearsal groups={groups} asked={asked} onBack={() => setAsked(null)} rehearse={rehearse} recoveryKey={recoveryKey} />;
}

function Rehearsal({
  groups,
  asked,
  onBack,
  rehearse,
  recoveryKey,
}: {
  readonly groups: readonly string[];
  readonly asked: readonly [number, number];
  readonly onBack: () => void;
  readonly rehearse: Parameters<typeof RecoveryKey>[0]["rehearse"];
  readonly recoveryKey: string;
}) {
  const [first, second] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const [wrong, setWrong] = useState<readonly number[]>([]);
  const fields = [first, second] as const;
  useFocus(first);
  const check = () => {
    const missed = asked.filter((group, at) => !isSame(fields[at === 0 ? 0 : 1].current?.value ?? "", groups[group] ?? ""));
    setWrong(missed);
    if (missed.length === 0 && !rehearse.isRunning) rehearse.run(recoveryKey);
  };
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        check();
      }}
    >
      <p className="soft">Type two groups from what you kept. The key is hidden now, and it is not shown again after this.</p>
      <div className="flex gap-4">
        {asked.map((group, at) => (
          <Field
            key={group}
            ref={fields[at === 0 ? 0 : 1]}
            label={`Group ${group + 1}`}
            className="w-36"
            autoCapitalize="characters"
            error={wrong.includes(group) ? "That is another." : null}
          />
        ))}
      </div>
      {rehearse.problem !== null && <ErrorNote problem={rehearse.problem} />}
      <p className="flex gap-2">
        <Button type="submit" look="primary" keys="enter" off={rehearse.isRunning ? "It is being tried" : false}>
          {rehearse.isRunning ? "Trying it on the vault…" : "Check it"}
        </Button>
        <Button look="quiet" onClick={onBack}>
          Show the key again
        </Button>
      </p>
    </form>
  );
}

/** Letters that are read alike count as the same, as they do when the key is used. */
function isSame(typed: string, group: string): boolean {
  const plain = typed.toUpperCase().replaceAll(/[\s-]/g, "").replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  return plain === group.toUpperCase();
}

function twoOf(count: number): readonly [number, number] {
  const [a = 0, b = 0] = crypto.getRandomValues(new Uint32Array(2));
  const first = a % count;
  const second = (first + 1 + (b % (count - 1))) % count;
  return first < second ? [first, second] : [second, first];
}
