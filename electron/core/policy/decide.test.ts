import { describe, expect, test } from "vitest";
import type { Decision, ToolRequest } from "#shared/contract/policy.ts";
import { context, decideCommand, decideRequest, rulesOf } from "./corpus/try.ts";
import { decide, requestKey } from "./decide.ts";
import { compileRuleSet, defaultRuleSet } from "./rule-set.ts";

const defaults = defaultRuleSet();

describe("files", () => {
  const file = (action: "read" | "write" | "delete" | "list", path: string): ToolRequest => ({
    tool: "filesystem",
    action,
    path,
    cwd: "/w",
  });

  test.each([
    ["read", "src/a.ts", "allow"],
    ["write", "src/a.ts", "allow"],
    ["delete", "src/a.ts", "allow"],
    ["read", "/etc/hosts", "allow"],
    ["write", "../x", "ask"],
    ["write", "/w/../etc/passwd", "ask"],
    ["write", "/wx/a", "ask"],
    ["write", "~/.bashrc", "ask"],
    ["delete", "/", "ask"],
    ["write", ".git/hooks/pre-commit", "ask"],
    ["write", ".git/config", "ask"],
    ["write", "sub/.GIT/config", "ask"],
    ["write", ".github/workflows/ci.yml", "ask"],
    ["write", "CLAUDE.md", "ask"],
    ["write", "sub/.claude/settings.json", "ask"],
    ["write", ".vscode/tasks.json", "ask"],
    ["write", "gatehouse.rules.jsonc", "ask"],
    ["read", ".git/config", "allow"],
    ["write", "src/a\u202e.ts", "ask"],
  ] satisfies [string, string, Decision][])("by default, %s %s: %s", (action, path, decision) => {
    const verb = action === "write" || action === "delete" ? action : "read";
    expect(decideRequest(file(verb, path), defaults).decision).toBe(decision);
  });

  test("a link that leads out of the worktree is judged by where it leads", () => {
    const verdict = decideRequest(file("write", "link/x"), defaults, { realPath: "/etc/x" });
    expect(verdict).toMatchObject({ decision: "ask", reasons: ["It would change /etc/x, which is outside the worktree."] });
    expect(verdict.risks).toContain("outside-worktree");
  });

  test("an allow must hold for the real path and the one asked for; a deny for either is enough", () => {
    const rules = rulesOf({ allow: ["filesystem(src/**)"], deny: ["filesystem(/etc:*)", "filesystem(secret/**)"] });
    expect(decideRequest(file("read", "src/a"), rules).decision).toBe("allow");
    expect(decideRequest(file("read", "src/link"), rules, { realPath: "/w/other" }).decision).toBe("ask");
    expect(decideRequest(file("read", "src/link"), rules, { realPath: "/etc/shadow" }).decision).toBe("deny");
    expect(decideRequest(file("read", "secret/link"), rules, { realPath: "/w/src/a" }).decision).toBe("deny");
    expect(decideRequest(file("read", "/etc"), rules).decision).toBe("deny");
    expect(decideRequest(file("read", "/etcetera"), rules).decision).toBe("ask");
  });

  test("an answer for this run binds to where a link leads", () => {
    const rules = rulesOf({ allow: ["filesystem(read:*)"] });
    const request = file("write", "link/x");
    const first = decideRequest(request, rules, { realPath: "/w/src/x" });
    const grants = new Set([requestKey(request, first.ruleSetHash)]);
    expect(decideRequest(request, rules, { realPath: "/w/src/x", grants }).decision).toBe("allow");
    expect(decideRequest(request, rules, { realPath: "/w/other/x", grants }).decision).toBe("ask");
    expect(decideRequest(request, rules, { grants }).decision).toBe("ask");
  });

  test("a path that leads nowhere that can be found out is asked about, and a deny for it holds", () => {
    const rules = rulesOf({ allow: ["filesystem(*)", "filesystem(write:loop)"], deny: ["filesystem(secret/**)"] });
    const unclear = { realPath: null, isPathUnclear: true };
    expect(decideRequest(file("write", "loop"), rules, unclear).decision).toBe("ask");
    expect(decideRequest(file("read", "loop"), rules, unclear).decision).toBe("ask");
    expect(decideRequest(file("read", "secret/x"), rules, unclear).decision).toBe("deny");
  });

  test("a deny holds for other spellings that a file system may take for the same", () => {
    const rules = rulesOf({ allow: ["filesystem(*)"], deny: ["filesystem(Secrets/**)", "filesystem(caf\u00e9/**)"] });
    expect(decideRequest(file("read", "secrets/a"), rules).decision).toBe("deny");
    expect(decideRequest(file("read", "cafe\u0301/a"), rules).decision).toBe("deny");
    expect(decideRequest(file("read", "src/a"), rulesOf({ allow: ["filesystem(SRC/**)"] })).decision).toBe("ask");
  });

  test("a rule for one action says nothing of the others", () => {
    const rules = rulesOf({ allow: ["filesystem(read:*)"] });
    expect(decideRequest(file("read", "a"), rules).decision).toBe("allow");
    expect(decideRequest(file("list", "."), rules).decision).toBe("ask");
    expect(decideRequest(file("write", "a"), rules).decision).toBe("ask");
  });

  test("a rule that names the path has foreseen that it lies outside or steers something", () => {
    const rules = rulesOf({ allow: ["filesystem(write:/tmp/out/**)", "filesystem(write:.github/workflows/*.yml)"] });
    expect(decideRequest(file("write", "/tmp/out/a"), rules).decision).toBe("allow");
    expect(decideRequest(file("write", ".github/workflows/ci.yml"), rules).decision).toBe("allow");
    expect(decideRequest(file("write", ".github/workflows/sub/ci.yml"), rules).decision).toBe("ask");
  });

  test("what a file rule denies, a shell command may not do either", () => {
    const rules = rulesOf({ allow: ["shell(*)", "filesystem(*)"], deny: ["filesystem(write:locked/**)", "filesystem(**/.env)"] });
    expect(decideCommand("rm locked/a", rules)).toMatchObject({ decision: "deny", rule: { text: "filesystem(write:locked/**)" } });
    expect(decideCommand("echo x > locked/a", rules).decision).toBe("deny");
    expect(decideCommand("cp a sub/../locked/b", rules).decision).toBe("deny");
    expect(decideCommand("cat sub/.env", rules).decision).toBe("ask");
    expect(decideCommand("cat locked/a", rules).decision).toBe("allow");
  });
});

