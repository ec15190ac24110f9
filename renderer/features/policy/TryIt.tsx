import { useDeferredValue, useState } from "react";
import type { RepositoryId } from "#shared/contract/ids.ts";
import type { Decision, Mode, ToolRequest, Verdict } from "#shared/contract/policy.ts";
import { modes, modeWords } from "#shared/domain/mode-words.ts";
import { riskWords } from "#shared/domain/request-words.ts";
import { useRead } from "../../rpc/queries.ts";
import { CommandText } from "../../ui/CommandText.tsx";
import { Field, Labelled, TextArea } from "../../ui/Field.tsx";
import { Icon, type IconName } from "../../ui/Icon.tsx";
import { Select } from "../../ui/Select.tsx";
import { isGrave } from "../../ui/request-words.ts";
import { ErrorNote } from "../../ui/states.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { isTryKind, kinds, type TryKind, toRequest } from "./try-request.ts";

const words: Readonly<Record<Decision, { readonly tag: string; readonly sentence: string; readonly icon: IconName }>> = {
  allow: { tag: "Allowed", sentence: "It would run without asking.", icon: "check" },
  ask: { tag: "Asks", sentence: "It would wait for your answer.", icon: "question" },
  deny: { tag: "Denied", sentence: "It would be refused.", icon: "deny" },
};

/** Asks the rules in force about something, without doing it. */
export function TryIt({ repositoryId }: { readonly repositoryId: RepositoryId | null }) {
  const [mode, setMode] = useState<Mode>("auto");
  const [kind, setKind] = useState<TryKind>("shell");
  const [typed, setTyped] = useState("git push origin main && npm publish");
  const text = useDeferredValue(typed);
  const read = toRequest(kind, text);
  const request = read.ok ? read.request : null;
  const verdict = useRead(
    ["policy", "explain", request, mode, repositoryId],
    (client, signal) =>
      request === null
        ? Promise.reject(new Error("nothing to ask about"))
        : client.policy.explain({ request, mode, repositoryId }, { signal }),
    { enabled: request !== null },
  );
  const { label, placeholder } = kinds[kind];
  const input = { label, placeholder, value: typed, error: read.ok ? null : read.why, className: "mono-input" };
  return (
    <section className="try-it" aria-label="Try it">
      <h2 className="font-semibold">Try it</h2>
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
                setTyped("");
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
        <TextArea {...input} rows={3} onChange={(event) => setTyped(event.target.value)} />
      ) : (
        <Field {...input} onChange={(event) => setTyped(event.target.value)} />
      )}
      <div aria-live="polite">
        {verdict.problem !== null && <ErrorNote problem={verdict.problem} />}
        {request !== null && verdict.data !== undefined && <Answer request={request} verdict={verdict.data} />}
      </div>
    </section>
  );
}

function Answer({ request, verdict }: { readonly request: ToolRequest; readonly verdict: Verdict }) {
  const { tag, sentence, icon } = words[verdict.decision];
  return (
    <div className="grid gap-3">
      <p className="flex items-center gap-2">
        <Tag meaning={verdict.decision} icon={icon}>
          {tag}
        </Tag>
        <span className="font-medium">{sentence}</span>
      </p>
      <div className="try-frame">
        {request.tool === "shell" && (
          <p className="try-raw">
            <CommandText command={request.command} parts={verdict.parts} isGrave={verdict.decision === "deny" || isGrave(verdict)} />
          </p>
        )}
        <ol>
          {verdict.parts.map((part, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- parts stand in the order of the command
            <li key={index} className="try-part">
              <span className="num label">{index + 1}</span>
              <div className="min-w-0">
                <code className="wrap-anywhere">{part.text}</code>
                <p className="small soft">
                  {part.rule === null ? (
                    part.reason
                  ) : (
                    <>
                      by{" "}
                      <code>
                        {part.rule.list} {part.rule.text}
                      </code>
                      , {part.rule.layer === "floor" ? "the floor" : `${part.rule.layer} rules`}. {part.reason}
                    </>
                  )}
                </p>
              </div>
              <Tag meaning={part.decision} icon={words[part.decision].icon}>
                {words[part.decision].tag}
              </Tag>
            </li>
          ))}
        </ol>
      </div>
      <Derivation steps={verdict.derivation} />
      <Lines title="Why" lines={verdict.reasons} />
      <Lines title="Hooks that would speak" lines={verdict.hooks.map(({ name, words: said }) => `${name}: ${said}`)} />
      <Lines title="Rates" lines={verdict.rates.map(({ rule, left }) => `${rule.text}: ${left} left now`)} />
      {verdict.risks.length > 0 && <Lines title="Risks" lines={verdict.risks.map((risk) => riskWords[risk].explanation)} />}
      <Lines title="What would change it" lines={verdict.wouldChange} />
    </div>
  );
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
            <Tag meaning={step.decision} icon={words[step.decision].icon} className="justify-self-start">
              {words[step.decision].tag}
            </Tag>
            <span className="soft wrap-anywhere">{step.words}</span>
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
      <ul className="soft grid gap-1">
        {lines.map((line) => (
          <li key={line} className="flex gap-2">
            <Icon name="right" size={14} className="label mt-1" />
            <span className="min-w-0 wrap-anywhere">{line}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
