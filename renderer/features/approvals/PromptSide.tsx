import { Link } from "@tanstack/react-router";
import type { PermissionRequest, PersonRequest } from "#shared/contract/permission.ts";
import { useBoard } from "../../rpc/board-store.ts";
import { writeClock } from "../../ui/format.ts";
import { Tag } from "../../ui/Tag.tsx";
import { Elapsed } from "../../ui/time.tsx";

/** What stands beside a prompt: the run it belongs to, and what would have decided it. */
export function PromptSide({ request }: { readonly request: PersonRequest }) {
  const task = useBoard((board) => board.tasks.get(request.taskId) ?? null);
  return (
    <>
      <section className="section">
        <h3>Run</h3>
        <dl className="facts facts-narrow">
          <dt>Task</dt>
          <dd>
            <Link to="/tasks/$taskId" params={{ taskId: request.taskId }}>
              {request.taskTitle}
            </Link>
          </dd>
          {task?.posture && (
            <>
              <dt>Sandbox</dt>
              <dd>
                <Tag
                  meaning={task.posture.weaker.length > 0 ? "weaker" : "outline"}
                  icon={task.posture.weaker.length > 0 ? "shieldoff" : "shield"}
                >
                  {task.posture.label}
                </Tag>
              </dd>
            </>
          )}
          {task?.state.state === "running" && (
            <>
              <dt>Elapsed</dt>
              <dd>
                <Elapsed since={task.state.startedAt} />
              </dd>
            </>
          )}
          <dt>Asked</dt>
          <dd className="num">{writeClock(request.createdAt, true)}</dd>
          {request.kind === "permission" && (
            <>
              <dt>Rules</dt>
              <dd>
                set <code>{request.verdict.ruleSetHash.slice(0, 8)}</code>
              </dd>
            </>
          )}
        </dl>
      </section>
      {request.kind === "permission" ? <Judged request={request} /> : <FormAnswers />}
    </>
  );
}

function FormAnswers() {
  return (
    <section className="section">
      <h3>What the answers mean</h3>
      <dl className="facts facts-narrow">
        <dt>Send</dt>
        <dd>the agent gets what stands in the fields; nothing is allowed by it</dd>
        <dt>Leave it</dt>
        <dd>the agent hears that nobody answered, and goes on</dd>
        <dt>Decline</dt>
        <dd>the agent hears that you will not say, and goes on</dd>
      </dl>
    </section>
  );
}

function Judged({ request }: { readonly request: PermissionRequest }) {
  return (
    <>
      {request.verdict.derivation.length > 1 && (
        <section className="section">
          <h3>How it came to ask</h3>
          <ol className="would-change">
            {request.verdict.derivation.map((step, index) => (
              // oxlint-disable-next-line react/no-array-index-key -- the steps stand in their order
              <li key={index}>{step.words}</li>
            ))}
          </ol>
        </section>
      )}
      {request.verdict.wouldChange.length > 0 && (
        <section className="section">
          <h3>What would change it</h3>
          <ul className="would-change">
            {request.verdict.wouldChange.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </section>
      )}
      <section className="section">
        <h3>What the answers mean</h3>
        <dl className="facts facts-narrow">
          <dt>Once</dt>
          <dd>exactly this, one time</dd>
          <dt>This run</dt>
          <dd>exactly this, until the run ends</dd>
          <dt>An hour</dt>
          <dd>exactly this, in this task, also in its later runs</dd>
          <dt>Always</dt>
          <dd>what the rule names, in this repository; you see the rule first</dd>
          <dt>Deny</dt>
          <dd>stops the run; you can write to the agent and go on</dd>
        </dl>
      </section>
    </>
  );
}