describe("connections", () => {
  const connect = (host: string, more: Partial<Extract<ToolRequest, { tool: "egress" }>> = {}): ToolRequest => ({
    tool: "egress",
    host,
    port: 443,
    method: null,
    path: null,
    ...more,
  });
  const rules = rulesOf({
    allow: ["egress(api.example.com)", "egress(*.cdn.example.com:443)", "egress(GET files.example.com/pub/*)"],
    deny: ["egress(evil.example.com)", "egress(POST files.example.com)"],
  });

  test.each([
    [connect("api.example.com"), "allow"],
    [connect("API.Example.COM."), "allow"],
    [connect("api.example.com.evil.org"), "ask"],
    [connect("xapi.example.com"), "ask"],
    [connect("a.cdn.example.com"), "allow"],
    [connect("cdn.example.com"), "ask"],
    [connect("a.cdn.example.com", { port: 80 }), "ask"],
    [connect("evil.example.com"), "deny"],
    [connect("files.example.com", { method: "GET", path: "/pub/a" }), "allow"],
    [connect("files.example.com", { method: "get", path: "/pub/a" }), "allow"],
    [connect("files.example.com", { method: "GET", path: "/priv/a" }), "ask"],
    [connect("files.example.com", { method: "POST", path: "/pub/a" }), "deny"],
    [connect("files.example.com"), "deny"],
    [connect("unlisted.example.org"), "ask"],
    [connect("api.example.com\u0000.evil.org"), "ask"],
    [connect("api.example.com%2eevil.org"), "ask"],
    [connect("\u0430pi.example.com"), "ask"],
  ] satisfies [ToolRequest, Decision][])("%j: %s", (request, decision) => {
    expect(decideRequest(request, rules).decision).toBe(decision);
  });

  test.each(["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "169.254.1.1", "localhost", "db.internal", "printer.local", "intranet"])(
    "%s is reached only by a rule that names it",
    (host) => {
      expect(decideRequest(connect(host), rulesOf({ allow: ["egress(*)"] })).decision).toBe("ask");
      expect(decideRequest(connect(host), rulesOf({ allow: [`egress(${host})`] })).decision).toBe("allow");
    },
  );

  test.each(["169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "metadata.google.internal"])(
    "%s, where a cloud hands out keys, is denied whatever rule names it",
    (host) => {
      expect(decideRequest(connect(host), rulesOf({ allow: ["egress(*)", `egress(${host})`, `egress(${host}:443)`] })).decision).toBe(
        "deny",
      );
    },
  );

  test("a host in an odd form is not allowed even where every host is", () => {
    expect(decideRequest(connect("a b"), rulesOf({ allow: ["egress(*)"] })).decision).toBe("ask");
    expect(decideRequest(connect("a.b"), rulesOf({ allow: ["egress(*)"] })).decision).toBe("allow");
  });

  test("a push of git is allowed by a rule that names its path, and by no wider one", () => {
    const push = connect("forge.test", { method: "POST", path: "/ada/mine.git/git-receive-pack" });
    const verdict = decideRequest(push, rulesOf({ allow: ["egress(forge.test)", "egress(*)"] }));
    expect(verdict.decision).toBe("ask");
    expect(verdict.wouldChange.join()).toContain("egress(forge.test/ada/mine.git/git-receive-pack)");
    expect(decideRequest(push, rulesOf({ allow: ["egress(POST forge.test/ada/mine.git/*)"] })).decision).toBe("allow");
    expect(
      decideRequest(
        connect("forge.test", { method: "POST", path: "/ada/mine.git/git-upload-pack" }),
        rulesOf({ allow: ["egress(forge.test)"] }),
      ).decision,
    ).toBe("allow");
  });
});

describe("other tools", () => {
  test.each([
    [{ tool: "websearch", query: "how to rm -rf /" }, "allow"],
    [{ tool: "knowledge", query: "x" }, "allow"],
    [{ tool: "mcp", server: "issues", name: "create", input: "{}" }, "ask"],
    [{ tool: "secret", name: "token", host: "api.example.com" }, "ask"],
    [{ tool: "git", action: "hand-over", branch: "main" }, "ask"],
    [{ tool: "unknown", kind: "other", title: "x" }, "ask"],
    [{ tool: "egress", host: "a.b", port: 443, method: null, path: null }, "ask"],
  ] satisfies [ToolRequest, Decision][])("by default %j: %s", (request, decision) => {
    expect(decideRequest(request, defaults).decision).toBe(decision);
  });

  test("MCP tools by server and name", () => {
    const rules = rulesOf({ allow: ["mcp(issues.read*)", "mcp(docs.*)"], deny: ["mcp(issues.readSecret)"], ask: ["mcp(docs.write)"] });
    const call = (server: string, name: string) => decideRequest({ tool: "mcp", server, name, input: "" }, rules).decision;
    expect(["readAll", "write", "readSecret"].map((name) => call("issues", name))).toEqual(["allow", "ask", "deny"]);
    expect(["list", "write"].map((name) => call("docs", name))).toEqual(["allow", "ask"]);
    // A server may not mind the case; a no then holds as well, a yes never.
    expect([call("issues", "READSECRET"), call("Issues", "readSecret"), call("docs", "Write")]).toEqual(["deny", "deny", "ask"]);
    expect([call("issues", "READALL"), call("DOCS", "list")]).toEqual(["ask", "ask"]);
  });

  test("a secret by name, and by name and host", () => {
    const rules = rulesOf({ allow: ["secret(npm@registry.example.com)"], deny: ["secret(prod*)"] });
    const use = (name: string, host: string | null) => decideRequest({ tool: "secret", name, host }, rules).decision;
    expect(use("npm", "registry.example.com")).toBe("allow");
    expect(use("npm", "evil.example.com")).toBe("ask");
    expect(use("npm", null)).toBe("ask");
    expect(use("prod-db", null)).toBe("deny");
    expect(use("prod-db", "x.y")).toBe("deny");
  });

  test("a text with hidden characters is asked about even where everything is allowed", () => {
    expect(decideRequest({ tool: "websearch", query: "a\u200bb" }, defaults)).toMatchObject({
      decision: "ask",
      risks: ["hidden-characters", "network"],
    });
  });
});

describe("rule sets", () => {
  test("one malformed rule refuses the whole, by list, index and column", () => {
    const result = compileRuleSet([{ layer: "workspace", rules: { allow: ["shell(ls:*)", "shell(ls"], deny: ["shel(x)"], ask: [] } }]);
    expect(result).toMatchObject({
      ok: false,
      problems: [
        { list: "deny", index: 0, column: 1, rule: "shel(x)" },
        { list: "allow", index: 1, column: 9, rule: "shell(ls" },
      ],
    });
  });

  test("the hash changes with any rule, list or layer", () => {
    const hash = (layer: "workspace" | "repository", allow: string[], ask: string[] = []) => {
      const result = compileRuleSet([{ layer, rules: { allow, deny: [], ask } }]);
      return result.ok ? result.ruleSet.hash : "";
    };
    const hashes = [
      hash("workspace", ["shell(a)"]),
      hash("workspace", ["shell(b)"]),
      hash("repository", ["shell(a)"]),
      hash("workspace", [], ["shell(a)"]),
      defaults.hash,
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hash("workspace", ["shell(a)"])).toBe(hash("workspace", ["shell(a)"]));
  });

  test("a deny in any layer wins over an allow in any other", () => {
    const result = compileRuleSet([
      { layer: "workspace", rules: { allow: ["shell(npm publish)"], deny: [], ask: [] } },
      { layer: "repository", rules: { allow: [], deny: ["shell(npm publish:*)"], ask: [] } },
    ]);
    if (!result.ok) throw new Error("malformed");
    expect(decideCommand("npm publish", result.ruleSet)).toMatchObject({ decision: "deny", rule: { layer: "repository" } });
  });

  test("the floor names itself", () => {
    expect(decideCommand("rm -rf /", rulesOf({ allow: ["shell(*)"] })).rule).toEqual({
      text: "shell(rm -rf /:*)",
      list: "deny",
      layer: "floor",
    });
  });
});

describe("what an answer binds to", () => {
  const request: ToolRequest = { tool: "shell", command: "npm test", cwd: "/w" };

  test("the key changes with the tool, the words, the folder and the rules, and with nothing else", () => {
    const keys = [
      requestKey(request, "h"),
      requestKey({ ...request, command: "npm test " }, "h"),
      requestKey({ ...request, cwd: "/w/x" }, "h"),
      requestKey(request, "i"),
      requestKey({ tool: "websearch", query: "npm test" }, "h"),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(requestKey({ cwd: "/w", tool: "shell", command: "npm test" }, "h")).toBe(keys[0]);
  });

  test("a grant turns ask into allow, and never a deny", () => {
    const granted = (command: string) => {
      const asked: ToolRequest = { tool: "shell", command, cwd: "/w" };
      return decide(asked, defaults, { ...context, grants: new Set([requestKey(asked, defaults.hash)]) });
    };
    expect(granted("npm test")).toMatchObject({ decision: "allow", rule: { layer: "grant" } });
    expect(granted("rm -rf /").decision).toBe("deny");
  });
});
