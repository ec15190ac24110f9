import { Link } from "@tanstack/react-router";
import type { Answer, PersonRequest, QuestionOutcome } from "#shared/contract/permission.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { usePermissions } from "../../rpc/permissions-store.ts";
import { writeAgo } from "../../ui/format.ts";
import { Icon, type IconName } from "../../ui/Icon.tsx";
import { Kbd } from "../../ui/Kbd.tsx";
import { useNow } from "../../ui/use-now.ts";
import type { PromptPlace } from "./PromptFrame.tsx";
import "./answers.css";

/** Takes the place of the answers once nothing is left to answer. */
export function SettledLine({ request, place }: { readonly request: PersonRequest; readonly place: PromptPlace }) {
  const isOurs = usePermissions(
    ({ answeredHere, deniedHere }) => answeredHere.has(request.id) || (deniedWithItsRun(request) && deniedHere.has(request.runId)),
  );
  const now = useNow();
  const settled = settledWords(request);
  if (settled === null) return null;
  const isElsewhere = request.status.status === "answered" && !isOurs;
  return (
    <div className="answers answers-settled" role="status">
      <Icon name={settled.icon} className="label" />
      <span>
        {isElsewhere && "Answered elsewhere. "}
        {settled.words}, {writeAgo(settled.at, now)}. <span className="soft">Nothing is left to answer here.</span>
      </span>
      {place === "page" && (
        <Link to="/tasks/$taskId" params={{ taskId: request.taskId }} search={{ write: true }} className="btn btn-large push">
          Write to the agent
          <Kbd keys="m" bare />
        </Link>
      )}
    </div>
  );
}

function deniedWithItsRun({ status }: PersonRequest): boolean {
  return "answer" in status && status.answer === "deny-run";
}

export interface Settled {
  readonly words: string;
  readonly icon: IconName;
  readonly at: number;
}

/** What became of a request, in words; null while it waits. */
export function settledWords(request: PersonRequest): Settled | null {
  const { status } = request;
  switch (status.status) {
    case "pending":
      return null;
    case "answered": {
      const said = "answer" in status ? answeredWords(status.answer, status.by) : formWords(status.how, status.by);
      return { ...said, at: status.at };
    }
    case "expired": {
      const words = request.kind === "question" ? "Nobody answered in time; the agent goes on" : "Expired, so denied; the run stopped";
      return { words, icon: "clock", at: status.at };
    }
    case "withdrawn":
      return { words: `Withdrawn: ${status.why}`, icon: "circle", at: status.at };
    default:
      return assertNever(status);
  }
}

type Said = Pick<Settled, "words" | "icon">;

const allowedWords: Readonly<Record<Exclude<Answer, "deny" | "deny-run">, string>> = {
  "allow-once": "Allowed once",
  "allow-run": "Allowed for this run",
  "allow-hour": "Allowed for an hour",
  "allow-repository": "Always allowed in this repository",
};

function answeredWords(answer: Answer, by: string): Said {
  if (answer === "deny") return { words: `Denied by ${by}; the run stopped`, icon: "deny" };
  if (answer === "deny-run") return { words: `Denied by ${by} with all else of the run`, icon: "deny" };
  return { words: `${allowedWords[answer]} by ${by}`, icon: "check" };
}

function formWords(how: QuestionOutcome, by: string): Said {
  switch (how) {
    case "answered":
      return { words: `Filled in by ${by}`, icon: "check" };
    case "declined":
      return { words: `Declined by ${by}; the agent goes on`, icon: "circle" };
    case "cancelled":
      return { words: `Left by ${by}; the agent goes on`, icon: "circle" };
    default:
      return assertNever(how);
  }
}
