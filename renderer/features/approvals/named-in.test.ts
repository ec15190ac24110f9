import { expect, test } from "vitest";
import type { VerdictPart } from "#shared/contract/policy.ts";
import { namedIn } from "./named-in.ts";

const part = (...argv: readonly (string | null)[]): VerdictPart => ({
  text: argv.join(" "),
  argv: [...argv],
  decision: "ask",
  rule: null,
  reason: "",
  span: null,
});

test("hosts are read as the network reads them, not as they look", () => {
  const { hosts } = namedIn("", [
    part("curl", "https://github.com@evil.example/x", "--url=http://[::1]:80/"),
    part("scp", "a", "me@host.example:b"),
  ]);
  expect(hosts).toEqual(["evil.example", "[::1]", "host.example"]);
});

test("paths are words that stand for files; options, programs and computed words are not", () => {
  const { paths } = namedIn("", [part("rm", "-rf", "/", "../x", "src/a.ts", "notes.md", "main", null, "--out=/tmp/o", "@scope/name")]);
  expect(paths).toEqual(["/", "../x", "src/a.ts", "notes.md", "/tmp/o"]);
});

test("secrets are named by their placeholders, each once", () => {
  expect(namedIn("curl -H 'a: {{secret:npm}}' {{secret:npm}} {{secret:gh-token}}", []).secrets).toEqual(["npm", "gh-token"]);
});
