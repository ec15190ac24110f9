import type { Hook } from "#shared/contract/hook.ts";
import type { RuleList, RuleProposal } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { DiffView } from "./diff/DiffView.tsx";
import { Icon, type IconName } from "./Icon.tsx";
import { writeCount } from "./format.ts";
import "./proposal.css";

const lists: readonly { readonly list: keyof RuleList; readonly word: string; readonly icon: IconName; readonly look: string }[] = [
  { list: "deny", word: "Deny", icon: "deny", look: "is-deny" },
  { list: "allow", word: "Allow", icon: "check", look: "is-allow" },
  { list: "ask", word: "Ask", icon: "question", look: "is-ask" },
];

/** What a branch would make of the repository's rules, in one sentence. */
export function proposalWords({ added, removed, addedHooks, removedHooks, problems, after }: RuleProposal): string {
  if (after === null) return "It removes the rule file.";
  if (problems.length > 0) return "The rule file on this branch cannot be read, so it would be refused.";
  const parts = [
    phrase(added?.allow.length ?? 0, (count) => `allows ${count} more`),
    phrase(removed?.deny.length ?? 0, (count) => `drops ${writeCount(count, "denial")}`),
    phrase(
      (added?.deny.length ?? 0) + (added?.ask.length ?? 0),
      (count) => `adds ${writeCount(count, "rule that tightens", "rules that tighten")}`,
    ),
    phrase((removed?.allow.length ?? 0) + (removed?.ask.length ?? 0), (count) => `takes ${writeCount(count, "other rule")} away`),
    phrase(addedHooks.length + removedHooks.length, (count) => `changes ${writeCount(count, "hook")}`),
  ].filter((part) => part !== "");
  return parts.length === 0 ? "It changes comments and layout only." : `It ${parts.join(", ")}.`;
}

function phrase(count: number, words: (count: number) => string): string {
  return count === 0 ? "" : words(count);
}

function sizeOf(rules: RuleList | null): number {
  return rules === null ? 0 : rules.deny.length + rules.allow.length + rules.ask.length;
}

/** What comes and goes, rule by rule, and the file's difference. Hostile text. */
export function ProposalView({ proposal, path }: { readonly proposal: RuleProposal; readonly path: string }) {
  return (
    <div className="proposal">
      {proposal.problems.length > 0 && (
        <ul className="field-error">
          {proposal.problems.map((problem) => (
            <li key={`${problem.line}:${problem.column}`}>
              Line {problem.line}, column {problem.column}: {escapeControls(problem.problem)}
            </li>
          ))}
        </ul>
      )}
      <Changes title="Comes" rules={proposal.added} hooks={proposal.addedHooks} sign="+" />
      <Changes title="Goes" rules={proposal.removed} hooks={[]} names={proposal.removedHooks} sign="−" />
      <div className="proposal-diff">
        <DiffView path={path} before={proposal.before ?? ""} after={proposal.after ?? ""} layout="unified" />
      </div>
    </div>
  );
}

function Changes({
  title,
  rules,
  hooks,
  names = [],
  sign,
}: {
  readonly title: string;
  readonly rules: RuleList | null;
  readonly hooks: readonly Hook[];
  readonly names?: readonly string[];
  readonly sign: string;
}) {
  if (sizeOf(rules) + hooks.length + names.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {lists.flatMap(({ list, word, icon, look }) =>
          (rules?.[list] ?? []).map((text) => (
            <li key={`${list} ${text}`}>
              <span aria-hidden="true">{sign}</span>
              <span className="verdict-word">
                <Icon name={icon} size={14} className={look} /> {word}
              </span>
              <code className="wrap-anywhere">{escapeControls(text)}</code>
            </li>
          )),
        )}
        {[...hooks.map(({ name }) => name), ...names].map((name) => (
          <li key={name}>
            <span aria-hidden="true">{sign}</span>
            <span className="verdict-word">
              <Icon name="link" size={14} className="label" /> Hook
            </span>
            <code>{escapeControls(name)}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}
