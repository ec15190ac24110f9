import { PassThrough, Readable } from "node:stream";
import { expect, test } from "vitest";
import * as z from "zod";
import { decideLines } from "./decide.ts";

const Answer = z.looseObject({
  id: z.json(),
  verdict: z.string().optional(),
  rule: z.string().nullish(),
  error: z.string().optional(),
  reasons: z.array(z.string()).optional(),
});

async function answersTo(
  lines: readonly unknown[],
): Promise<{ readonly exitCode: number; readonly answers: readonly z.infer<typeof Answer>[] }> {
  const output = new PassThrough();
  const chunks: string[] = [];
  output.on("data", (chunk: Buffer) => chunks.push(chunk.toString("utf8")));
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  const exitCode = await decideLines(Readable.from([text]), output);
  return {
    exitCode,
    answers: chunks
      .join("")
      .split("\n")
      .filter(Boolean)
      .map((line) => Answer.parse(JSON.parse(line))),
  };
}

const verdicts = (answers: readonly z.infer<typeof Answer>[]) => answers.map(({ id, verdict, rule }) => [id, verdict, rule ?? null]);

test("every line is answered in order, with the default rules where it brings none", async () => {
  const { exitCode, answers } = await answersTo([
    { id: 1, tool: "shell", command: "git status", cwd: "/repo" },
    { id: "two", tool: "shell", command: "git status && rm -rf /", cwd: "/repo" },
    { id: 3, tool: "shell", command: "npm test", cwd: "/repo", rules: { allow: ["shell(npm test:*)"] } },
    {
      id: 4,
      tool: "shell",
      command: "npm test",
      cwd: "/repo",
      rules: { allow: [{ rule: "shell(npm test:*)", examples: {} }], deny: ["shell(npm:*)"] },
    },
    { id: 5, tool: "shell", command: "git status", rules: {} },
    { id: 6, tool: "filesystem", path: "a", action: "write", cwd: "/repo" },
    { id: 7, tool: "filesystem", path: "../a", cwd: "/repo" },
    { id: 8, tool: "egress", host: "api.example.com", rules: { allow: ["egress(api.example.com)"] } },
    { id: 9, tool: "mcp", server: "issues", name: "read", rules: { allow: ["mcp(issues.read)"] } },
    { id: 10, tool: "mcp", name: "issues.read", rules: { allow: ["mcp(issues.read)"] } },
    { id: 11, tool: "websearch", query: "x" },
    { id: 12, tool: "knowledge" },
    { id: 13, tool: "secret", name: "token" },
    { id: 14, tool: "git", branch: "main", rules: { allow: ["git(hand-over)"] } },
    { id: 15, tool: "browser", url: "x" },
  ]);
  expect(exitCode).toBe(0);
  expect(verdicts(answers)).toEqual([
    [1, "allow", "shell(git:*)"],
    ["two", "deny", "shell(rm -rf /:*)"],
    [3, "allow", "shell(npm test:*)"],
    [4, "deny", "shell(npm:*)"],
    [5, "ask", null],
    [6, "allow", "filesystem(*)"],
    [7, "ask", null],
    [8, "allow", "egress(api.example.com)"],
    [9, "allow", "mcp(issues.read)"],
    [10, "allow", "mcp(issues.read)"],
    [11, "allow", "websearch(*)"],
    [12, "allow", "knowledge(*)"],
    [13, "ask", null],
    [14, "allow", "git(hand-over)"],
    [15, "ask", null],
  ]);
});

test("a line that cannot be read is answered with an error, the others all the same, and the exit code is 1", async () => {
  const { exitCode, answers } = await answersTo([
    "no json",
    "",
    '"text"',
    { id: 1, command: "ls" },
    { id: 2, tool: "shell" },
    { id: 3, tool: "shell", command: "ls", rules: { allow: ["shell(ls"] } },
    { id: 4, tool: "shell", command: "ls", rules: { allow: "shell(ls)" } },
    { id: 5, tool: "shell", command: "ls" },
  ]);
  expect(exitCode).toBe(1);
  expect(answers.map(({ id, verdict }) => [id, verdict ?? "error"])).toEqual([
    [null, "error"],
    [null, "error"],
    [1, "error"],
    [2, "error"],
    [3, "error"],
    [4, "error"],
    [5, "allow"],
  ]);
  expect(answers[4]?.error).toContain("column 9");
});

