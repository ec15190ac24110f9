import { useDeferredValue, useEffect, useRef, useState } from "react";
import type { Replay, RuleLayer, RuleList, RuleUse } from "#shared/contract/policy.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { writeAgo } from "../../ui/format.ts";
import { type LineNote, RuleLines } from "../../ui/RuleLines.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { useNow } from "../../ui/use-now.ts";
import { lists, noteOf, type RuleExample, ruleExamples } from "./rule-words.ts";

type Texts = Readonly<Record<keyof RuleList, string>>;

/** The workspace's rules, one a line, checked while they are written and tried on what was asked before. */
export function RulesEditor({
  rules,
  use,
  layer,
  onClose,
  onSaved,
}: {
  readonly rules: RuleList;
  readonly use: RuleUse | undefined;
  readonly layer: RuleLayer;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}) {
  const [texts, setTexts] = useState<Texts>({ deny: rules.deny.join("\n"), allow: rules.allow.join("\n"), ask: rules.ask.join("\n") });
  const [isResetting, setResetting] = useState(false);
  const written = { deny: linesOf(texts.deny), allow: linesOf(texts.allow), ask: linesOf(texts.ask) };
  const wanted = useDeferredValue(JSON.stringify(written));
  const replay = useRead(["policy", "replay", wanted], (client, signal) => client.policy.replay({ rules: written }, { signal }));
  const save = useChange((client, next: RuleList | null) => client.policy.setRules({ rules: next }), {
    reloads: [["policy"]],
    onDone: onSaved,
  });
  const problems = replay.data?.problems ?? [];
  const isChanged = JSON.stringify(rules) !== JSON.stringify(written);
  const off =
    problems.length > 0 ? "A rule cannot be read" : !isChanged ? "Nothing has changed" : save.isRunning ? "It is being saved" : false;
  const editor = useRef<HTMLElement>(null);
  useEffect(() => editor.current?.querySelector("textarea")?.focus(), []);
  return (
    <section ref={editor} className="rules-editor" aria-label="Rules of the workspace">
      <div className="rules-editor-body">
        <p className="soft">One rule a line, for every repository. The floor holds whatever is written here.</p>
        {lists.map(({ list, word }) => (
          <RuleLines
            key={list}
            label={word}
            value={texts[list]}
            notes={[
              ...problems.filter((each) => each.list === list).map(problemNote),
              ...(list === "deny" || list === "allow" || list === "ask" ? shadowNotes(written[list], list, layer, use) : []),
            ]}
            onChange={(value) => setTexts({ ...texts, [list]: value })}
          />
        ))}
        {replay.data !== undefined && problems.length === 0 && <Replayed replay={replay.data} />}
        {replay.problem !== null && <ErrorNote problem={replay.problem} />}
        <Examples onUse={({ list, text }) => setTexts({ ...texts, [list]: [...linesOf(texts[list]), text].join("\n") })} />
      </div>
      <footer className="rules-editor-foot">
        {save.problem !== null && <ErrorNote problem={save.problem} />}
        <Button look="quiet" onClick={() => setResetting(true)}>
          Use the defaults
        </Button>
        <Button className="push" onClick={onClose}>
          Cancel
        </Button>
        <Button look="primary" off={off} onClick={() => save.run(written)}>
          Save
        </Button>
      </footer>
      <Confirm
        open={isResetting}
        onClose={() => setResetting(false)}
        title="Use the default rules?"
        action="Use the defaults"
        onConfirm={() => save.run(null)}
        isRunning={save.isRunning}
      >
        Your own rules of the workspace are dropped; the audit log keeps them. Rules of repositories and grants stay.
      </Confirm>
    </section>
  );
}

function problemNote({ index, column, problem }: { readonly index: number; readonly column: number; readonly problem: string }): LineNote {
  return { line: index, column, words: problem, isProblem: true };
}

/** Of rules that are in force as they stand: an edited line is another rule, of which nothing is known yet. */
function shadowNotes(
  texts: readonly string[],
  list: "deny" | "allow" | "ask",
  layer: RuleLayer,
  use: RuleUse | undefined,
): readonly LineNote[] {
  return texts.flatMap((text, line) => {
    const note = noteOf({ text, list, layer }, use, 0);
    return note?.kind === "shadowed" ? [{ line, column: 1, words: note.words, isProblem: false }] : [];
  });
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  while (lines.at(-1)?.trim() === "") lines.pop();
  return lines;
}

/** What these rules would have said to what was asked, in a sentence, and which requests those are. */
function Replayed({ replay }: { readonly replay: Replay }) {
  const now = useNow();
  return (
    <section aria-label="Replay">
      <p aria-live="polite" className="strong">
        {replay.sentence}
      </p>
      {replay.examples.length > 0 && (
        <details className="fold">
          <summary>Which ones</summary>
          <ul className="replayed">
            {replay.examples.map((example, index) => (
              // oxlint-disable-next-line react/no-array-index-key -- the same command may have been asked about twice
              <li key={index}>
                <span className={example.decision === "deny" ? "is-deny" : ""}>{example.decision === "deny" ? "denied" : "allowed"}</span>
                <code className="wrap-anywhere">{example.summary}</code>
                <span className={`push ${example.wasAllowed || example.decision === "deny" ? "label" : "is-deny"}`}>
                  {example.wasAllowed ? "you allowed it" : "you denied it"} {writeAgo(example.at, now)}
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Examples({ onUse }: { readonly onUse: (example: RuleExample) => void }) {
  return (
    <details className="fold">
      <summary>Examples</summary>
      <ul className="replayed">
        {ruleExamples.map((example) => (
          <li key={example.text}>
            <span className="verdict-word w-12">{example.list}</span>
            <code className="wrap-anywhere">{example.text}</code>
            <span className="label push">{example.words}</span>
            <Button size="small" look="quiet" aria-label={`Add ${example.list} ${example.text}`} onClick={() => onUse(example)}>
              Add
            </Button>
          </li>
        ))}
      </ul>
    </details>
  );
}
