import { type RefObject, useEffect, useRef, useState } from "react";
import type { RepositoryId, RequestId } from "#shared/contract/ids.ts";
import type { Mode, RuleSuggestion, ToolRequest } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { modes, modeWords } from "#shared/domain/mode-words.ts";
import type { Problem } from "../../rpc/problem.ts";
import { useRead } from "../../rpc/queries.ts";
import { useSettled } from "../../rpc/use-settled.ts";
import { Button } from "../../ui/Button.tsx";
import { useCommands } from "../../ui/commands.ts";
import { Field, Labelled, TextArea } from "../../ui/Field.tsx";
import { Menu } from "../../ui/Menu.tsx";
import { Select } from "../../ui/Select.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { Suggestions } from "./Suggestions.tsx";
import { fromRequest, isTryKind, kinds, type TryKind, toRequest } from "./try-request.ts";
import { VerdictView } from "./VerdictView.tsx";

const quietMs = 120;
const shownPast = 10;
/** Characters of a past request in a menu. */
const menuCharacters = 64;

/** A request of the past that the box begins with: another one each time `turn` grows, which is its key. */
export interface Tried {
  readonly request: ToolRequest;
  readonly turn: number;
}

/** Asks the rules in force about something, without doing it. */
export function TryIt({
  repositoryId,
  tried,
  problem,
  box,
  onTry,
  onTake,
}: {
  readonly repositoryId: RepositoryId | null;
  readonly tried: Tried | null;
  /** Why a request of the past could not be had. */
  readonly problem: Problem | null;
  readonly box: RefObject<HTMLElement | null>;
  readonly onTry: (id: RequestId) => void;
  /** Puts a change into the editor. */
  readonly onTake: (suggestion: RuleSuggestion) => void;
}) {
  const [mode, setMode] = useState<Mode>("auto");
  const begin = tried === null ? null : fromRequest(tried.request);
  const [kind, setKind] = useState<TryKind>(begin?.kind ?? "shell");
  const [typed, setTyped] = useState(begin?.typed ?? "git push origin main && npm publish");
  // A request of the past is tried as it was, with its own folder, until somebody changes its text.
  const [given, setGiven] = useState<ToolRequest | null>(tried?.request ?? null);
  const isTried = tried !== null;
  useEffect(() => {
    if (!isTried) return;
    // What would change it is known at once where it was tried before.
    const find = (what: string) => box.current?.querySelector<HTMLElement>(what);
    (find(".suggestions button") ?? find("textarea, input"))?.focus();
  }, [isTried, box]);
  const lately = useRef<HTMLButtonElement>(null);
  useCommands([
    {
      ...{ id: "rules.asked", label: "What you were asked lately", group: "Rules", keys: ["p"], icon: "clock" as const },
      run: () => lately.current?.click(),
    },
  ]);
  const text = useSettled(typed, quietMs);
  const read = toRequest(kind, text);
  const request = given ?? (read.ok ? read.request : null);
  const wish = { request, mode, repositoryId };
  const verdict = useRead(
    ["policy", "explain", wish],
    (client, signal) =>
      request === null
        ? Promise.reject(new Error("nothing to ask about"))
        : client.policy.explain({ request, mode, repositoryId }, { signal }),
    { enabled: request !== null },
  );
  const { label, placeholder } = kinds[kind];
  const change = (value: string) => {
    setTyped(value);
    setGiven(null);
  };
  const input = { label, placeholder, value: typed, error: given !== null || read.ok ? null : read.why, className: "mono-input" };
  return (
    <section ref={box} className="try-it" aria-label="Try it">
      <div className="try-head">
        <h2 className="font-semibold">Try it</h2>
        <AskedLately button={lately} onTry={onTry} />
      </div>
      <p className="soft">What would the rules say? Nothing is run, and nothing is written to the log.</p>
      <div className="grid grid-cols-2 gap-3">
        <Labelled label="Kind">
          {(id) => (
            <Select
              id={id}
              value={kind}
              options={Object.entries(kinds).flatMap(([value, { name }]) => (isTryKind(value) ? [{ value, label: name }] : []))}
              onChange={(next) => {
                setKind(next);
                change("");
              }}
            />
          )}
        </Labelled>
        <Labelled label="Mode of the task">
          {(id) => (
            <Select id={id} value={mode} options={modes.map((value) => ({ value, label: modeWords[value].label }))} onChange={setMode} />
          )}
        </Labelled>
      </div>
      {kind === "shell" ? (
        <TextArea {...input} rows={3} onChange={(event) => change(event.target.value)} />
      ) : (
        <Field {...input} onChange={(event) => change(event.target.value)} />
      )}
      {problem !== null && <ErrorNote problem={problem} />}
      {verdict.problem !== null && <ErrorNote problem={verdict.problem} />}
      {request !== null && verdict.data !== undefined && (
        <VerdictView request={request} verdict={verdict.data}>
          <Suggestions {...{ request, mode, repositoryId, onTake }} lines={verdict.data.wouldChange} takesFocus={given !== null} />
        </VerdictView>
      )}
    </section>
  );
}

/** The way from "I was asked about this" to a rule for it. */
function AskedLately({ button, onTry }: { readonly button: RefObject<HTMLButtonElement | null>; readonly onTry: (id: RequestId) => void }) {
  const past = useRead(["policy", "past"], (client, signal) => client.permissions.past({ limit: shownPast }, { signal }), { freshMs: 0 });
  const entries = (past.data ?? []).map(({ id, summary, answer }) => ({
    label: `${brief(escapeControls(summary))}${answer.startsWith("deny") ? ", denied" : ""}`,
    run: () => onTry(id),
  }));
  // A menu knows its lines by their words.
  const unique = entries.filter(({ label }, at) => entries.findIndex((each) => each.label === label) === at);
  if (unique.length === 0) return null;
  return (
    <Menu
      title="You were asked about"
      trigger={
        <Button ref={button} size="small" icon="clock" keys="p" aria-keyshortcuts="P" className="push">
          Asked lately
        </Button>
      }
      entries={unique}
    />
  );
}

function brief(text: string): string {
  return text.length > menuCharacters ? `${text.slice(0, menuCharacters - 1)}…` : text;
}
