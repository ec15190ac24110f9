import { expect, test } from "vitest";
import type { Decision } from "#shared/contract/policy.ts";
import { decideCommand, rulesOf } from "./corpus/try.ts";

const echo = rulesOf({ allow: ["shell(echo:*)"] });
const echoAndCat = rulesOf({ allow: ["shell(echo:*)", "shell(cat:*)"] });
const askedCat = rulesOf({ allow: ["shell(echo:*)", "shell(cat:*)"], ask: ["shell(cat secret:*)"] });
const open = rulesOf({ allow: ["shell(*)"], deny: ["filesystem(read:**/.env)", "shell(cat keys:*)"] });

test.each(["read -r x < f; echo $x", "while read -r x; do echo $x; done < f", "{ read -r x; } < f", "echo $(< f)"])(
  "%s needs what cat of the file needs",
  (command) => {
    expect(decideCommand(command, echo).decision).toBe("ask");
    expect(decideCommand(command, echoAndCat).decision).toBe("allow");
    expect(decideCommand(command.replace("f", "secret"), askedCat).decision).not.toBe("deny");
    expect(decideCommand(command.replace(/< f\b/, "< secret"), askedCat).decision).toBe("ask");
  },
);

test.each<readonly [string, Decision]>([
  ["cat < .env", "ask"],
  ["while read -r x; do echo $x; done < .env", "ask"],
  ["{ cat; } < .env", "ask"],
  ["echo $(< .env)", "ask"],
  ["x=$(< ./sub/../.env)", "ask"],
  ["echo $(< keys)", "deny"],
  ["cat < .envrc", "allow"],
  ["cat < /dev/null", "allow"],
])("a deny rule for a path speaks of a redirection that reads it: %s", (command, expected) => {
  expect(decideCommand(command, open).decision).toBe(expected);
});

test.each(["", " \n\t", "# rm -rf /", "  # a\n\n# b\n", ": rm -rf /", "true # x", "read -r x <<< 'a b'", "read -r x < /dev/null"])(
  "%j does nothing, and needs no rule",
  (command) => {
    expect(decideCommand(command, echo).decision).toBe("allow");
  },
);

test.each(["#\0", "# \u202e", "\r", ": $(ls)", ": > f", "true < f; x", "# a\nls", "#a\r\nls"])("%j is more than nothing", (command) => {
  expect(decideCommand(command, echo).decision).toBe("ask");
});
