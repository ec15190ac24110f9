import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { never } from "../../testing/never.ts";
import { scriptedAgent } from "../../testing/scripted-agent.ts";
import type { CallDecision } from "./agent-session.ts";

const shell = `{ toolCallId: "c1", kind: "execute", title: "Greets", rawInput: { command: "echo hi", description: "Says hi" } }`;

test("a permission request is put in our words and answered by an option that holds once", async () => {
  const { starting, host, worktree } = scriptedAgent(`agent.prompt = async () => {
    await say(JSON.stringify(await ask(${shell}, [
      { optionId: "a", kind: "allow_always", name: "Always" }, { optionId: "b", kind: "reject_always", name: "Never" },
      { optionId: "c", kind: "reject_once", name: "No" }, { optionId: "d", kind: "allow_once", name: "Yes" }])));
  };`);
  await (await starting).prompt("go", never());
  expect(host.said).toContain('"outcome":{"outcome":"selected","optionId":"d"}');
  expect(host.calls).toEqual([
    {
      callId: expect.stringMatching(/^call-/u),
      title: "echo hi",
      request: { tool: "shell", command: "echo hi", cwd: worktree },
      realPath: null,
      edit: null,
      agentWords: "Says hi",
    },
  ]);
});

test.each<[CallDecision, string]>([
  ["allowed", "allow-me"],
  ["refused", "allow"],
])("options are picked by kind, whatever their ids say (%s)", async (decision, expected) => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { await say((await ask(${shell}, [{ optionId: "allow", kind: "reject_once", name: "Allow" }, { optionId: "allow-me", kind: "allow_once", name: "Reject" }])).result.outcome.optionId); };`,
    { decide: () => decision },
  );
  await (await starting).prompt("go", never());
  expect(host.said).toBe(expected);
});

test("where no option allows once the call is refused, and the person is told", async () => {
  const { starting, host } = scriptedAgent(`agent.prompt = async () => {
    await say(JSON.stringify(await ask(${shell}, [{ optionId: "a", kind: "allow_always", name: "Always" }, { optionId: "n", kind: "reject_once", name: "No" }])));
    await say(JSON.stringify(await ask({ ...${shell}, toolCallId: "c2" }, [{ optionId: "a", kind: "allow_always", name: "Always" }])));
    await say(JSON.stringify(await ask({ ...${shell}, toolCallId: "c3" }, [{ optionId: "x", kind: "allow_forever", name: "Ha" }])));
    await say(JSON.stringify(await ask({ ...${shell}, toolCallId: "c4" }, [])));
  };`);
  await (await starting).prompt("go", never());
  expect(host.said.match(/"optionId":"n"/gu)).toHaveLength(1);
  expect(host.said.match(/"outcome":"cancelled"/gu)).toHaveLength(3);
  expect(host.notices[0]).toBe('Scripted agent offers no "allow once" for "echo hi"; it was refused.');
  expect(host.started).toEqual([]);
});

test("a decision to stop cancels the request and the turn", async () => {
  const { starting, host } = scriptedAgent(
    `let cancelled; const heard = new Promise((done) => (cancelled = done)); agent.cancel = () => cancelled();
     agent.prompt = async () => { const answer = await ask(${shell}); await heard; await say(answer.result.outcome.outcome); return "cancelled"; };`,
    { decide: () => "stop", limits: { cancelMs: 5_000 } },
  );
  expect(await (await starting).prompt("go", never())).toEqual({ kind: "cancelled" });
  expect(host.said).toBe("cancelled");
});

test("a request that comes after the cancel is answered cancelled and decided by nobody", async () => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = () => new Promise((done) => { agent.cancel = async () => { const one = await ask(${shell}); const two = await request("terminal/create", { command: "touch made" }); const three = await request("fs/write_text_file", { path: process.cwd() + "/made", content: "" }); await say([one.result.outcome.outcome, two.error.code, three.error.code].join(), "2"); done("cancelled"); }; say("ready", "1"); });`,
    { limits: { cancelMs: 5_000 } },
  );
  const abort = new AbortController();
  const turn = (await starting).prompt("go", abort.signal);
  await expect.poll(() => host.said).toBe("ready");
  abort.abort();
  expect(await turn).toEqual({ kind: "cancelled" });
  expect(host.said).toBe("ready\ncancelled,-32800,-32800");
  expect(host.calls).toEqual([]);
});

