import type { ReactNode } from "react";
import type { Decision, ToolRequest, Verdict, VerdictPart } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { riskWords } from "#shared/domain/request-words.ts";
import { CommandText } from "../../ui/CommandText.tsx";
import type { IconName } from "../../ui/Icon.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { PointedLines } from "./PointedLines.tsx";

export const verdictWords: Readonly<Record<Decision, { readonly tag: string; readonly sentence: string; readonly icon: IconName }>> = {
  allow: { tag: "Allowed", sentence: "It would run without asking.", icon: "check" },
  ask: { tag: "Asks", sentence: "It would wait for your answer.", icon: "question" },
  deny: { tag: "Denied", sentence: "It would be refused.", icon: "deny" },
};

/** What the rules say about a request, part by part, and how it came about. */
export function VerdictView({
  request,
  verdict,
  children,
}: {
  readonly request: ToolRequest;
  readonly verdict: Verdict;
  /** After the parts. */
  readonly children?: ReactNode;
}) {
  const { tag, sentence, icon } = verdictWords[verdict.decision];
  return (
    <div className="grid gap-3">
      <p role="status" className="flex items-center gap-2">
        <Tag meaning={verdict.decision} icon={icon}>
          {tag}
        </Tag>
        <span className="font-medium">{sentence}</span>
      </p>
      <div className="try-frame">
        {request.tool === "shell" && (
          <p className="try-raw">
            <CommandText command={request.command} verdict={verdict} />
          </p>
        )}
        <ol>
          {verdict.parts.map((part, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- parts stand in the order of the command
            <li key={index} className="try-part">
              <span className="num label">{index + 1}</span>
              <div className="min-w-0">
                <code className="wrap-anywhere">{escapeControls(part.text)}</code>
                <p className="small soft">
                  {part.rule === null ? (
                    part.reason
                  ) : (
                    <>
                      by{" "}
                      <code>
                        {part.rule.list} {escapeControls(part.rule.text)}
                      </code>
                      , {part.rule.layer === "floor" ? "the floor" : `${part.rule.layer} rules`}. {repeatsRule(part) ? null : part.reason}
                    </>
                  )}
                </p>
              </div>
              <Tag meaning={part.decision} icon={verdictWords[part.decision].icon}>
                {verdictWords[part.decision].tag}
              </Tag>
            </li>
          ))}
        </ol>
      </div>
      {children}
      <Derivation steps={verdict.derivation} />
      <Lines title="Why" lines={verdict.reasons} />
      <Lines title="Hooks that would speak" lines={verdict.hooks.map(({ name, words: said }) => `${name}: ${said}`)} />
      <Lines title="Rates" lines={verdict.rates.map(({ rule, left }) => `${rule.text}: ${left} left now`)} />
      {verdict.risks.length > 0 && <Lines title="Risks" lines={verdict.risks.map((risk) => riskWords[risk].explanation)} />}
    </div>
  );
}

/** Whether a reason says no more than which rule it was. */
function repeatsRule({ rule, reason }: VerdictPart): boolean {
  return rule !== null && reason.startsWith(`The rule ${escapeControls(rule.text)} `) && !reason.includes(",");
}

/** How the verdict came about, step by step; only where there was more than one. */
function Derivation({ steps }: { readonly steps: Verdict["derivation"] }) {
  if (steps.length < 2) return null;
  return (
    <section>
      <h3 className="mb-1">How it came about</h3>
      <ol className="derivation">
        {steps.map((step, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- the steps stand in their order
          <li key={index}>
            <Tag meaning={step.decision} icon={verdictWords[step.decision].icon} className="justify-self-start">
              {verdictWords[step.decision].tag}
            </Tag>
            <span className="soft wrap-anywhere">{escapeControls(step.words)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Lines({ title, lines }: { readonly title: string; readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <section>
      <h3 className="mb-1">{title}</h3>
      <PointedLines lines={lines} />
    </section>
  );
}
