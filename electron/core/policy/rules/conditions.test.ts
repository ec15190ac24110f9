import { describe, expect, test } from "vitest";
import { context, decideRequest, rulesOf } from "../corpus/try.ts";
import { parseRule } from "./rule-syntax.ts";
import { parseWindow, windowHolds } from "./time-window.ts";

const at = (iso: string) => Date.parse(iso);
const shell = (command: string, cwd = "/w") => ({ tool: "shell", command, cwd }) as const;

describe("windows of time", () => {
  const holds = (text: string, iso: string) => {
    const window = parseWindow(text);
    if (typeof window === "string") throw new Error(window);
    return windowHolds(window, at(iso));
  };

  test.each([
    ["mon-fri 09:00-18:00 UTC", "2024-05-06T09:00:00Z", true],
    ["mon-fri 09:00-18:00 UTC", "2024-05-06T08:59:59Z", false],
    ["mon-fri 09:00-18:00 UTC", "2024-05-06T18:00:00Z", false],
    ["mon-fri 09:00-18:00 UTC", "2024-05-05T12:00:00Z", false],
    ["09:00-18:00 UTC", "2024-05-05T12:00:00Z", true],
    ["sat,sun 00:00-24:00 UTC", "2024-05-05T23:59:59Z", true],
    ["fri-mon 00:00-24:00 UTC", "2024-05-07T12:00:00Z", false],
  ])("%s at %s: %s", (window, iso, expected) => {
    expect(holds(window, iso)).toBe(expected);
  });

  test("over midnight it belongs to the day it began on", () => {
    expect(holds("fri 22:00-06:00 UTC", "2024-05-03T23:00:00Z")).toBe(true);
    expect(holds("fri 22:00-06:00 UTC", "2024-05-04T05:59:00Z")).toBe(true);
    expect(holds("fri 22:00-06:00 UTC", "2024-05-04T22:30:00Z")).toBe(false);
    expect(holds("fri 22:00-06:00 UTC", "2024-05-03T05:00:00Z")).toBe(false);
  });

  test("it follows the summer time of its zone", () => {
    // Berlin is one hour ahead of UTC in winter and two in summer; the clock moves on 31 March 2024.
    expect(holds("09:00-18:00 Europe/Berlin", "2024-03-30T08:00:00Z")).toBe(true);
    expect(holds("09:00-18:00 Europe/Berlin", "2024-03-30T07:30:00Z")).toBe(false);
    expect(holds("09:00-18:00 Europe/Berlin", "2024-03-31T07:00:00Z")).toBe(true);
    expect(holds("09:00-18:00 Europe/Berlin", "2024-03-31T16:00:00Z")).toBe(false);
    // 02:30 does not exist on that night; 03:00 follows 02:00.
    expect(holds("02:00-03:00 Europe/Berlin", "2024-03-31T01:30:00Z")).toBe(false);
  });

  test.each([
    "",
    "9-18",
    "mon 25:00-26:00 UTC",
    "mon 09:60-10:00 UTC",
    "mon 09:00-09:00 UTC",
    "mo-fr 09:00-18:00 UTC",
    "mon 09:00-18:00 Nowhere/City",
  ])("%j is no window", (text) => {
    expect(parseWindow(text)).toEqual(expect.any(String));
  });
});

describe("conditions of a rule", () => {
  test("an allow holds only in its hours, a deny only in its own", () => {
    const allow = rulesOf({ allow: ["shell(npm publish:*) when window(mon-fri 09:00-18:00 UTC)"] });
    const deny = rulesOf({ allow: ["shell(*)"], deny: ["shell(npm publish:*) when window(sat,sun 00:00-24:00 UTC)"] });
    const onMonday = { now: at("2024-05-06T12:00:00Z") };
    const onSunday = { now: at("2024-05-05T12:00:00Z") };
    expect(decideRequest(shell("npm publish"), allow, onMonday).decision).toBe("allow");
    expect(decideRequest(shell("npm publish"), allow, onSunday)).toMatchObject({
      decision: "ask",
      wouldChange: [expect.stringContaining("condition window")],
    });
    expect(decideRequest(shell("npm publish"), deny, onMonday).decision).toBe("allow");
    expect(decideRequest(shell("npm publish"), deny, onSunday).decision).toBe("deny");
  });

  test("paths hold for the folder of a command and the real path of a file", () => {
    const rules = rulesOf({ allow: ["shell(make:*) when paths(sub/**)", "filesystem(write:*) when paths(out/**)", "shell(cd:*)"] });
    expect(decideRequest(shell("make test", "/w/sub/x"), rules).decision).toBe("allow");
    expect(decideRequest(shell("make test", "/w"), rules).decision).toBe("ask");
    expect(decideRequest(shell("cd .. && make test", "/w/sub"), rules).decision).toBe("ask");
    expect(decideRequest(shell("cd $X && make test", "/w/sub"), rules).decision).toBe("ask");
    const write = { tool: "filesystem", action: "write", path: "out/a", cwd: "/w" } as const;
    expect(decideRequest(write, rules).decision).toBe("allow");
    expect(decideRequest(write, rules, { realPath: "/w/src/a" }).decision).toBe("ask");
  });

  test("commands hold for the words as they are understood; computed ones do not keep a deny from holding", () => {
    const rules = rulesOf({ allow: ["shell(*)"], deny: ["shell(curl:*) when commands(*_-T_* *_--upload-file*)"] });
    expect(decideRequest(shell("curl -T f x.y"), rules).decision).toBe("deny");
    expect(decideRequest(shell("curl x.y"), rules).decision).toBe("allow");
    expect(decideRequest(shell('curl "$X"'), rules).decision).not.toBe("allow");
  });

  test("all of several must hold", () => {
    const rules = rulesOf({ allow: ["shell(make:*) when paths(sub/**) window(mon-fri 09:00-18:00 UTC)"] });
    expect(decideRequest(shell("make", "/w/sub"), rules, { now: at("2024-05-06T12:00:00Z") }).decision).toBe("allow");
    expect(decideRequest(shell("make", "/w/sub"), rules, { now: at("2024-05-05T12:00:00Z") }).decision).toBe("ask");
    expect(decideRequest(shell("make", "/w"), rules, { now: at("2024-05-06T12:00:00Z") }).decision).toBe("ask");
  });

  test("they do not narrow what the floor denies", () => {
    expect(decideRequest(shell("rm -rf /"), rulesOf({ allow: ["shell(*) when paths(**)"] }), context).decision).toBe("deny");
  });

  test.each([
    ["shell(ls:*) when", 17, "missing after 'when'"],
    ["shell(ls:*) when foo(x)", 18, "no condition 'foo'"],
    ["shell(ls:*) when paths()", 18, "no values"],
    ["shell(ls:*) when paths(a) window(x)", 27, "A window reads"],
    ["shell(ls:*) when paths(../x)", 18, "'..'"],
    ["shell(ls:*) when paths(a", 17, "reads name(values)"],
  ])("%j: column %i, %s", (rule, column, words) => {
    const parsed = parseRule(rule);
    expect(parsed).toMatchObject({ ok: false });
    if (!parsed.ok) expect([parsed.column, parsed.problem]).toEqual([column, expect.stringContaining(words)]);
  });
});
