import { array, assert, asyncProperty, constantFrom, integer, option, record, uniqueArray } from "fast-check";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { RequestId, RunId } from "#shared/contract/ids.ts";
import type { Decision, ToolRequest } from "#shared/contract/policy.ts";
import { elsewhere, here, taskId } from "../../testing/rule-book.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { decide } from "../policy/decide.ts";
import { compileRuleSet, type WrittenLayer } from "../policy/rule-set.ts";
import { openDatabase } from "../storage/open-database.ts";
import type { AnsweredRequest } from "./replay.ts";
import { sha256 } from "./repository-file.ts";
import { RuleBook } from "./rule-book.ts";

const hour = 3_600_000;
const monday = Date.parse("2026-11-23T00:00Z");
const never = new AbortController().signal;

const ruleTexts = [
  ...["shell(git:*)", "shell(git push:*)", "shell(npm test)", "shell(rm:*)", "shell(*)", "shell(cat:*) when paths(src/**)"],
  ...[
    "shell(npm:*) when window(mon-fri 09:00-18:00 Europe/Berlin)",
    "shell(npm:*) when rate(1/hour)",
    "shell(git:*) when commands(git_status)",
  ],
  ...["filesystem(*)", "filesystem(write:src/**)", "filesystem(read:secrets/**)", "filesystem(read:**/.env)", "filesystem(delete:src/a)"],
  ...[
    "filesystem(write:*) when window(sat,sun 22:00-02:00 America/New_York)",
    "egress(*)",
    "egress(*.example.com)",
    "egress(api.example.com:443)",
  ],
  ...["mcp(docs.*)", "mcp(docs.delete)", "secret(token@api.example.com)", "websearch(*)", "git(hand-over:agent/*)"],
];
const requests: readonly ToolRequest[] = [
  ...["git status", "git push && npm test", "npm test", "rm -rf src", "cat src/a", "cat $X", "git status | cat > /etc/x"].flatMap(
    (command) => ["/w", "/w/src"].map((cwd): ToolRequest => ({ tool: "shell", command, cwd })),
  ),
  ...(["read", "write", "delete", "list", "search", "move"] as const).flatMap((action) =>
    ["src/a", "secrets/x", ".", "../out"].map((path): ToolRequest => ({ tool: "filesystem", action, path, cwd: "/w" })),
  ),
  ...["api.example.com", "evil.example"].map((host): ToolRequest => ({ tool: "egress", host, port: 443, method: null, path: null })),
  ...["find", "delete"].map((name): ToolRequest => ({ tool: "mcp", server: "docs", name, input: "{}" })),
  { tool: "secret", name: "token", host: "api.example.com" },
  { tool: "websearch", query: "x" },
  { tool: "git", action: "hand-over", branch: "agent/x" },
];
const guard = { on: "tool_pre", name: "guard", match: "shell(git:*)", command: ["/opt/guard"] } as const;

const someRules = uniqueArray(constantFrom(...ruleTexts), { maxLength: 5 });
const lists = record({ deny: someRules, allow: someRules, ask: someRules });
const past = record({
  request: constantFrom(...requests),
  repositoryId: constantFrom(here, elsewhere),
  run: integer({ min: 0, max: 2 }),
  at: integer({ min: 0, max: 14 * 24 * 2 }).map((halfHours) => monday + (halfHours * hour) / 2),
  answer: option(constantFrom("allow-once", "allow-hour", "deny", "deny-run")),
});
const state = record({
  workspace: lists,
  answered: someRules,
  file: option(record({ rules: lists, isAdopted: constantFrom(true, false), hasHook: constantFrom(true, false) })),
  settings: constantFrom<"none" | "some" | "unreadable">("none", "some", "unreadable"),
  settingsRules: lists,
  next: lists,
  history: array(past, { maxLength: 40 }),
});

/** Where each run worked; the last is not known any more. */
const worktrees = ["/w", "/w/src", null];