test("what the profile names by how its words begin is no call, unless it names something that it would do", async () => {
  const told = (id: string, input: string) =>
    `await update({ sessionUpdate: "tool_call", toolCallId: "${id}", kind: "other", title: "Complete subagent look", status: "completed", rawInput: ${input} });`;
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { ${told("c1", '{ activityKind: "completed" }')} ${told("c2", '{ command: "touch made" }')} };`,
    { profile: { silentReads: [{ kind: "other", titleBegins: "Complete subagent " }] } },
  );
  await (await starting).prompt("go", never());
  expect(host.unaskedCalls.map(({ isKnownSilentRead }) => isKnownSilentRead)).toEqual([true, false]);
});

test("a second request is answered while the first is still open", async () => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { const first = ask(${shell}).then(() => say("first", "1")); const second = ask({ ...${shell}, toolCallId: "c2", rawInput: { command: "echo two" } }).then(() => say("second", "2")); await Promise.all([first, second]); };`,
    {
      decide: async (call): Promise<CallDecision> => {
        if (call.request.tool === "shell" && call.request.command === "echo hi") await new Promise((done) => setTimeout(done, 200));
        return "allowed";
      },
    },
  );
  await (await starting).prompt("go", never());
  expect([...host.messages.values()]).toEqual(["second", "first"]);
});

test("a request that is open when the agent ends its turn is withdrawn, not allowed", async () => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { ask(${shell}).then((answer) => writeFileSync("answer", answer.result.outcome.outcome)); await sleep(100); };`,
    { decide: (_, signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve("allowed"))) },
  );
  const session = await starting;
  expect(await session.prompt("go", never())).toEqual({ kind: "end-of-turn" });
  expect(host.started).toEqual([]);
});

test("a request that the agent takes back is withdrawn and the turn goes on", async () => {
  let aborted = false;
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { const asked = ask(${shell}); await sleep(50); await send({ method: "$/cancel_request", params: { requestId: next - 1 } }); await say(JSON.stringify((await asked).result)); };`,
    {
      decide: (_, signal) =>
        new Promise((resolve) =>
          signal.addEventListener("abort", () => {
            aborted = true;
            resolve("refused");
          }),
        ),
    },
  );
  expect(await (await starting).prompt("go", never())).toEqual({ kind: "end-of-turn" });
  expect(aborted).toBe(true);
  expect(host.said).toBe('{"outcome":{"outcome":"cancelled"}}');
});

test("a host that cannot decide fails the session; nothing is allowed", async () => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { const answer = await request("terminal/create", { command: "touch made" }); writeFileSync("answer", JSON.stringify(answer)); await sleep(1e6); };`,
    { decide: () => Promise.reject(new Error("the audit log cannot be written")) },
  );
  await expect((await starting).prompt("go", never())).rejects.toThrow("the audit log cannot be written");
  expect(host.terminals).toEqual([]);
});

test("a call that ran without asking is told when it has ended, or once it has run for a while", async () => {
  const { starting, host } = scriptedAgent(`agent.prompt = async () => {
    await update({ sessionUpdate: "tool_call", toolCallId: "a", title: "a", kind: "execute", status: "completed", rawInput: { command: "id" } });
    await update({ sessionUpdate: "tool_call", toolCallId: "b", title: "b", kind: "execute", status: "in_progress", rawInput: { command: "sleep 1000" } });
    await update({ sessionUpdate: "tool_call", toolCallId: "p", title: "p", kind: "execute", status: "pending", rawInput: { command: "never run" } });
    await sleep(400);
    await update({ sessionUpdate: "tool_call", toolCallId: "d", title: "d", kind: "execute", status: "in_progress", rawInput: { command: "at the end" } });
  };`);
  await (await starting).prompt("go", never());
  expect(host.unaskedCalls.map(({ call, isKnownSilentRead }) => [call.title, isKnownSilentRead])).toEqual([
    ["id", false],
    ["sleep 1000", false],
    ["at the end", false],
  ]);
});

test("a call that shows as running shortly before it asks is asked, not unasked", async () => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { await update({ sessionUpdate: "tool_call", ...${shell}, status: "in_progress" }); await sleep(20); await ask(${shell}); await sleep(300); await update({ sessionUpdate: "tool_call_update", toolCallId: "c1", status: "completed" }); };`,
  );
  await (await starting).prompt("go", never());
  expect(host.unaskedCalls).toEqual([]);
  expect(host.ended).toEqual([{ callId: host.calls[0]?.callId, status: "completed" }]);
});

