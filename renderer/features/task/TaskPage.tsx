import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { Group, Panel, Separator } from "react-resizable-panels";
import { TaskId, TerminalId } from "#shared/contract/ids.ts";
import type { PermissionRequest } from "#shared/contract/permission.ts";
import type { DiffSize as DiffSizeOf, Task, TimelineEntry } from "#shared/contract/task.ts";
import { failureOf } from "#shared/domain/provider-failure.ts";
import { useBoard } from "../../rpc/board-store.ts";
import { useClient } from "../../rpc/client.ts";
import { openPrompt } from "../../rpc/open-prompt.ts";
import { usePermissions } from "../../rpc/permissions-store.ts";
import { useLive } from "../../rpc/use-live.ts";
import { useCommands } from "../../ui/commands.ts";
import { DiffSize } from "../../ui/DiffSize.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import { Tabs } from "../../ui/Tabs.tsx";
import { Composer, type ComposerHandle } from "./Composer.tsx";
import type { CommentDrafts } from "./diff/DiffTab.tsx";
import type { LineComment } from "./diff/comments.ts";
import { ProviderFailureNote } from "./ProviderFailureNote.tsx";
import { QuestionCard } from "./QuestionCard.tsx";
import { SandboxTab } from "./SandboxTab.tsx";
import { TaskToolbar } from "./TaskToolbar.tsx";
import { TerminalsTab, useTerminals } from "./terminals/TerminalsTab.tsx";
import { Timeline } from "./timeline/Timeline.tsx";
import { foldTimeline } from "./timeline/timeline-state.ts";
import "./task.css";

const DiffTab = lazy(async () => ({ default: (await import("./diff/DiffTab.tsx")).DiffTab }));
const EgressTab = lazy(async () => ({ default: (await import("./egress/EgressTab.tsx")).EgressTab }));
const UsageTab = lazy(async () => ({ default: (await import("./UsageTab.tsx")).UsageTab }));
const AuditTab = lazy(async () => ({ default: (await import("./AuditTab.tsx")).AuditTab }));

const route = getRouteApi("/tasks/$taskId");
const tabs = ["terminals", "diff", "egress", "usage", "audit", "sandbox"] as const;
type TabName = (typeof tabs)[number];

/** One task: what happened, what it shows, and what the person can do about it. */
export function TaskPage() {
  const { taskId } = route.useParams();
  const parsed = TaskId.safeParse(taskId);
  const id = parsed.success ? parsed.data : null;
  const task = useBoard((board) => (id === null ? undefined : board.tasks.get(id)));
  const { loaded, problem } = useBoard();
  if (task !== undefined) return <OneTask key={task.id} task={task} />;
  if (problem !== null) return <ErrorNote problem={problem} className="m-3" />;
  if (!loaded) return <Loading what="the task" rows={8} />;
  return (
    <EmptyState
      action={
        <Link to="/" className="btn btn-small">
          Go to the board
        </Link>
      }
    >
      There is no such task. It may have been removed.
    </EmptyState>
  );
}

function OneTask({ task }: { readonly task: Task }) {
  const client = useClient();
  const { id } = task;
  const failure = failureOf(task);
  const live = useLive(`timeline:${id}`, (signal) => client.tasks.timeline({ id }, { signal }), foldTimeline);
  const all = usePermissions((permissions) => permissions.pending);
  const pending = useMemo(() => all.filter((request) => request.kind === "permission").filter(({ taskId }) => taskId === id), [all, id]);
  const forms = useMemo(() => all.filter((request) => request.kind === "question").filter(({ taskId }) => taskId === id), [all, id]);
  const composer = useRef<ComposerHandle>(null);
  const work = useWork(task, composer);
  const isNarrow = useNarrow();
  const { write } = route.useSearch();
  useEffect(() => {
    if (write === true) composer.current?.focus();
  }, [write]);
  const { prompt, createdAt } = task;
  const entries = useMemo(
    () => (live.value === null ? [] : shownEntries(prompt, createdAt, live.value.entries)),
    [prompt, createdAt, live.value],
  );
  const actions = useMemo(
    () => ({ onAnswer: (request: PermissionRequest) => openPrompt(request.id), onShowTerminal: work.showTerminal }),
    [work.showTerminal],
  );
  return (
    <>
      <TaskToolbar task={task} />
      <Group
        orientation={isNarrow ? "vertical" : "horizontal"}
        id={isNarrow ? "task-narrow" : "task-wide"}
        className="task-split"
        key={isNarrow ? "narrow" : "wide"}
      >
        <Panel id="timeline" defaultSize={isNarrow ? "55%" : "520px"} minSize={isNarrow ? "25%" : "340px"} className="pane">
          {live.problem !== null && <ErrorNote problem={live.problem} className="m-3" />}
          {live.value === null && live.problem === null ? (
            <Loading what="the timeline" rows={8} />
          ) : (
            <Timeline entries={entries} pending={pending} taskId={id} agentName={task.agentName} actions={actions} />
          )}
          {forms.map((form) => (
            <QuestionCard key={form.id} request={form} />
          ))}
          {failure !== null && <ProviderFailureNote task={task} failure={failure} />}
          <Composer task={task} entries={entries} ref={composer} />
        </Panel>
        <Separator className="task-separator" aria-label="Width of the timeline" />
        <Panel id="work" minSize={isNarrow ? "25%" : "380px"} className="pane">
          <WorkPane task={task} work={work} />
        </Panel>
      </Group>
    </>
  );
}

