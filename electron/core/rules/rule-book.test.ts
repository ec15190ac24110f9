import { expect, onTestFinished, test } from "vitest";
import type { ToolRequest } from "#shared/contract/policy.ts";
import { elsewhere, here, question, settingsFile, shell, taskId, withService } from "../../testing/rule-book.ts";
import { decide } from "../policy/decide.ts";
import type { RuleSet } from "../policy/rule-set.ts";
import { sha256 } from "./repository-file.ts";
import type { RuleBook } from "./rule-book.ts";
import type { PastCall } from "./rule-use.ts";

const never = new AbortController().signal;

test.each<[string, ToolRequest, string | null]>([
  ["a plain command", shell("npm test -- --watch=false"), "shell(npm test -- --watch=false)"],
  ["the one unknown command of a list", shell("git status && npm test"), "shell(npm test)"],
  ["a word that must be quoted", shell("npm run 'a b'"), "shell(npm run 'a b')"],
  ["several unknown commands", shell("npm ci && npm test"), null],
  ["a pattern of the shell", shell("npm run *"), null],
  ["a computed word", shell("npm run $(cat x)"), null],
  ["a redirection, which no rule names", shell("npm test > /etc/x"), null],
  ["a connection", { tool: "egress", host: "API.example.com", port: 443, method: null, path: null }, "egress(api.example.com:443)"],
  ["a tool of a server", { tool: "mcp", server: "docs", name: "find", input: "{}" }, "mcp(docs.find)"],
  ["a sensitive file", { tool: "filesystem", action: "write", path: "/w/.npmrc", cwd: "/w" }, "filesystem(write:.npmrc)"],
  ["a kind that nobody knows", { tool: "unknown", kind: "x", title: "x" }, null],
])("proposes for %s the narrowest rule or none", async (_what, request, expected) => {
  const { book, asked } = await withService();
  expect(book.propose(asked(request))).toBe(expected);
});

test("a proposal tells which answered requests of the same repository the rule would have allowed", async () => {
  const { book, service, ask } = await withService();
  for (const [command, repositoryId] of [
    ["npm test", here],
    ["npm ci", here],
    ["npm test", elsewhere],
  ] as const) {
    const request = await ask(shell(command), repositoryId);
    await service.answer(request.id, request.nonce, "allow-once", "Ada");
  }
  const request = await ask(shell("npm test"), here);
  expect(await book.proposal(request, never)).toMatchObject({
    rule: "shell(npm test)",
    matchCount: 1,
    considered: 2,
    matches: [{ summary: "npm test" }],
  });
});

