import type { AgentCheck, AgentDetails, CheckPoint } from "#shared/contract/agent.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent } from "react";
import { useSteps } from "../../rpc/use-steps.ts";
import type { CheckStep } from "#shared/contract/agent.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { Ago } from "../../ui/time.tsx";
import { isCurrent, pointWords, resultWords } from "./agent-words.ts";

/** The last check of an agent, point by point, and the next one while it runs. */
export function CheckDialog({
  agent,
  begins,
  onClose,
}: {
  readonly agent: AgentDetails;
  /** Whether it begins at once. */
  readonly begins: boolean;
  readonly onClose: () => void;
}) {
  const work = useSteps<CheckStep>();
  const queries = useQueryClient();
  const { id } = agent;
  const begin = () => work.begin((client, signal) => client.agents.check({ id }, { signal }));
  const beginAtOnce = useEffectEvent(begin);
  useEffect(() => {
    if (begins) beginAtOnce();
  }, [begins]);
  const done = work.latest?.kind === "done" ? work.latest.check : null;
  useEffect(() => {
    if (done !== null) void queries.invalidateQueries({ queryKey: ["agents"] });
  }, [done, queries]);
  const check = work.isRunning ? null : (done ?? agent.check);
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Check of ${agent.name}`}
      className="w-[640px]"
      foot={
        <>
          <span className="small label flex-1">In a sandbox of its own without network; the model is scripted, and no key is used.</span>
          {work.isRunning ? (
            <Button onClick={work.cancel}>Cancel</Button>
          ) : (
            <Button look="primary" onClick={begin}>
              {check === null ? "Check this agent" : "Check again"}
            </Button>
          )}
        </>
      }
    >
      {work.problem !== null && <ErrorNote problem={work.problem} className="mb-3" />}
      {work.isRunning && (
        <p className="soft flex items-center gap-2" role="status">
          <Icon name="half" size={14} className="is-running" />
          {work.latest?.kind === "line" ? escapeControls(work.latest.text) : "Beginning"}
        </p>
      )}
      {!work.isRunning && check === null && work.problem === null && <p className="soft">It has not been checked on this computer.</p>}
      {check !== null && <Report check={check} isOld={done === null && !isCurrent(agent)} />}
    </Dialog>
  );
}

function Report({ check, isOld }: { readonly check: AgentCheck; readonly isOld: boolean }) {
  return (
    <>
      <p className="flex items-center gap-2 mb-3">
        <ResultTag result={check.result} />
        <span className="label small">
          {check.engine}, <Ago at={check.at} />, {Math.max(1, Math.round(check.durationMs / 1_000))} s
          {isOld && "; the agent was changed since, so it says nothing about it now"}
        </span>
      </p>
      <table className="w-full" aria-label="Points of the check">
        <tbody>
          {check.points.map((point) => (
            <Point key={point.name} point={point} />
          ))}
        </tbody>
      </table>
    </>
  );
}

const marks = {
  passed: { icon: "check", look: "is-allow", word: "passed" },
  failed: { icon: "deny", look: "is-deny", word: "failed" },
  "not-tried": { icon: "circle", look: "label", word: "not tried" },
} as const;

function Point({ point }: { readonly point: CheckPoint }) {
  const { icon, look, word } = marks[point.outcome];
  return (
    <tr className="align-top">
      <td className="py-1 pr-2 w-52">
        <span className="flex items-center gap-2">
          <Icon name={icon} size={14} className={look} />
          <span>
            <span className="visually-hidden">{word}: </span>
            {pointWords[point.name]}
          </span>
        </span>
      </td>
      <td className={`py-1 small prose-text ${point.outcome === "failed" ? "is-deny" : "soft"}`} dir="auto">
        {escapeControls(point.detail, { keepLines: true })}
      </td>
    </tr>
  );
}

export function ResultTag({ result }: { readonly result: AgentCheck["result"] }) {
  if (result === "not-gated") return <Tag meaning="weaker">{resultWords[result]}</Tag>;
  return <Tag meaning={result === "gated" ? "allow" : "ask"}>{resultWords[result]}</Tag>;
}
