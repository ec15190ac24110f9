import type { Decision, RuleEffect } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useRead } from "../../rpc/queries.ts";
import { writeAgo } from "../../ui/format.ts";
import { Icon } from "../../ui/Icon.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { useNow } from "../../ui/use-now.ts";
import type { ExactFile } from "./exact-file.ts";
import { verdictWords } from "./VerdictView.tsx";

/** What a rule file would change in what the repository's agents did before: a sentence, then which calls. */
export function EffectView({ file }: { readonly file: ExactFile }) {
  const effect = useRead(["policy", "effect", file], (client, signal) => client.policy.effect(file, { signal }));
  return (
    <section aria-label="What it would change" className="grid gap-2">
      <p role="status" className="strong">
        {effect.data?.sentence ?? (effect.isLoading ? "Trying it on what was done before…" : "")}
      </p>
      {effect.problem !== null && <ErrorNote problem={effect.problem} action={{ label: "Try again", run: effect.reload }} />}
      {effect.data !== undefined && effect.data.changes.length > 0 && <Changes effect={effect.data} />}
    </section>
  );
}

function Changes({ effect: { changes, counts } }: { readonly effect: RuleEffect }) {
  const now = useNow();
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const named = changes.reduce((sum, { times }) => sum + times, 0);
  return (
    <>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling list has to be reachable by keyboard */}
      <ul className="effect-list" tabIndex={0} aria-label="Calls that would be decided otherwise">
        {changes.map((change, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- the same words may be two different calls
          <li key={index}>
            <Mark decision={change.from} />
            <Icon name="right" size={12} className="label" />
            <span className="visually-hidden">becomes</span>
            <Mark decision={change.to} />
            <code className="wrap-anywhere">{escapeControls(change.summary)}</code>
            <span className="push label">
              {change.times > 1 && `${change.times.toLocaleString("en")} times, `}
              {writeAgo(change.at, now)}
            </span>
          </li>
        ))}
      </ul>
      {named < total && <p className="label small">The newest {named.toLocaleString("en")} of them.</p>}
    </>
  );
}

function Mark({ decision }: { readonly decision: Decision }) {
  return (
    <Tag meaning={decision} icon={verdictWords[decision].icon}>
      {verdictWords[decision].tag}
    </Tag>
  );
}
