import { type KeyboardEvent, type Ref, useEffect, useLayoutEffect, useRef } from "react";
import type { Decision, RuleReference, Verdict, VerdictPart } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { CommandText } from "../../ui/CommandText.tsx";
import { worstParts } from "../../ui/command-ranges.ts";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { Icon, type IconName } from "../../ui/Icon.tsx";
import { type Meaning, Tag } from "../../ui/Tag.tsx";
import { graveParts, riskOf } from "../../ui/request-words.ts";
import { whenSeen } from "./when-seen.ts";
import "./command-frame.css";

const decided: Record<Decision, { readonly word: string; readonly meaning: Meaning; readonly icon: IconName }> = {
  allow: { word: "Allowed", meaning: "allow", icon: "check" },
  ask: { word: "Asks", meaning: "ask", icon: "question" },
  deny: { word: "Denied", meaning: "deny", icon: "deny" },
};

/** Of a command, pixels. */
const lineHeight = 20;

/**
 * What would run, whole, and its parts with the rule that decided each. A long command scrolls in
 * here, opened at the worst part; `onRead` fires once its beginning and its end have been on screen,
 * so that a harmless end cannot hide what stands before it. Give it a key that changes with the request.
 */
export function CommandFrame({
  text,
  verdict,
  focusRef,
  onRead,
}: {
  readonly text: string;
  readonly verdict: Verdict;
  readonly focusRef?: Ref<HTMLElement>;
  readonly onRead: () => void;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const start = useRef<HTMLSpanElement>(null);
  const end = useRef<HTMLSpanElement>(null);
  const parts = useRef<HTMLOListElement>(null);

  useLayoutEffect(() => {
    openAtWorst(frame.current, "[data-worst=grave]", "[data-worst]");
    openAtWorst(parts.current, ".is-grave", ".is-worst");
  }, []);

  useEffect(() => whenSeen(frame.current, [start.current, end.current], onRead), [onRead]);

  return (
    /* oxlint-disable jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions -- focus lands on the command, never on an answer, and scrolls it */
    <section
      className="command"
      aria-label="What it would do"
      tabIndex={0}
      ref={focusRef}
      onKeyDown={(event) => scrollBy(event, frame.current)}
    >
      <div className="command-raw">
        <div className="command-scroll" ref={frame} tabIndex={-1}>
          <span ref={start} className="command-start" aria-hidden="true" />
          <CommandText command={text} verdict={verdict} />
          <span ref={end} className="command-end" aria-hidden="true" />
        </div>
        <CopyButton text={text} name="Copy the command" />
      </div>
      <Parts verdict={verdict} ref={parts} />
    </section>
    /* oxlint-enable jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions */
  );
}

/** The keys that scroll go to the command, which lies within what has the focus, for as long as there is more of it that way. */
function scrollBy(event: KeyboardEvent, frame: HTMLElement | null): void {
  if (frame === null || event.target !== event.currentTarget || event.ctrlKey || event.altKey || event.metaKey) return;
  const top = scrolledTop(event.key, event.shiftKey, frame);
  if (top === null) return;
  const wish = Math.min(Math.max(0, top), frame.scrollHeight - frame.clientHeight);
  if (Math.abs(wish - frame.scrollTop) < 1) return;
  event.preventDefault();
  event.stopPropagation();
  frame.scrollTop = wish;
}

function scrolledTop(key: string, isBack: boolean, { scrollTop, clientHeight, scrollHeight }: HTMLElement): number | null {
  const page = Math.max(lineHeight, clientHeight - 2 * lineHeight);
  switch (key) {
    case "PageDown":
      return scrollTop + page;
    case "PageUp":
      return scrollTop - page;
    case " ":
      return scrollTop + (isBack ? -page : page);
    case "Home":
      return 0;
    case "End":
      return scrollHeight;
    default:
      return null;
  }
}

function openAtWorst(frame: HTMLElement | null, risky: string, other: string): void {
  const worst = frame?.querySelector<HTMLElement>(risky) ?? frame?.querySelector<HTMLElement>(other);
  if (frame && worst) frame.scrollTop = Math.max(0, worst.offsetTop - 28);
}

/** Whether a part decided the verdict, and whether it is risky in itself. */
type PartWeight = "" | "is-worst" | "is-worst is-grave";

function Parts({ verdict, ref }: { readonly verdict: Verdict; readonly ref: Ref<HTMLOListElement> }) {
  const { parts } = verdict;
  const worst = new Set(worstParts(parts));
  const grave = graveParts(verdict);
  return (
    <ol className="parts" ref={ref}>
      {parts.map((part, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- the same part may stand twice in one command
        <Part
          key={index}
          number={index + 1}
          part={part}
          weight={grave.has(part) ? "is-worst is-grave" : worst.has(part) ? "is-worst" : ""}
        />
      ))}
    </ol>
  );
}

function Part({ number, part, weight }: { readonly number: number; readonly part: VerdictPart; readonly weight: PartWeight }) {
  const { word, meaning, icon } = decided[part.decision];
  const risk = weight === "is-worst is-grave" ? riskOf(part) : null;
  return (
    <li className={`part ${weight}`}>
      <span className="n">{number}</span>
      <div className="part-text">
        <code>{escapeControls(part.text, { keepLines: true })}</code>
      </div>
      <Tag meaning={meaning} icon={icon} className="verdict">
        {word}
      </Tag>
      <span className="rule">
        {risk !== null && (
          <span className="part-risk">
            <Icon name={risk.icon} size={14} />
            {risk.word}.{" "}
          </span>
        )}
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
  rate: "a rate that is used up",
  hook: "a hook",
};
