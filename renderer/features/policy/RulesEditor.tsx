import { useEffect, useRef, useState } from "react";
import type { RequestId } from "#shared/contract/ids.ts";
import type { Replay, RuleLayer, RuleList, RuleSuggestion } from "#shared/contract/policy.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { useSettled } from "../../rpc/use-settled.ts";
import { Button } from "../../ui/Button.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { type LineNote, RuleLines } from "../../ui/RuleLines.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { ImportDialog } from "./ImportDialog.tsx";
import { ReplayList } from "./ReplayList.tsx";
import { RuleExamples } from "./RuleExamples.tsx";
import { linesOf, type RuleTexts, textsOf, withAdded, withSuggestion } from "./rule-texts.ts";
import { lists, noteOf } from "./rule-words.ts";
import type { UseIndex } from "./use-index.ts";

/** How long nothing is typed before rules are tried on the history. */
const quietMs = 250;

/** The workspace's rules, one a line, checked while they are written and tried on what was asked before. */
export function RulesEditor({
  rules,
  wish,
  use,
  layer,
  onClose,
  onSaved,
  onTry,
}: {
  /** In force now; another window may change them meanwhile. */
  readonly rules: RuleList;
  /** What it begins with beside them; the focus is on *Save* then. */
  readonly wish: RuleSuggestion | null;
  readonly use: UseIndex | null;
  readonly layer: RuleLayer;
  readonly onClose: () => void;
  readonly onSaved: () => void;
  /** Opens a request of the past in the try-it box. */
  readonly onTry: (id: RequestId) => void;
}) {
  const [seen, setSeen] = useState(rules);
  const [texts, setTexts] = useState<RuleTexts>(() => (wish === null ? textsOf(rules) : withSuggestion(rules, wish)));
  const [open, setOpen] = useState<"reset" | "import" | null>(null);
  const written = { deny: linesOf(texts.deny), allow: linesOf(texts.allow), ask: linesOf(texts.ask) };
  const wanted = JSON.stringify(written);
  const settled = useSettled(wanted, quietMs);
  const [stopped, setStopped] = useState<string | null>(null);
  const replay = useRead(["policy", "replay", settled], (client, signal) => client.policy.replay({ rules: written }, { signal }), {
    enabled: settled === wanted && stopped !== settled,
    keeps: true,
  });
  const save = useChange((client, next: RuleList | null) => client.policy.setRules({ rules: next, seen }), {
    reloads: [["policy"]],
    onDone: onSaved,
  });
  const problems = replay.data?.problems ?? [];
  const isChanged = JSON.stringify(seen) !== wanted;
  const isOutrun = JSON.stringify(seen) !== JSON.stringify(rules);
  const off =
    problems.length > 0 ? "A rule cannot be read" : !isChanged ? "Nothing has changed" : save.isRunning ? "It is being saved" : false;
  const editor = useRef<HTMLElement>(null);
  const saves = useRef<HTMLButtonElement>(null);
  const isWished = wish !== null;
  useEffect(() => {
    if (isWished) saves.current?.focus();
    else editor.current?.querySelector("textarea")?.focus();
  }, [isWished]);
  return (
    <section ref={editor} className="rules-editor" aria-label="Rules of the workspace">
      <div className="rules-editor-body">
        <p className="soft">One rule a line, for every repository. The floor holds whatever is written here.</p>
        {isOutrun && (
          <div className="note" role="status">
            <p className="note-what">These rules were changed elsewhere meanwhile.</p>
            <Button
              size="small"
              onClick={() => {
                setSeen(rules);
                setTexts(textsOf(rules));
              }}
            >
              Take those
            </Button>
            <Button size="small" onClick={() => setSeen(rules)}>
              Keep mine
            </Button>
          </div>
        )}
        {lists.map(({ list, word }) => (
          <RuleLines
            key={list}
            label={word}
            value={texts[list]}
            notes={[...problems.filter((each) => each.list === list).map(problemNote), ...shadowNotes(written[list], list, layer, use)]}
            onChange={(value) => setTexts({ ...texts, [list]: value })}
          />
        ))}
        <Replayed
          replay={problems.length === 0 ? replay.data : undefined}
          isReading={replay.isReading || settled !== wanted}
          isStopped={stopped === wanted}
          onStop={() => setStopped(wanted)}
          onGoOn={() => setStopped(null)}
          onTry={onTry}
        />
        {replay.problem !== null && <ErrorNote problem={replay.problem} />}
        <RuleExamples onUse={({ list, text }) => setTexts(withAdded(texts, { deny: [], allow: [], ask: [], [list]: [text] }))} />
      </div>
      <footer className="rules-editor-foot">
        {save.problem !== null && <ErrorNote problem={save.problem} />}
        <Button look="quiet" onClick={() => setOpen("reset")}>
          Use the defaults
        </Button>
        <Button look="quiet" onClick={() => setOpen("import")}>
          Import…
        </Button>
        <Button className="push" onClick={onClose}>
          Cancel
        </Button>
        <Button ref={saves} look="primary" off={isOutrun ? "They were changed elsewhere meanwhile" : off} onClick={() => save.run(written)}>
          Save
        </Button>
      </footer>
      {open === "import" && (
        <ImportDialog
          rules={written}
          onClose={() => setOpen(null)}
          onTake={(taken) => {
            setTexts(withAdded(texts, taken));
            setOpen(null);
          }}
        />
      )}
      <Confirm
        open={open === "reset"}
        onClose={() => setOpen(null)}
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
  use: UseIndex | null,
): readonly LineNote[] {
  return texts.flatMap((text, line) => {
    const note = noteOf({ text, list, layer }, use, 0);
    return note?.kind === "shadowed" ? [{ line, column: 1, words: note.words, isProblem: false }] : [];
  });
}

/** What these rules would have said to what was asked, in a sentence, and which requests those are. */
function Replayed({
  replay,
  isReading,
  isStopped,
  onStop,
  onGoOn,
  onTry,
}: {
  readonly replay: Replay | undefined;
  readonly isReading: boolean;
  readonly isStopped: boolean;
  readonly onStop: () => void;
  readonly onGoOn: () => void;
  readonly onTry: (id: RequestId) => void;
}) {
  const total = replay === undefined ? 0 : replay.considered - replay.stillAsked;
  return (
    <section aria-label="Replay" className="replay-part">
      <div className="replay-words">
        <p aria-live="polite" className={`strong ${isReading ? "soft" : ""}`}>
          {isStopped ? "Not tried on what was asked before." : (replay?.sentence ?? "")}
        </p>
        {isStopped ? (
          <Button size="small" look="quiet" onClick={onGoOn}>
            Try them
          </Button>
        ) : (
          isReading && (
            <Button size="small" look="quiet" className="late" onClick={onStop}>
              Stop trying
            </Button>
          )
        )}
      </div>
      {!isStopped && replay !== undefined && replay.changes.length > 0 && (
        <details className="fold">
          <summary>Which ones</summary>
          <ReplayList changes={replay.changes} total={total} onOpen={onTry} />
        </details>
      )}
    </section>
  );
}