test("a line that is nested too deeply, and lists of rules under another spelling, are errors of that line alone", async () => {
  const deep = `{"id":${"[".repeat(50_000)}${"]".repeat(50_000)},"tool":"shell","command":"ls"}`;
  const { exitCode, answers } = await answersTo([
    deep,
    { id: 2, tool: "shell", command: "ls", rules: { allow: ["shell(*)"], Deny: ["shell(ls:*)"] } },
    { id: 3, tool: "shell" },
    { id: 4, tool: "shell", command: "git status", rules: { $schema: "x", allow: ["shell(git:*)"] } },
    '{"id":5,"tool":"shell","command":"ls","rules":{"allow":["shell(*)"],"deny":["shell(ls)"],"d\\u0065ny":[]}}',
    '{"id":6,"tool":"shell","command":"echo {\\"id\\":1,\\"id\\":2}","rules":{"allow":[{"rule":"shell(echo:*)"},{"rule":"shell(ls)"}]}}',
  ]);
  expect(exitCode).toBe(1);
  expect(answers.map(({ error, verdict }) => error ?? verdict)).toEqual([
    "This line is nested too deeply to be read.",
    "rules: its lists are allow, deny and ask",
    "command: is missing",
    "allow",
    '"deny" stands twice in one object of this line.',
    "allow",
  ]);
});

test.each([
  ...[
    "9007199254740993",
    "123456789012345678901234567890",
    "-0",
    "1.0",
    "1e3",
    "1E-7",
    "1e400",
    "-1e400",
    "0.1000000000000000055511151231257827",
  ],
  ...[
    '"9007199254740993"',
    "null",
    "true",
    "[9007199254740993, -0]",
    '{ "id": 1e2 , "n":[] }',
    '"\\ud800"',
    '"a\\u0000\\n\\"}"',
    '"{,:"',
    '""',
  ],
])("the id %s comes back as it was written, whatever stands around it", async (id) => {
  const around = [
    `{"id":${id},"tool":"shell","command":"ls"}`,
    `{"tool":"shell", "command":"ls","rules":{"x":{"id":5},"allow":[]}, "\\u0069d" : ${id} }`,
    `{"x":[{"id":3}],"id":\t${id}\t,"tool":"shell"}`,
  ];
  const output = new PassThrough();
  await decideLines(Readable.from([around.join("\n")]), output);
  const lines = String(output.read()).trimEnd().split("\n");
  expect(lines.map((line) => line.slice(0, 6 + id.length + 1))).toEqual(around.map(() => `{"id":${id},`));
  for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
});

test("bytes that are no UTF-8 are refused, a mark at the beginning and carriage returns do not matter", async () => {
  const output = new PassThrough();
  const line = (id: string) => Buffer.from(`{"id":"${id}","tool":"shell","command":"ls"}\r\n`);
  const bad = Buffer.concat([Buffer.from('{"id":1,"tool":"shell","command":"ls '), Buffer.from([0xff]), Buffer.from('"}\n')]);
  const exitCode = await decideLines(Readable.from([Buffer.concat([Buffer.from("\ufeff"), line("a"), bad, line("b")])]), output);
  const answers = String(output.read())
    .trim()
    .split("\n")
    .map((text) => Answer.parse(JSON.parse(text)));
  expect(exitCode).toBe(1);
  expect(answers.map(({ id, verdict, error }) => [id, verdict ?? error])).toEqual([
    ["a", "allow"],
    [null, "This line is not UTF-8."],
    ["b", "allow"],
  ]);
});

test("ten thousand lines, each with its own rules, take seconds", async () => {
  const lines = Array.from({ length: 10_000 }, (_, id) => ({
    id,
    tool: "shell",
    command: `git log -n ${id} | grep x${id}`,
    cwd: "/repo",
    rules: { allow: ["shell(git:*)", `shell(grep x${id}:*)`] },
  }));
  const begun = performance.now();
  const { answers } = await answersTo(lines);
  expect(answers).toHaveLength(10_000);
  expect(answers.every(({ id, verdict }, index) => id === index && verdict === "allow")).toBe(true);
  expect(performance.now() - begun).toBeLessThan(15_000);
});
