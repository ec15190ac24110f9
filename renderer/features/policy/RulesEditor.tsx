import { useDeferredValue, useState } from "react";
import type { Replay, RuleList } from "#shared/contract/policy.ts";
import { useClient } from "../../rpc/client.ts";
import { type Problem, toProblem } from "../../rpc/problem.ts";
import { useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { TextArea } from "../../ui/Field.tsx";
import { writeCount } from "../../ui/format.ts";
import { ErrorNote } from "../../ui/states.tsx";

const lists = [
  { list: "deny", label: "Deny" },
  { list: "allow", label: "Allow" },
  { list: "ask", label: "Ask" },
] as const;

/** The workspace's rules, one a line, checked while they are written and tried on what was asked before. */
export function RulesEditor({
  rules,
  onClose,
  onSaved,
}: {
  readonly rules: RuleList;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}) {
  const client = useClient();
  const [texts, setTexts] = useState({ deny: rules.deny.join("\n"), allow: rules.allow.join("\n"), ask: rules.ask.join("\n") });
  const [problem, setProblem] = useState<Problem | null>(null);
  const written = { deny: linesOf(texts.deny), allow: linesOf(texts.allow), ask: linesOf(texts.ask) };
  const key = useDeferredValue(JSON.stringify(written));
  const replay = useRead(["policy", "replay", key], (each, signal) => each.policy.replay({ rules: written }, { signal }));
  const problems = replay.data?.problems ?? [];
  const save = async (next: RuleList | null) => {
    try {
      await client.policy.setRules({ rules: next });
      onSaved();
    } catch (error) {
      setProblem(toProblem(error));
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Rules of the workspace"
      foot={
        <>
          <Button look="quiet" onClick={() => void save(null)}>
            Use the defaults
          </Button>
          <Button className="push" onClick={onClose}>
            Cancel
          </Button>
          <Button look="primary" off={problems.length > 0 ? "A rule cannot be read" : false} onClick={() => void save(written)}>
            Save
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        <p className="soft">One rule a line. The floor holds whatever is written here.</p>
        {lists.map(({ list, label }) => (
          <TextArea
            key={list}
            label={label}
            rows={4}
            className="mono-input"
            spellCheck={false}
            value={texts[list]}
            error={problems
              .filter((each) => each.list === list)
              .slice(0, 3)
              .map((each) => `Line ${each.index + 1}, column ${each.column}: ${each.problem}`)
              .join(" ")}
            onChange={(event) => setTexts({ ...texts, [list]: event.target.value })}
          />
        ))}
        <p aria-live="polite" className="soft">
          {replay.data !== undefined && problems.length === 0 && inWords(replay.data)}
        </p>
        {replay.problem !== null && <ErrorNote problem={replay.problem} />}
        {problem !== null && <ErrorNote problem={problem} />}
      </div>
    </Dialog>
  );
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  while (lines.at(-1)?.trim() === "") lines.pop();
  return lines;
}

function inWords({ considered, nowAllowed, nowDenied }: Replay): string {
  if (considered === 0) return "Nobody has been asked anything yet, so there is nothing to try these rules on.";
  const allowed = nowAllowed.ofAllowed + nowAllowed.ofDenied;
  const denied = nowDenied.ofAllowed + nowDenied.ofDenied;
  return `Of ${writeCount(considered, "request")} that you were asked about, these rules would have allowed ${allowed}, ${nowAllowed.ofDenied} of them ones that you denied; and denied ${denied}, ${nowDenied.ofAllowed} of them ones that you allowed.`;
}