test("a call that ran although it was refused is told as unasked", async () => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { await ask(${shell}); await update({ sessionUpdate: "tool_call_update", toolCallId: "c1", status: "completed" }); await ask({ ...${shell}, toolCallId: "c2" }); await update({ sessionUpdate: "tool_call_update", toolCallId: "c2", status: "failed" }); };`,
    { decide: () => "refused" },
  );
  await (await starting).prompt("go", never());
  expect(host.unaskedCalls).toHaveLength(1);
});

test("silent reads are those that the profile names, and no others", async () => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => {
      const seen = (toolCallId, call) => update({ sessionUpdate: "tool_call", toolCallId, title: toolCallId, status: "completed", ...call });
      await seen("listed command", { kind: "execute", rawInput: { command: "git status" } });
      await seen("longer command", { kind: "execute", rawInput: { command: "git status; id" } });
      await seen("named", { kind: "other", name: "ToolSearch" });
      await seen("kind and name", { kind: "read", name: "Read", locations: [{ path: "a.txt" }] });
      await seen("kind only", { kind: "read", locations: [{ path: "a.txt" }] });
    };`,
    { profile: { silentReads: [{ command: "git status" }, { name: "ToolSearch" }, { kind: "read", name: "Read" }] } },
  );
  await (await starting).prompt("go", never());
  expect(host.unaskedCalls.map(({ isKnownSilentRead }) => isKnownSilentRead)).toEqual([true, false, true, true, false]);
});

test("an edit of several files is asked file by file, and refused whole if one is", async () => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { const answer = await ask({ toolCallId: "e", kind: "edit", title: "Edit files", locations: [{ path: "one" }, { path: "/etc/two" }, { path: "three" }] }); await say(answer.result.outcome.optionId); };`,
    { decide: (call) => (call.request.tool === "filesystem" && call.request.path.startsWith("/etc") ? "refused" : "allowed") },
  );
  await (await starting).prompt("go", never());
  expect(host.calls.map(({ title }) => title)).toEqual(["Write one", "Write /etc/two"]);
  expect(host.said).toBe("no");
  expect(host.started).toEqual([]);
});

test("what the request leaves out is joined from the tool call that came before", async () => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { await update({ sessionUpdate: "tool_call", toolCallId: "e", title: "Edit files", kind: "edit", content: [{ type: "diff", path: "a.txt", oldText: "x", newText: "y" }] }); await ask({ toolCallId: "e", title: "Edit files" }); };`,
  );
  await (await starting).prompt("go", never());
  expect(host.calls[0]?.request).toMatchObject({ tool: "filesystem", action: "write" });
  expect(host.calls[0]?.edit).toMatchObject({ before: "x", after: "y" });
});