test("'always in this repository' writes the rule that core works out, for that repository alone, until it is revoked", async () => {
  const { book, service, ask, decisionIn } = await withService();
  const request = await ask(shell("npm test"), here);
  await expect(service.answer(request.id, request.nonce, "allow-repository", "Ada", "shell(*)")).rejects.toMatchObject({
    code: "CONFLICT",
  });
  await service.answer(request.id, request.nonce, "allow-repository", "Ada", "shell(npm test)");
  expect(decisionIn(here)).toBe("allow");
  expect(decisionIn(elsewhere)).toBe("ask");
  expect(book.of(here).hash).not.toBe(book.of(elsewhere).hash);
  expect(service.grants()).toMatchObject([{ id: request.id, scope: "repository", rule: "shell(npm test)", by: "Ada" }]);
  await service.revoke(request.id, "Ada");
  expect(decisionIn(here)).toBe("ask");
  await expect(service.revoke(request.id, "Ada")).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("rules for the workspace replace the defaults, survive a restart, and are on record with what was before", async () => {
  const { book, again, decisionIn, entries } = await withService();
  await book.setWorkspace({ deny: [], allow: ["shell(npm:*)"], ask: [] }, "Ada");
  expect(decisionIn(here)).toBe("allow");
  expect(again().of(null).hash).toBe(book.of(null).hash);
  expect((await entries()).find(({ verb, phase }) => verb === "policy.set-rules" && phase === "intent")).toMatchObject({
    actor: { kind: "person", name: "Ada" },
    detail: {
      before: { layer: "default", ask: expect.arrayContaining(["shell(sudo:*)"]) },
      after: { layer: "workspace", allow: ["shell(npm:*)"] },
    },
  });
  await book.setWorkspace(null, "Ada");
  expect(decisionIn(here)).toBe("ask");
});

test("a malformed rule is refused by list, place and column, and the rules in force stay", async () => {
  const { book, entries } = await withService();
  await book.setWorkspace({ deny: [], allow: ["shell(npm:*)"], ask: [] }, "Ada");
  const { hash } = book.of(here);
  const refused = book.setWorkspace({ deny: [], allow: ["shell(ls:*)", "shel(x)"], ask: [] }, "Ada");
  await expect(refused).rejects.toMatchObject({ code: "RULES_MALFORMED", message: expect.stringContaining("allow rule 2, column 1") });
  expect(book.of(here).hash).toBe(hash);
  expect((await entries()).filter(({ verb, phase }) => verb === "policy.set-rules" && phase === "intent")).toHaveLength(1);
});

test("the floor holds whatever is written", async () => {
  const { book } = await withService();
  await book.setWorkspace({ deny: [], allow: ["shell(*)"], ask: [] }, "Ada");
  expect(question(book, shell("rm -rf /"), here).verdict).toMatchObject({ decision: "deny", rule: { layer: "floor" } });
});

test("a replay counts what would not be asked about any more, by what people had answered", async () => {
  const { book, service, ask } = await withService();
  for (const [command, answer] of [
    ["npm test", "allow-once"],
    ["npm run x", "deny"],
    ["make", "deny"],
    ["cargo doc", "allow-run"],
  ] as const) {
    const request = await ask(shell(command), here);
    await service.answer(request.id, request.nonce, answer, "Ada");
  }
  expect(await book.replay({ deny: ["shell(make:*)"], allow: ["shell(npm:*)"], ask: [] }, never)).toMatchObject({
    problems: [],
    considered: 4,
    nowAllowed: { ofAllowed: 1, ofDenied: 1 },
    nowDenied: { ofAllowed: 0, ofDenied: 1 },
    stillAsked: 1,
  });
  expect((await book.replay({ deny: [], allow: ["shell"], ask: [] }, never)).problems).toMatchObject([{ list: "allow", index: 0 }]);
});

test("a repository's own file tightens; its allow rules hold once a person has adopted exactly that content", async () => {
  const { book, decisionIn } = await withService();
  const file = '{ "allow": ["shell(npm:*)"], "deny": ["shell(git push:*)"], }';
  expect(book.takeFile(here, file)).toEqual([]);
  const decision = (command: string, id = here) => question(book, shell(command), id).verdict.decision;
  expect([decision("git push"), decision("git push", elsewhere), decisionIn(here)]).toEqual(["deny", "allow", "ask"]);
  await expect(book.adoptFile(here, "0".repeat(64), "Ada")).rejects.toMatchObject({ code: "CONFLICT" });
  await book.adoptFile(here, book.file(here)?.sha256 ?? "", "Ada");
  expect(decisionIn(here)).toBe("allow");
  expect(book.takeFile(here, `${file}\n`)).toEqual([]);
  expect(decisionIn(here)).toBe("ask");
});

test("a refused file tightens and does nothing else; one that was adopted can be refused; adopting it later takes that back", async () => {
  const { book, again, decisionIn, entries } = await withService();
  book.takeFile(here, '{ "allow": ["shell(npm:*)"], "deny": ["shell(git push:*)"] }');
  const hash = book.file(here)?.sha256 ?? "";
  await book.adoptFile(here, hash, "Ada");
  await expect(book.refuseFile(here, "0".repeat(64), "Ada")).rejects.toMatchObject({ code: "CONFLICT" });
  await book.refuseFile(here, hash, "Ada");
  expect([decisionIn(here), question(book, shell("git push"), here).verdict.decision]).toEqual(["ask", "deny"]);
  expect(again().file(here)).toMatchObject({ answer: "refused", isAdopted: false });
  expect(
    (await entries()).some(({ verb, phase, detail }) => verb === "policy.refuse-file" && phase === "intent" && detail["sha256"] === hash),
  ).toBe(true);
  await book.adoptFile(here, hash, "Ada");
  expect([decisionIn(here), book.file(here)?.answer]).toEqual(["allow", "adopted"]);
});

test("a file adopted on a branch holds once the base branch has exactly it, and not before, nor another", async () => {
  const { book, decisionIn } = await withService();
  const content = '{ "allow": ["shell(npm:*)"] }';
  const file = { repositoryId: here, taskId, sha256: sha256(content), content };
  await book.answerAhead(file, "adopt", "Ada");
  expect([decisionIn(here), book.answerTo(here, file.sha256)]).toEqual(["ask", "adopted"]);
  book.takeFile(here, `${content} `);
  expect(decisionIn(here)).toBe("ask");
  book.takeFile(here, content);
  expect([decisionIn(here), decisionIn(elsewhere)]).toEqual(["allow", "ask"]);
  // It was said once: a file that went and comes again waits like any other.
  book.takeFile(here, null);
  book.takeFile(here, content);
  expect(decisionIn(here)).toBe("ask");
  await book.answerAhead(file, "refuse", "Ada");
  expect(book.file(here)?.answer).toBe("refused");
});

test("listeners hear of rules once they are others, and not of a file that was read again", async () => {
  const { book } = await withService();
  let heard = 0;
  using _listening = book.changed.on(() => (heard += 1));
  const good = '{ "deny": ["shell(npm:*)"] }';
  for (const content of [good, good, "{", "{", good, null, null]) book.takeFile(here, content);
  expect(heard).toBe(4);
  await book.setWorkspace(null, "Ada");
  await book.setHooks([], null, "Ada");
  expect(heard).toBe(6);
});

test("rules that another window changed meanwhile are not written over", async () => {
  const { book, decisionIn } = await withService();
  const seen = { deny: [], allow: ["shell(npm:*)"], ask: [] };
  await expect(book.setWorkspace({ deny: [], allow: [], ask: [] }, "Eve", seen)).rejects.toMatchObject({ code: "CONFLICT" });
  await book.setWorkspace(seen, "Ada");
  await book.setWorkspace({ ...seen, allow: [] }, "Ada", seen);
  expect(decisionIn(here)).toBe("ask");
});

test("the effect of a file is what calls of the past would be decided otherwise, loosened first, each once", async () => {
  const past = (command: string, at: number): PastCall => ({ request: shell(command), at, repositoryId: here, worktree: "/w" });
  const { book } = await withService([past("npm test", 3), past("git push", 2), past("npm test", 1), past("ls", 0)]);
  const effect = await book.effect(here, '{ "allow": ["shell(npm:*)"], "deny": ["shell(git push:*)"] }', never);
  expect(effect).toMatchObject({
    considered: 4,
    counts: [
      { from: "ask", to: "allow", count: 2 },
      { from: "allow", to: "deny", count: 1 },
    ],
    changes: [
      { summary: "npm test", from: "ask", to: "allow", times: 2, at: 3 },
      { summary: "git push", from: "allow", to: "deny", times: 1 },
    ],
    sentence: "Of 4 recorded calls, 2 that were asked about would run without asking; 1 that ran without asking would be refused.",
  });
  await expect(book.effect(here, "{", never)).rejects.toMatchObject({ code: "RULES_MALFORMED" });
  expect((await book.effect(here, null, never)).sentence).toBe("It would have changed nothing about the 4 recorded calls.");
});

test.each<[string, ToolRequest, object[]]>([
  [
    "an unknown command",
    shell("npm test"),
    [
      { decision: "allow", adds: { allow: ["shell(npm test)"] } },
      { decision: "deny", adds: { deny: ["shell(npm test)"] } },
    ],
  ],
  ["two unknown commands", shell("npm ci && npm test"), [{ decision: "allow", adds: { allow: ["shell(npm ci)", "shell(npm test)"] } }]],
  [
    "what an own rule allows",
    shell("git push"),
    [
      { decision: "ask", adds: { ask: ["shell(git push)"] } },
      { decision: "deny", adds: { deny: ["shell(git push)"] } },
    ],
  ],
  [
    "what an own rule refuses",
    shell("curl x"),
    [
      { decision: "allow", removes: { deny: ["shell(curl:*)"] }, adds: { allow: ["shell(curl x)"] } },
      { decision: "ask", removes: { deny: ["shell(curl:*)"] } },
    ],
  ],
  ["what the floor refuses", shell("rm -rf /"), []],
  ["a kind that nobody knows", { tool: "unknown", kind: "x", title: "x" }, []],
])("for %s the smallest changes are suggested that were tried to help", async (_what, request, expected) => {
  const { book } = await withService();
  await book.setWorkspace({ deny: ["shell(curl:*)"], allow: ["shell(git:*)"], ask: [] }, "Ada");
  const judge = (set: RuleSet) => decide(request, set, { worktree: "/w", home: "/home/agent", realPath: null, grants: new Set(), now: 0 });
  expect(book.suggest(request, judge(book.of(here)), here, judge)).toMatchObject(expected);
  expect(book.suggest(request, judge(book.of(here)), here, judge)).toHaveLength(expected.length);
});

test("a replay ends once nobody waits for it", async () => {
  const { book } = await withService();
  const stop = new AbortController();
  stop.abort(new Error("left"));
  await expect(book.replay({ deny: [], allow: [], ask: [] }, stop.signal)).rejects.toThrow("left");
});

test("a malformed file names line and column, and the last good one stays, also after a restart", async () => {
  const { book, again } = await withService();
  book.takeFile(here, '{ "deny": ["shell(npm:*)"] }');
  expect(book.takeFile(here, '{\n  "deny": ["shel(npm:*)"]\n}')).toEqual([expect.stringMatching(/^line 2, column 13: /)]);
  expect(question(again(), shell("npm test"), here).verdict.decision).toBe("deny");
  book.takeFile(here, null);
  expect(question(book, shell("npm test"), here).verdict.decision).toBe("ask");
});

test("where the settings file cannot be read any more nothing is allowed in the repository", async () => {
  const { book } = await withService();
  settingsFile.rules = "unreadable";
  onTestFinished(() => void (settingsFile.rules = null));
  expect(question(book, shell("git status"), here).verdict.decision).toBe("ask");
  expect(book.of(null).rules.some(({ list }) => list === "allow")).toBe(true);
});

test("a kept file that this version cannot read allows nothing: the denies in it are not forgotten", async () => {
  const { book, again, database } = await withService();
  const settled = (each: RuleBook) => question(each, shell("git status"), here).verdict.decision;
  book.takeFile(here, '{ "deny": ["shell(git push:*)"] }');
  expect(settled(book)).toBe("allow");
  database.run("update repository_rule_files set content = ?", '{ "deny": ["future(git push:*)"] }');
  const later = again();
  expect(settled(later)).toBe("ask");
  expect(question(later, shell("git status"), elsewhere).verdict.decision).toBe("allow");
  expect(later.file(here)).toMatchObject({ isAdopted: false, isUnreadable: true });
  later.takeFile(here, '{ "deny": ["shell(git push:*)"] }');
  expect(settled(later)).toBe("allow");
});
