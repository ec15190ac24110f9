import { useEffect, useRef } from "react";
import type { RepositoryId } from "#shared/contract/ids.ts";
import type { Decision, Mode, RuleList, RuleSuggestion, ToolRequest } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { listLooks, lists } from "./rule-words.ts";
import { PointedLines } from "./PointedLines.tsx";

const actions: Readonly<Record<Decision, string>> = { allow: "Allow it…", ask: "Ask about it…", deny: "Deny it…" };

/** What would change the verdict, in words, and the changes of the person's own rules that would, each one key from the editor. */
export function Suggestions({
  request,
  mode,
  repositoryId,
  lines,
  takesFocus,
  onTake,
}: {
  readonly request: ToolRequest;
  readonly mode: Mode;
  readonly repositoryId: RepositoryId | null;
  readonly lines: readonly string[];
  /** The first change has the focus as soon as it is known. */
  readonly takesFocus: boolean;
  readonly onTake: (suggestion: RuleSuggestion) => void;
}) {
  const wish = { request, mode, repositoryId };
  const suggestions = useRead(["policy", "suggest", wish], (client, signal) => client.policy.suggest(wish, { signal }));
  const found = suggestions.data ?? [];
  const list = useRef<HTMLUListElement>(null);
  const isKnown = found.length > 0;
  useEffect(() => {
    if (takesFocus && isKnown) list.current?.querySelector("button")?.focus();
  }, [takesFocus, isKnown]);
  if (found.length + lines.length === 0) return null;
  return (
    <section aria-label="What would change it">
      <h3 className="mb-1">What would change it</h3>
      <PointedLines lines={lines} />
      {found.length > 0 && (
        <ul ref={list} className="suggestions">
          {found.map((suggestion) => (
            <li key={suggestion.decision}>
              <Button size="small" icon={listLooks[suggestion.decision].icon} onClick={() => onTake(suggestion)}>
                {actions[suggestion.decision]}
              </Button>
              <ul className="min-w-0">
                <Changes rules={suggestion.removes} sign="−" word="without" />
                <Changes rules={suggestion.adds} sign="+" word="with" />
              </ul>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Changes({ rules, sign, word }: { readonly rules: RuleList; readonly sign: string; readonly word: string }) {
  return lists.flatMap(({ list }) =>
    rules[list].map((text) => (
      <li key={`${list} ${text}`} className="wrap-anywhere">
        <span aria-hidden="true" className="label">
          {sign}{" "}
        </span>
        <span className="visually-hidden">{word} </span>
        <code>
          {list} {escapeControls(text)}
        </code>
      </li>
    )),
  );
}