test("a call too large to be judged and shown is refused, and the person is told", async () => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { await say((await ask({ toolCallId: "e", kind: "edit", title: "Edit", locations: Array.from({ length: 201 }, (_, i) => ({ path: "f" + i })) })).result.outcome.optionId); await say((await ask({ toolCallId: "f", kind: "execute", title: "Run", rawInput: { command: "x".repeat(8_400_000) } })).result.outcome.optionId, "2"); };`,
  );
  await (await starting).prompt("go", never());
  expect([...host.messages.values()]).toEqual(["no", "no"]);
  expect(host.calls).toEqual([]);
  expect(host.notices).toHaveLength(2);
});

test("fs requests are decided on the real path inside the sandbox", async () => {
  const { starting, host, worktree, folder } = scriptedAgent(`agent.prompt = async () => {
    const at = (name) => process.cwd() + "/" + name;
    const answers = [
      await request("fs/read_text_file", { path: at("inner/secret.txt") }),
      await request("fs/write_text_file", { path: at("inner/new/file.txt"), content: "x" }),
      await request("fs/read_text_file", { path: at("lines.txt"), line: 2, limit: 2 }),
      await request("fs/read_text_file", { path: "lines.txt" }),
      await request("fs/read_text_file", { path: at("absent.txt") }),
      await request("fs/read_text_file", { path: at("binary") }),
      await request("fs/read_text_file", { path: at("") }),
      await request("fs/read_text_file", { path: at("loop") }),
      await request("fs/read_text_file", { path: at("absent/../lines.txt") }),
    ];
    await say(JSON.stringify(answers.map((one) => one.error?.code ?? one.result?.content ?? "written")));
  };`);
  symlinkSync(join(folder, "home"), join(worktree, "inner"));
  symlinkSync("loop", join(worktree, "loop"));
  writeFileSync(join(folder, "home/secret.txt"), "the secret");
  writeFileSync(join(worktree, "lines.txt"), "one\ntwo\nthree\nfour\n");
  writeFileSync(join(worktree, "binary"), Buffer.from([0xff, 0xfe, 0x00]));
  await (await starting).prompt("go", never());
  expect(JSON.parse(host.said)).toEqual([
    "the secret",
    "written",
    "two\nthree",
    -32_602,
    -32_002,
    -32_603,
    -32_603,
    -32_602,
    "one\ntwo\nthree\nfour\n",
  ]);
  expect(host.calls.slice(0, 2).map(({ realPath }) => realPath)).toEqual([
    join(folder, "home/secret.txt"),
    join(folder, "home/new/file.txt"),
  ]);
  expect(host.calls[0]?.request).toMatchObject({ path: join(worktree, "inner/secret.txt") });
  expect(readFileSync(join(folder, "home/new/file.txt"), "utf8")).toBe("x");
});

test("a refused read gives nothing and a refused write changes nothing", async () => {
  const { starting, host, worktree } = scriptedAgent(
    `agent.prompt = async () => { const path = process.cwd() + "/kept.txt"; const answers = [await request("fs/read_text_file", { path }), await request("fs/write_text_file", { path, content: "new" })]; await say(JSON.stringify(answers)); };`,
    { decide: () => "refused" },
  );
  writeFileSync(join(worktree, "kept.txt"), "old secret");
  await (await starting).prompt("go", never());
  expect(host.said).not.toContain("secret");
  expect(host.said.match(/-32003/gu)).toHaveLength(2);
  expect(readFileSync(join(worktree, "kept.txt"), "utf8")).toBe("old secret");
});

test("what is judged of a terminal is what runs: variables and arguments are part of it", async () => {
  const { starting, host, worktree } = scriptedAgent(`agent.prompt = async () => {
    const run = async (params) => {
      const made = await request("terminal/create", params);
      if (made.error) return made.error.code;
      const { terminalId } = made.result;
      const exit = await request("terminal/wait_for_exit", { terminalId });
      const { output } = (await request("terminal/output", { terminalId })).result;
      await request("terminal/release", { terminalId });
      return [exit.result.exitCode, output];
    };
    const results = [
      await run({ command: "echo $0; pwd", cwd: "/" }),
      await run({ command: "printf", args: ["%s|", "$HOME", "a'b", ""] }),
      await run({ command: "echo $A; echo $A", env: [{ name: "A", value: "x y" }] }),
      await run({ command: "sh", args: ["-c", "echo $PATH"], env: [{ name: "PATH", value: "/bin:/usr/bin" }] }),
      await run({ command: "true", env: [{ name: "A;id", value: "" }] }),
      await run({ command: "true", cwd: "relative" }),
      await run({ command: "exit 7" }),
      await run({ command: "sleep 1", cwd: "/no/such/folder" }),
    ];
    await say(JSON.stringify(results));
  };`);
  await (await starting).prompt("go", never());
  expect(host.commands).toEqual([
    "echo $0; pwd",
    "printf '%s|' '$HOME' 'a'\\''b' ''",
    "A='x y' bash --noprofile --norc -c 'echo $A; echo $A'",
    "PATH=/bin:/usr/bin sh -c 'echo $PATH'",
    "exit 7",
    "sleep 1",
  ]);
  expect(host.calls.map(({ request }) => (request.tool === "shell" ? request.cwd : ""))).toEqual([
    "/",
    ...Array(4).fill(worktree),
    "/no/such/folder",
  ]);
  expect(JSON.parse(host.said)).toEqual([
    [0, "bash\n/\n"],
    [0, "$HOME|a'b||"],
    [0, "x y\nx y\n"],
    [0, "/bin:/usr/bin\n"],
    -32_602,
    -32_602,
    [7, ""],
    [127, ""],
  ]);
});

test("a terminal keeps the last bytes only, can be killed, and ends with the session", async () => {
  const { starting, host, folder } = scriptedAgent(`agent.prompt = async () => {
    const make = async (command, outputByteLimit) => (await request("terminal/create", { command, outputByteLimit })).result.terminalId;
    const chatty = await make("seq 1 100000; echo äöü", 6);
    await request("terminal/wait_for_exit", { terminalId: chatty });
    const { output, truncated } = (await request("terminal/output", { terminalId: chatty })).result;
    const stubborn = await make("trap '' TERM; echo up; while :; do sleep 1; done");
    while ((await request("terminal/output", { terminalId: stubborn })).result.output === "") await sleep(10);
    await request("terminal/kill", { terminalId: stubborn });
    const killed = (await request("terminal/wait_for_exit", { terminalId: stubborn })).result.signal;
    await make("echo $$ > $HOME/pid; exec sleep 1000");
    while (!existsSync(process.env.HOME + "/pid")) await sleep(10);
    const unknown = (await request("terminal/output", { terminalId: "term-nothere0" })).error.code;
    await say(JSON.stringify([output, truncated, killed, unknown]));
  };`);
  const session = await starting;
  await session.prompt("go", never());
  expect(JSON.parse(host.said)).toEqual(["öü\n", true, "SIGKILL", -32_602]);
  const pid = Number(readFileSync(join(folder, "home/pid"), "utf8"));
  expect(existsSync(`/proc/${pid}`)).toBe(true);
  await session.end();
  await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
});

test("a call that leads to a terminal is one call, decided once", async () => {
  const { starting, host } = scriptedAgent(`agent.prompt = async () => {
    await update({ sessionUpdate: "tool_call", toolCallId: "t", title: "echo one", kind: "execute", status: "pending", rawInput: { command: "echo one" } });
    const { terminalId } = (await request("terminal/create", { command: "echo one" })).result;
    await update({ sessionUpdate: "tool_call_update", toolCallId: "t", status: "in_progress", content: [{ type: "terminal", terminalId }] });
    await request("terminal/wait_for_exit", { terminalId });
    await update({ sessionUpdate: "tool_call_update", toolCallId: "t", status: "completed" });
  };`);
  await (await starting).prompt("go", never());
  expect(host.calls).toHaveLength(1);
  const callId = host.calls[0]?.callId;
  expect(host.started).toEqual([{ callId, terminalId: host.terminals[0]?.id }]);
  expect(host.ended).toEqual([{ callId, status: "completed" }]);
  expect(host.unaskedCalls).toEqual([]);
});

test("a tool call that shows a terminal which is not ours is not taken for decided", async () => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { await update({ sessionUpdate: "tool_call", toolCallId: "t", title: "x", kind: "execute", status: "completed", rawInput: { command: "id" }, content: [{ type: "terminal", terminalId: "term-madeup00" }] }); };`,
  );
  await (await starting).prompt("go", never());
  expect(host.unaskedCalls).toHaveLength(1);
});

test("requests for another session are refused", async () => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { const answers = [await request("session/request_permission", { sessionId: "other", toolCall: ${shell}, options: once }), await request("terminal/create", { sessionId: "other", command: "id" })]; await say(JSON.stringify(answers.map((one) => one.error.code))); };`,
  );
  await (await starting).prompt("go", never());
  expect(host.said).toBe("[-32002,-32002]");
  expect(host.calls).toEqual([]);
});
