import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { RunId, TaskId } from "#shared/contract/ids.ts";
import { Hook } from "#shared/contract/hook.ts";
import { type ToolRequest } from "#shared/contract/policy.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { systemClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { compileHook } from "../policy/hooks.ts";
import { openDatabase } from "../storage/open-database.ts";
import { HookPrograms } from "./hook-programs.ts";
import { type HookedCall, type HookNotice, HookRunner } from "./hook-runner.ts";

const completed = { decision: "allow", status: "completed", decidedBy: "rule" } as const;

test("a program that ends with 0 and says nothing lets the call pass; it is told the request and nothing of Gatehouse's environment", async () => {
  const { runner, script, ask, folder } = await withRunner();
  process.env["GATEHOUSE_TEST_SECRET"] = "in the environment of core";
  onTestFinished(() => void delete process.env["GATEHOUSE_TEST_SECRET"]);
  const command = script(`cat > ${folder}/stdin; env > ${folder}/env; pwd > ${folder}/pwd`);
  expect(await ask(pre({ command }))).toMatchObject([{ said: "pass" }]);
  expect(JSON.parse(readFileSync(`${folder}/stdin`, "utf8"))).toMatchObject({
    event: "tool_pre",
    hook: "guard",
    request: { command: "npm publish" },
  });
  expect(readFileSync(`${folder}/env`, "utf8")).not.toContain("GATEHOUSE_TEST_SECRET");
  expect(readFileSync(`${folder}/pwd`, "utf8")).toBe("/\n");
  await runner.close();
});

test("words of its command are no shell", async () => {
  const { ask, folder } = await withRunner();
  expect(await ask(pre({ command: ["/usr/bin/printf", `$(touch ${folder}/made)`] }))).toMatchObject([{ said: "failed" }]);
  expect(existsSync(`${folder}/made`)).toBe(false);
});

test.each<[string, string, string, RegExp]>([
  ["a code that is not 0", "echo 'not on \x1b[31mFridays' >&2; exit 3", "deny", /denied it: not on .*Fridays/],
  ["a code that is not 0 without words", "exit 1", "deny", /ended with code 1/],
  ["an answer of deny", `echo '{"decision":"deny","reason":"no"}'`, "deny", /denied it: no/],
  ["an answer that cannot be read", "echo yes", "failed", /cannot be read/],
  ["an answer of another kind", `echo '{"decision":"allow"}'`, "failed", /cannot be read/],
  ["an answer that says two things", `echo '{"decision":"deny","decision":"pass"}'`, "failed", /cannot be read/],
  ["an answer with more behind it", `echo '{"decision":"pass"} {"decision":"deny"}'`, "failed", /cannot be read/],
  ["too much output on the side of errors", "head -c 200000 /dev/zero >&2", "failed", /more than can be read/],
  ["SIGTERM that is ignored", "trap '' TERM INT HUP; sleep 30 & wait; sleep 30", "failed", /longer than 300 ms/],
  ["too much output", "head -c 200000 /dev/zero", "failed", /more than can be read/],
  ["a signal", "kill -9 $$", "failed", /ended by SIGKILL/],
  ["a time-out", "sleep 30", "failed", /longer than 300 ms/],
  ["a wish to ask", `echo '{"decision":"ask","reason":"big"}'`, "ask", /asked: big/],
])("%s is heard", async (_what, source, said, words) => {
  const { ask, script } = await withRunner();
  const [result] = await ask(pre({ command: script(source), timeoutMs: source.includes("sleep") ? 300 : 20_000 }));
  expect(result).toMatchObject({ said, words: expect.stringMatching(words) });
  expect(result?.words).not.toContain("\u001b");
});

test("a program that is not there, or may not be run, denies", async () => {
  const { ask, folder } = await withRunner();
  expect(await ask(pre({ command: ["/nowhere/at-all"] }))).toMatchObject([{ said: "failed" }]);
  writeFileSync(`${folder}/plain`, "x");
  expect(await ask(pre({ command: [`${folder}/plain`] }))).toMatchObject([{ said: "failed" }]);
});

