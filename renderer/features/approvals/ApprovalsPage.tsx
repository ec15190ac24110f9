import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import { RequestId } from "#shared/contract/ids.ts";
import type { PersonRequest } from "#shared/contract/permission.ts";
import { usePermissions } from "../../rpc/permissions-store.ts";
import { Button } from "../../ui/Button.tsx";
import { useCommands } from "../../ui/commands.ts";
import { writeCount } from "../../ui/format.ts";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import { BatchBar } from "./BatchBar.tsx";
import { Inbox } from "./Inbox.tsx";
import { afterAnswer, type InboxGroup, moved, settledGroups, waitingGroups, type Step } from "./inbox-groups.ts";
import { allMarked, type Marks, markedWaiting, noMarks, toggled } from "./marks.ts";
import { NextRequestKeys } from "./NextRequestKeys.tsx";
import { AnyPrompt } from "./AnyPrompt.tsx";
import { PromptSide } from "./PromptSide.tsx";

/** Everything that waits for a person, over all runs, riskiest first. */
export function ApprovalsPage() {
  const { loaded, pending, settled, problem } = usePermissions();
  const [showing, setShowing] = useState<"waiting" | "answered">("waiting");
  const groups = useMemo(
    () => (showing === "waiting" ? waitingGroups(pending, settled) : settledGroups(settled)),
    [showing, pending, settled],
  );
  const [answeredHere, setAnsweredHere] = useState<RequestId | null>(null);
  const { selected, select } = useSelection(groups, [...pending, ...settled], answeredHere);
  const frame = useRef<HTMLElement>(null);
  const [marks, setMarks] = useState<Marks>(noMarks);
  const marked = showing === "waiting" ? markedWaiting(pending, marks) : [];
  const mark = (id: RequestId) => setMarks((held) => toggled(held, id));
  const all = useMemo(() => allMarked(pending), [pending]);
  const markAll = () => setMarks(all);
  useInboxCommands(groups, selected, select, { one: mark, all: markAll });
  const answered = (request: PersonRequest) => {
    setAnsweredHere(request.id);
    const next = afterAnswer(groups, request.id);
    if (next !== null) select(next);
  };
  return (
    <>
      <div className="toolbar">
        <h1>Approvals</h1>
        <span className="soft clip">{summary(pending)}</span>
        <NextRequestKeys />
        <span className="push joined" role="group" aria-label="Show">
          {(["waiting", "answered"] as const).map((each) => (
            <Button key={each} size="small" aria-pressed={showing === each} onClick={() => setShowing(each)}>
              {each === "waiting" ? "Waiting" : "Answered"}
            </Button>
          ))}
        </span>
      </div>
      {problem !== null && <ErrorNote problem={problem} className="m-3" />}
      {!loaded && problem === null && <Loading what="requests" />}
      {loaded && groups.length === 0 && <Nothing showing={showing} />}
      {groups.length > 0 && (
        <div className="split-approvals">
          <div className="inbox-side">
            <Inbox
              groups={groups}
              selected={selected?.id ?? null}
              marks={marks}
              onSelect={select}
              onOpen={() => frame.current?.focus()}
              onMark={mark}
            />
            {marked.length > 0 && (
              <BatchBar marked={marked} rest={all.size - marked.length} onMarkAll={markAll} onClear={() => setMarks(noMarks)} />
            )}
          </div>
          {selected !== null && (
            <AnyPrompt request={selected} place="page" focusRef={frame} side={<PromptSide request={selected} />} onAnswered={answered} />
          )}
        </div>
      )}
    </>
  );
}

function Nothing({ showing }: { readonly showing: "waiting" | "answered" }) {
  if (showing === "answered")
    return <EmptyState>Nothing was answered since this window opened. Older answers are in the audit log.</EmptyState>;
  return (
    <EmptyState
      action={
        <Link to="/" className="btn btn-small">
          Go to the board
        </Link>
      }
    >
      Nothing waits for you. Agents that need an answer appear here.
    </EmptyState>
  );
}

function summary(pending: readonly PersonRequest[]): string {
  if (pending.length === 0) return "nothing waits";
  const runs = new Set(pending.map((request) => request.runId)).size;
  return `${pending.length} waiting in ${writeCount(runs, "run")}, riskiest first`;
}

interface Selection {
  readonly selected: PersonRequest | null;
  readonly select: (id: RequestId) => void;
}

/** What is open: the address names it, else the first. It stays open when it is settled elsewhere, so that its prompt can say so. */
function useSelection(groups: readonly InboxGroup[], known: readonly PersonRequest[], answeredHere: RequestId | null): Selection {
  const navigate = useNavigate();
  const search = useSearch({ strict: false });
  const wished = RequestId.safeParse("request" in search ? search.request : undefined);
  const [held, setHeld] = useState<RequestId | null>(null);
  const id = wished.success ? wished.data : held;
  const first = groups[0]?.requests[0] ?? null;
  const wishedOne = known.find((request) => request.id === id) ?? first;
  // What was answered here gives way to the next that waits, also when that one comes later.
  const gives = wishedOne?.id === answeredHere && wishedOne.status.status !== "pending" && first?.status.status === "pending";
  const selected = gives ? first : wishedOne;
  // Holds on to the first one: a riskier request that arrives must not take the place of what is being read.
  if (selected !== null && id !== selected.id && held !== selected.id) setHeld(selected.id);
  return {
    selected,
    select: (next) => {
      setHeld(next);
      void navigate({ to: "/approvals", search: { request: next }, replace: true });
    },
  };
}

function useInboxCommands(
  groups: readonly InboxGroup[],
  selected: PersonRequest | null,
  select: (id: RequestId) => void,
  mark: { readonly one: (id: RequestId) => void; readonly all: () => void },
): void {
  const navigate = useNavigate();
  const move = (step: Step) => {
    const next = moved(groups, selected?.id ?? null, step);
    if (next !== null) select(next);
  };
  const shared = { group: "Approvals", inPalette: false } as const;
  useCommands([
    { ...shared, id: "approvals.next", label: "Next request", keys: ["j", "arrowdown"], run: () => move(1) },
    { ...shared, id: "approvals.previous", label: "Previous request", keys: ["k", "arrowup"], run: () => move(-1) },
    {
      ...shared,
      id: "approvals.mark",
      label: "Mark the request, to deny several at once",
      keys: ["x"],
      run: () => {
        if (selected?.kind === "permission" && selected.status.status === "pending") mark.one(selected.id);
      },
    },
    {
      id: "approvals.write",
      label: "Write to its agent",
      group: "Approvals",
      keys: ["m"],
      icon: "message",
      run: () => {
        if (selected !== null) void navigate({ to: "/tasks/$taskId", params: { taskId: selected.taskId }, search: { write: true } });
      },
    },
    {
      id: "approvals.mark-all",
      label: "Mark all requests, to deny them at once",
      group: "Approvals",
      keys: ["shift+x"],
      icon: "check",
      run: mark.all,
    },
  ]);
}