test("a replay of other rules says of each answered call what deciding it alone under these rules says", async () => {
  const clock = new ManualClock();
  const logger = silentLogger();
  const folder = temporaryFolder();
  const database = openDatabase({ file: join(folder, "test.db"), key: Secret.fromBytes(randomBytes(32)), clock, logger });
  const audit = await openAuditLog({ folder, clock, logger });
  onTestFinished(async () => {
    await audit.close();
    database.close();
  });
  await assert(
    asyncProperty(state, async ({ workspace, answered, file, settings, settingsRules, next, history }) => {
      const rows = history.map(rowOf);
      const book = new RuleBook({
        ...{ database, audit, clock, logger },
        answeredRules: (id) => (id === here ? answered : []),
        settingsRules: (id) => (id !== here || settings === "none" ? null : settings === "some" ? settingsRules : settings),
        history: () => rows,
        calls: () => [],
        worktreeOf: ({ runId }) => worktrees[Number(runId.at(-1))] ?? null,
      });
      await book.setWorkspace(workspace, "Ada");
      const content = file === null ? null : JSON.stringify({ ...file.rules, hooks: file.hasHook ? [guard] : [] });
      book.takeFile(here, content);
      if (content !== null && file?.isAdopted === true) await book.adoptFile(here, sha256(content), "Ada");

      const layers: WrittenLayer[] = [{ layer: "workspace", rules: next }];
      if (answered.length > 0) layers.push({ layer: "workspace", rules: { deny: [], allow: answered, ask: [] } });
      if (file !== null) layers.push({ layer: "repository", rules: file.isAdopted ? file.rules : { ...file.rules, allow: [] } });
      if (settings === "some") layers.push({ layer: "repository", rules: settingsRules });
      // Of a settings file that cannot be read nobody knows what it would have denied: nothing is allowed there.
      const hereLayers = settings === "unreadable" ? layers.map(({ layer, rules }) => ({ layer, rules: { ...rules, allow: [] } })) : layers;
      const expected = tally(rows, (row) =>
        decidedAlone(row, row.repositoryId === here ? hereLayers : [{ layer: "workspace", rules: next }]),
      );
      const replay = await book.replay(next, never);
      const changes = replay.changes.map(({ id, decision, wasAllowed }) => ({ id, decision, wasAllowed }));
      expect({ ...replay, changes }).toEqual({ ...expected, problems: [], sentence: replay.sentence });
    }),
    { numRuns: 250 },
  );
}, 60_000);

function decidedAlone({ request, createdAt, runId }: AnsweredRequest, layers: readonly WrittenLayer[]): Decision {
  const compiled = compileRuleSet(layers);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const worktree = worktrees[Number(runId.at(-1))] ?? ("cwd" in request ? request.cwd : "/");
  const place = { worktree, home: "/home/agent", realPath: null, now: createdAt };
  return decide(request, compiled.ruleSet, { ...place, grants: new Set(), rates: () => 1_000_000, hooks: "assumed" }).decision;
}

/** Counted in another way than the replay counts. */
function tally(rows: readonly AnsweredRequest[], decisionOf: (row: AnsweredRequest) => Decision) {
  const decided = rows.flatMap((row) =>
    row.status.status === "answered" ? [{ id: row.id, decision: decisionOf(row), wasAllowed: row.status.answer.startsWith("allow") }] : [],
  );
  const count = (decision: Decision, wasAllowed: boolean) =>
    decided.filter((one) => one.decision === decision && one.wasAllowed === wasAllowed).length;
  return {
    considered: decided.length,
    nowAllowed: { ofAllowed: count("allow", true), ofDenied: count("allow", false) },
    nowDenied: { ofAllowed: count("deny", true), ofDenied: count("deny", false) },
    stillAsked: decided.filter(({ decision }) => decision === "ask").length,
    changes: decided.filter(({ decision }) => decision !== "ask").map(({ id, decision, wasAllowed }) => ({ id, decision, wasAllowed })),
  };
}

function rowOf(
  {
    request,
    repositoryId,
    run,
    at,
    answer,
  }: {
    request: ToolRequest;
    repositoryId: AnsweredRequest["repositoryId"];
    run: number;
    at: number;
    answer: "allow-once" | "allow-hour" | "deny" | "deny-run" | null;
  },
  index: number,
): AnsweredRequest {
  return {
    ...{
      id: RequestId.parse(`req-${String(index).padStart(6, "0")}`),
      taskId,
      runId: RunId.parse(`run-00000${run}`),
      repositoryId,
      createdAt: at,
      request,
    },
    status: answer === null ? { status: "expired", at } : { status: "answered", answer, at, by: "Ada" },
  };
}