test("a log that cannot be written denies, and nothing is run", async () => {
  const { ask, script, folder, audit } = await withRunner();
  await audit.close();
  expect(await ask(pre({ command: script(`touch ${folder}/made`) }))).toMatchObject([{ said: "failed" }]);
  expect(existsSync(`${folder}/made`)).toBe(false);
});

test("a time-out ends the program and what it began", async () => {
  const { ask, script, folder } = await withRunner();
  await ask(pre({ command: script(`(sleep 1; touch ${folder}/made) & sleep 30`), timeoutMs: 200 }));
  await new Promise((resolve) => setTimeout(resolve, 1_300));
  expect(existsSync(`${folder}/made`)).toBe(false);
});

test("a child that left the group and writes on denies, and has ended by then", async () => {
  const { ask, script, folder } = await withRunner();
  const child = `#!/bin/sh\necho $$ > ${folder}/pid\ni=0\nwhile [ $i -lt 600 ]; do echo line || exit 0; i=$((i+1)); sleep 0.05; done\n`;
  writeFileSync(`${folder}/child`, child, { mode: 0o700 });
  const [result] = await ask(
    pre({ command: script(`setsid ${folder}/child &\nwhile [ ! -s ${folder}/pid ]; do :; done`), timeoutMs: 700 }),
  );
  expect(result).toMatchObject({ said: "failed" });
  const pid = Number(readFileSync(`${folder}/pid`, "utf8"));
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), { timeout: 5_000, interval: 50 });
});

test("the first that denies ends it; what was run is on record before it ran", async () => {
  const { ask, script, entries } = await withRunner();
  const results = await ask(
    pre({ name: "one", command: script("exit 0") }),
    pre({ name: "two", command: script("exit 1") }),
    pre({ name: "three", command: script("exit 0") }),
  );
  expect(results.map(({ id, said }) => [id, said])).toEqual([
    ["workspace:one", "pass"],
    ["workspace:two", "deny"],
  ]);
  const runs = (await entries()).filter(({ verb }) => verb === "hook.run");
  expect(runs.map(({ phase, detail }) => [phase, detail["hook"]])).toEqual([
    ["intent", "workspace:one"],
    ["outcome", undefined],
    ["intent", "workspace:two"],
    ["outcome", undefined],
  ]);
});

test("a run that stops ends its hooks", async () => {
  const { runner, script, letRun } = await withRunner();
  const ending = new AbortController();
  const asked = runner.before(await letRun(pre({ command: script("sleep 30"), timeoutMs: 60_000 })), call, ending.signal);
  ending.abort();
  expect(await asked).toMatchObject([{ said: "failed", words: expect.stringContaining("stopped") }]);
});

test("after a call: a log line, a notice, a program with the result; none of them is waited for, a failure is only written down", async () => {
  const { runner, script, folder, entries, letRun } = await withRunner();
  const notices: HookNotice[] = [];
  runner.notices.on((notice) => void notices.push(notice));
  const hooks = [
    post("log", { do: "log" }),
    post("tell", { do: "notify" }),
    post("act", { do: "trigger", command: script(`cat > ${folder}/result`) }),
    post("fail", { do: "trigger", command: script("exit 7") }),
    post("other", { do: "log" }, "shell(git:*)"),
  ];
  runner.after(await letRun(...hooks), context, call, completed);
  await expect.poll(() => existsSync(`${folder}/result`) && readFileSync(`${folder}/result`, "utf8")).toContain('"status":"completed"');
  await expect
    .poll(async () =>
      (await entries())
        .filter(({ phase }) => phase === "outcome")
        .map(({ outcome }) => outcome)
        .sort((a, b) => (a ?? "").localeCompare(b ?? "")),
    )
    .toEqual(["done", "failed"]);
  expect(notices).toMatchObject([{ hook: "tell", call, result: completed }]);
  expect((await entries()).filter(({ verb }) => verb === "hook.log").map(({ detail }) => detail["hook"])).toEqual(["workspace:log"]);
});

