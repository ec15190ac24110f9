import { type Ref, useEffect, useLayoutEffect, useRef } from "react";
import type { Decision, RuleReference, Verdict, VerdictPart } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { CommandText } from "../../ui/CommandText.tsx";
import { worstParts } from "../../ui/command-ranges.ts";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { Icon, type IconName } from "../../ui/Icon.tsx";
import { type Meaning, Tag } from "../../ui/Tag.tsx";
import type { RiskWords } from "../../ui/request-words.ts";

const decided: Record<Decision, { readonly word: string; readonly meaning: Meaning; readonly icon: IconName }> = {
  allow: { word: "Allowed", meaning: "allow", icon: "check" },
  ask: { word: "Asks", meaning: "ask", icon: "question" },
  deny: { word: "Denied", meaning: "deny", icon: "deny" },
};

/**
 * What would run, whole, and its parts with the rule that decided each. A long command scrolls in
 * here, opened at the worst part; `onEndSeen` fires once its end has been on screen. Give it a key
 * that changes with the request.
 */
export function CommandFrame({
  text,
  verdict,
  risk,
  focusRef,
  onEndSeen,
}: {
  readonly text: string;
  readonly verdict: Verdict;
  readonly risk: RiskWords | null;
  readonly focusRef?: Ref<HTMLElement>;
  readonly onEndSeen: () => void;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLSpanElement>(null);

  useLayoutEffect(() => {
    const element = frame.current;
    const worst = element?.querySelector<HTMLElement>("[data-worst]");
    if (element && worst) element.scrollTop = Math.max(0, worst.offsetTop - element.offsetTop - 32);
  }, []);

  useEffect(() => {
    if (frame.current === null || end.current === null) return;
    const watch = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && onEndSeen(), {
      root: frame.current,
      rootMargin: "0px 0px 2px 0px",
    });
    watch.observe(end.current);
    return () => watch.disconnect();
  }, [onEndSeen]);

  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- focus lands on the command, never on an answer
    <section className="command" aria-label="What it would do" tabIndex={0} ref={focusRef}>
      <div className="command-raw">
        <div className="command-scroll" ref={frame} tabIndex={-1}>
          <CommandText command={text} parts={verdict.parts} />
          <span ref={end} className="command-end" aria-hidden="true" />
        </div>
        <CopyButton text={text} name="Copy the command" />
      </div>
      <Parts parts={verdict.parts} risk={risk} />
    </section>
  );
}

function Parts({ parts, risk }: { readonly parts: readonly VerdictPart[]; readonly risk: RiskWords | null }) {
  const worst = worstParts(parts);
  return (
    <ol className="parts">
      {parts.map((part, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- the same part may stand twice in one command
        <Part key={index} number={index + 1} part={part} isWorst={worst.includes(part)} risk={part === worst[0] ? risk : null} />
      ))}
    </ol>
  );
}

function Part({
  number,
  part,
  isWorst,
  risk,
}: {
  readonly number: number;
  readonly part: VerdictPart;
  readonly isWorst: boolean;
  readonly risk: RiskWords | null;
}) {
  const { word, meaning, icon } = decided[part.decision];
  return (
    <li className={`part ${isWorst ? "is-worst" : ""}`}>
      <span className="n">{number}</span>
      <div className="part-text">
        <code>{escapeControls(part.text, { keepLines: true })}</code>
        {risk !== null && (
          <span className="risk-word is-deny">
            <Icon name={risk.icon} size={14} />
            {risk.word}
          </span>
        )}
      </div>
      <Tag meaning={meaning} icon={icon} className="verdict">
        {word}
      </Tag>
      <span className="rule">
        <RuleWords rule={part.rule} reason={part.reason} />
      </span>
    </li>
  );
}

function RuleWords({ rule, reason }: { readonly rule: RuleReference | null; readonly reason: string }) {
  if (rule === null) return reason;
  return (
    <>
      by <code>{`${rule.list} ${rule.text}`}</code>, {layerWords[rule.layer]}
    </>
  );
}

const layerWords: Record<RuleReference["layer"], string> = {
  floor: "built in, cannot be dropped",
  workspace: "your rules",
  repository: "this repository’s rules",
  default: "default rules",
  grant: "allowed for this run",
  mode: "the mode of this run",
};