/** What the agent was asked stands first, also before the first run and where the timeline does not repeat it. */
function shownEntries(prompt: string, createdAt: number, entries: readonly TimelineEntry[]): readonly TimelineEntry[] {
  if (entries.some((entry) => entry.kind === "person" && entry.text === prompt)) return entries;
  return [{ id: "prompt", at: createdAt, kind: "person", text: prompt, delivery: "delivered" }, ...entries];
}

interface Work {
  readonly tab: TabName;
  readonly setTab: (tab: TabName) => void;
  readonly terminal: TerminalId | "shell" | null;
  readonly setTerminal: (id: TerminalId | "shell") => void;
  readonly showTerminal: (id: string) => void;
  readonly drafts: CommentDrafts;
}

/** What the right side shows, and the keys that change it. */
function useWork(task: Task, composer: { readonly current: ComposerHandle | null }): Work {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  // Chosen when the page opens: nothing moves away under the eyes of somebody who watches a run end.
  const [first] = useState<TabName>(() => (isReviewable(task) ? "diff" : "terminals"));
  const tab = tabs.find((each) => each === search.tab) ?? first;
  const [terminal, setTerminal] = useState<TerminalId | "shell" | null>(null);
  const [comments, setComments] = useState<readonly LineComment[]>([]);
  const setTab = (next: TabName) => void navigate({ search: { tab: next }, replace: true });
  const showTerminal = (wish: string) => {
    const parsed = TerminalId.safeParse(wish);
    if (!parsed.success) return;
    setTerminal(parsed.data);
    setTab("terminals");
  };
  useCommands([
    { id: "task.terminals", label: "Terminals", group: "Task", keys: ["mod+j"], icon: "terminal", run: () => setTab("terminals") },
    { id: "task.diff", label: "Diff", group: "Task", keys: ["g"], icon: "edit", run: () => setTab("diff") },
    { id: "task.message", label: "Message the agent", group: "Task", keys: ["m"], icon: "message", run: () => composer.current?.focus() },
  ]);
  const drafts: CommentDrafts = {
    comments,
    add: (comment) => setComments((held) => [...held, { ...comment, id: crypto.randomUUID() }]),
    remove: (id) => setComments((held) => held.filter((comment) => comment.id !== id)),
    clear: () => setComments([]),
  };
  return { tab, setTab, terminal, setTerminal, showTerminal, drafts };
}

function WorkPane({ task, work }: { readonly task: Task; readonly work: Work }) {
  const terminals = useTerminals(task.id);
  const diff = diffSize(task);
  const items = [
    { value: "terminals" as const, label: "Terminals", beside: terminals.length > 0 && <span className="label">{terminals.length}</span> },
    { value: "diff" as const, label: "Diff", beside: diff !== null && <DiffSize added={diff.added} removed={diff.removed} /> },
    { value: "egress" as const, label: "Egress" },
    { value: "usage" as const, label: "Usage", beside: task.taint.length > 1 && <Icon name="alert" size={12} className="is-ask" /> },
    { value: "audit" as const, label: "Audit" },
    { value: "sandbox" as const, label: "Sandbox" },
  ];
  return (
    <Tabs<TabName> name="Work" value={work.tab} items={items} onChange={work.setTab}>
      <Suspense fallback={<Loading what={work.tab} rows={6} />}>
        {work.tab === "terminals" && <TerminalsTab task={task} terminals={terminals} wished={work.terminal} onWish={work.setTerminal} />}
        {work.tab === "diff" && <DiffTab task={task} drafts={work.drafts} />}
        {work.tab === "egress" && <EgressTab task={task} />}
        {work.tab === "usage" && <UsageTab task={task} />}
        {work.tab === "audit" && <AuditTab taskId={task.id} />}
        {work.tab === "sandbox" && <SandboxTab task={task} />}
      </Suspense>
    </Tabs>
  );
}

function isReviewable(task: Task): boolean {
  return task.state.state === "review" || task.state.state === "accepted";
}

function diffSize({ state }: Task): DiffSizeOf | null {
  if (state.state !== "review" && state.state !== "accepted") return null;
  return state.diff.files === 0 ? null : state.diff;
}

const narrow = typeof window === "undefined" ? null : window.matchMedia("(max-width: 1279px)");

/** Under 1280 px the panes stand below each other. */
function useNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      narrow?.addEventListener("change", changed);
      return () => narrow?.removeEventListener("change", changed);
    },
    () => narrow?.matches ?? false,
  );
}