test("no more than four programs run at once", async () => {
  const { runner, script, folder, letRun } = await withRunner();
  const count = script(
    `mkdir ${folder}/running-$$; sleep 0.2; set -- ${folder}/running-*; echo $# >&2; rmdir ${folder}/running-$$; exit 1`,
  );
  const hooks = await letRun(pre({ command: count }));
  const asked = Array.from({ length: 9 }, async () => await runner.before(hooks, call, AbortSignal.timeout(20_000)));
  const counts = (await Promise.all(asked)).map(([result]) => Number(/denied it: (\d+)/.exec(result?.words ?? "")?.[1]));
  expect(counts).toHaveLength(9);
  expect(Math.min(...counts)).toBeGreaterThan(0);
  expect(Math.max(...counts)).toBeLessThanOrEqual(4);
});

test.each<[string, string, string, number | null]>([
  ["passed", "cat > /dev/null; echo seen >&2", "let it pass", 0],
  ["asked", `echo '{"decision":"ask","reason":"big"}'`, "wants you to be asked: big", 0],
  ["denied", "echo 'not on Fridays' >&2; exit 3", "denied it: not on Fridays", 3],
  ["failed", "echo yes", "cannot be read", 0],
  ["failed", "sleep 30", "longer than 300 ms", null],
])("a trial of a hook that says '%s' shows what it would mean, on record before it is run", async (outcome, source, words, code) => {
  const { runner, script, entries, programs } = await withRunner();
  const hook = pre({ command: script(source), timeoutMs: source.includes("sleep") ? 300 : 20_000 });
  const trial = await runner.try(
    hook,
    { request, isMet: true, by: "Ada", confirmed: await programs.digests([hook]) },
    AbortSignal.timeout(30_000),
  );
  expect(trial).toMatchObject({ isMet: true, ran: { outcome, code }, words: expect.stringContaining(words) });
  const tried = (await entries()).filter(({ verb }) => verb === "policy.try-hook");
  expect(tried.map(({ phase, actor }) => [phase, actor.kind])).toEqual([
    ["intent", "person"],
    ["outcome", "person"],
  ]);
});

test("a trial tells the program that it is one, and runs nothing for a call that does not meet the hook or a hook without a program", async () => {
  const { runner, script, folder, entries, programs } = await withRunner();
  const hook = post("act", { do: "trigger", command: script(`cat > ${folder}/given`) });
  const never = AbortSignal.timeout(30_000);
  expect(await runner.try(hook, { request, isMet: false, by: "Ada" }, never)).toMatchObject({ isMet: false, ran: null });
  expect(await runner.try(post("log", { do: "log" }), { request, isMet: true, by: "Ada" }, never)).toMatchObject({ ran: null });
  expect(await entries()).toEqual([]);
  expect(existsSync(`${folder}/given`)).toBe(false);
  expect(await runner.try(hook, { request, isMet: true, by: "Ada" }, never)).toMatchObject({ ran: { outcome: "failed", code: null } });
  const confirmed = await programs.digests([hook]);
  expect(await runner.try(hook, { request, isMet: true, by: "Ada", confirmed }, never)).toMatchObject({
    ran: { outcome: "told", code: 0 },
  });
  expect(JSON.parse(readFileSync(`${folder}/given`, "utf8"))).toMatchObject({ isSample: true, taskId: null, request, event: "tool_post" });
});

test("without a log nothing is tried", async () => {
  const { runner, script, folder, audit } = await withRunner();
  await audit.close();
  const hook = pre({ command: script(`touch ${folder}/made`) });
  await expect(runner.try(hook, { request, isMet: true, by: "Ada" }, AbortSignal.timeout(30_000))).rejects.toThrow();
  expect(existsSync(`${folder}/made`)).toBe(false);
});

test("a program that became another after it was confirmed is not run: the call is denied, in words that name the file", async () => {
  const { ask, asAlreadyConfirmed, script, folder, letRun } = await withRunner();
  const hook = pre({ command: script("exit 0") });
  const [file = ""] = hook.on === "tool_pre" ? hook.command : [];
  expect(await asAlreadyConfirmed(hook)).toMatchObject([{ said: "failed", words: expect.stringContaining("is not what you let run") }]);
  expect(await ask(hook)).toMatchObject([{ said: "pass" }]);
  expect(await asAlreadyConfirmed(hook)).toMatchObject([{ said: "pass" }]);
  writeFileSync(file, `#!/bin/sh\ntouch ${folder}/made\n`);
  const words = expect.stringContaining(`${file} has changed since you let it run; look at it, then confirm it under Rules`);
  expect(await asAlreadyConfirmed(hook)).toMatchObject([{ said: "failed", words }]);
  rmSync(file);
  expect(await asAlreadyConfirmed(hook)).toMatchObject([{ said: "failed", words: expect.stringContaining(`there is no file ${file}`) }]);
  expect(existsSync(`${folder}/made`)).toBe(false);
  writeFileSync(file, "#!/bin/sh\nexit 0\n", { mode: 0o700 });
  await letRun(hook);
  expect(await asAlreadyConfirmed(hook)).toMatchObject([{ said: "pass" }]);
});

test("a program that is another by the time it has run counts as failed; a script that an interpreter runs is bound as well", async () => {
  const { ask, asAlreadyConfirmed, script, folder } = await withRunner();
  const swapping = pre({ command: script(`mv $0 ${folder}/aside; cp ${folder}/aside $0; exit 0`) });
  expect(await ask(swapping)).toMatchObject([{ said: "failed", words: expect.stringContaining("changed while it ran") }]);
  const [source = ""] = script("exit 0");
  const hook = pre({ command: ["/usr/bin/env", "sh", "-e", source, "--log", `${folder}/log`] });
  expect(await ask(hook)).toMatchObject([{ said: "pass" }]);
  writeFileSync(source, `touch ${folder}/made`);
  expect(await asAlreadyConfirmed(hook)).toMatchObject([{ said: "failed" }]);
  expect(existsSync(`${folder}/made`)).toBe(false);
});

const request: ToolRequest = { tool: "shell", command: "npm publish", cwd: "/w" };
const call: HookedCall = {
  taskId: TaskId.parse("t-aaaaaa"),
  runId: RunId.parse("run-aaaaaa"),
  taskTitle: "A task",
  repositoryName: "sample",
  agentName: "Practice",
  request,
};
const context = { worktree: "/w", home: "/home/agent", realPath: null, grants: new Set<string>(), now: 0 };

function pre(more: Record<string, unknown>): Hook {
  return Hook.parse({ on: "tool_pre", name: "guard", match: "shell(npm:*)", timeoutMs: 20_000, ...more });
}

function post(name: string, effect: Record<string, unknown>, match = "shell(npm:*)"): Hook {
  return Hook.parse({ on: "tool_post", name, match, effect });
}

function compiled(hook: Hook) {
  const result = compileHook(hook, "workspace");
  if (!result.ok) throw new Error(result.problem);
  return result.hook;
}

async function withRunner() {
  const folder = temporaryFolder();
  const logger = silentLogger();
  const audit = await openAuditLog({ folder, clock: systemClock, logger });
  const database = openDatabase({ file: join(folder, "hooks.db"), key: Secret.fromBytes(randomBytes(32)), logger, clock: systemClock });
  const programs = new HookPrograms({ database, audit, clock: systemClock });
  const runner = new HookRunner({ audit, clock: systemClock, logger, programs });
  onTestFinished(async () => {
    await runner.close();
    await audit.close();
  });
  let count = 0;
  const script = (source: string): string[] => {
    const file = join(folder, `hook-${(count += 1)}`);
    writeFileSync(file, `#!/bin/sh\n${source}\n`);
    chmodSync(file, 0o700);
    return [file];
  };
  /** As the person does; without a line in the log, whose lines the tests count. */
  const letRun = async (...hooks: readonly Hook[]) => {
    const sql = "insert or replace into hook_programs (path, sha256, confirmed_at) values (?, ?, 0)";
    for (const [path, sha256] of await programs.digests(hooks)) database.run(sql, path, sha256);
    return hooks.map(compiled);
  };
  const asAlreadyConfirmed = async (...hooks: readonly Hook[]) =>
    await runner.before(hooks.map(compiled), call, AbortSignal.timeout(30_000));
  const ask = async (...hooks: readonly Hook[]) => await runner.before(await letRun(...hooks), call, AbortSignal.timeout(30_000));
  const entries = async () => (await audit.list({ limit: 100 })).entries.toReversed();
  return { folder, audit, runner, programs, script, ask, asAlreadyConfirmed, letRun, entries };
}
