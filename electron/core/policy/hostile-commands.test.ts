import { describe, expect, test } from "vitest";
import { hostileCommands, hostileSize, longOrdinaryCommands, wholePieces } from "./corpus/hostile.ts";
import { everydayRules, openRules } from "./corpus/rules.ts";
import { decideCommand, rulesOf } from "./corpus/try.ts";
import { defaultRules } from "./default-rules.ts";

const deny = [...defaultRules.deny, "shell(git push --force:*)", "shell(npm publish:*)"];
const open = rulesOf({ ...openRules, deny });
const everyday = rulesOf({ ...everydayRules, deny });
const hostile = Object.entries(hostileCommands());

/** Processor time of `work`, ms: the least of several tries, of which there are no more where one is within `enough`. */
function processorTime(tries: number, work: () => void, enough = 0): number {
  let least = Number.POSITIVE_INFINITY;
  for (let each = 0; each < tries && least > enough; each += 1) {
    const begun = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begun);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

/** What takes about 10 ms on the machine the limits were measured on. */
function tenMilliseconds(): void {
  let sum = 0;
  for (let each = 0; each < 10_000_000; each += 1) sum = (sum * 31 + each) | 0;
  expect(sum).not.toBe(1);
}

/** Text of ordinary length may be read more closely than a longer one: both are tried at their limits. */
const sizes = [1_024, 4_096, 8_192, 8_193, hostileSize];

test("no command takes long, however long it is and whatever stands in it", () => {
  const measure = processorTime(3, tenMilliseconds);
  const slow = hostile.flatMap(([name, command]) => {
    const texts = [...sizes.map((size) => [command.slice(0, size), 5] as const), [command.repeat(4), 20] as const];
    return texts.flatMap(([text, limit]) => {
      const time = processorTime(5, () => decideCommand(text, open), limit * measure);
      return time > limit * measure ? [`${name}, ${text.length}: ${time.toFixed(0)} ms; the measure is ${measure.toFixed(0)} ms`] : [];
    });
  });
  expect(slow).toEqual([]);
  expect(hostile.length).toBeGreaterThan(100);
}, 90_000);

/** Ways to have a program run from inside another. */
const around: Readonly<Record<string, (command: string) => string>> = {
  function: (command) => `f() { ${command}; }; f`,
  output: (command) => `x=$(${command}); $x`,
  eval: (command) => `eval "${command}"`,
  shell: (command) => `sh -c '${command.replaceAll("'", "")}'`,
  input: (command) => `cat <<E | sh\n${command}\nE`,
  file: (command) => `cat <<'E' > f\n${command}\nE\nsh f`,
};

test("nor does any inside another", () => {
  const measure = processorTime(3, tenMilliseconds);
  const slow = hostile.flatMap(([name, command]) =>
    Object.entries(around).flatMap(([way, inside]) => {
      const text = inside(command.slice(0, 8_000));
      const time = processorTime(5, () => decideCommand(text, open), 12 * measure);
      return time > 12 * measure ? [`${name} in ${way}: ${time.toFixed(0)} ms; the measure is ${measure.toFixed(0)} ms`] : [];
    }),
  );
  expect(slow).toEqual([]);
}, 90_000);

describe("long commands of everyday work", () => {
  test.each(Object.entries(longOrdinaryCommands()))("%s is read whole and allowed", (_, command) => {
    const { decision, reasons } = decideCommand(command, everyday);
    expect(decision).toBe("allow");
    expect(reasons.filter((reason) => !/^The rule \S+ allows it\.$/.test(reason))).toEqual([]);
  });

  test("a file of 40 KiB that is written by redirection is asked about for the redirection alone", () => {
    const { fileByHereDocument = "" } = longOrdinaryCommands();
    const { decision, reasons } = decideCommand(fileByHereDocument.replace("cat <<", "cat > src/new.ts <<"), everyday);
    expect([decision, reasons]).toEqual(["ask", ["It writes a file by redirection."]]);
  });
});

test("of a here-document that is too long to be read whole, a mention is text and a substitution runs", () => {
  const text = (line: string) => `cat > notes <<A\n${"$x and more\n".repeat(2_000)}${line}\nA`;
  expect(decideCommand(text("never rm -rf /"), open).decision).toBe("ask");
  expect(decideCommand(text("$(rm -rf /)"), open).decision).toBe("deny");
  expect(decideCommand(text("`rm -rf /`"), open).decision).toBe("deny");
  expect(decideCommand(text("rm -rf /").replace("cat > notes", "bash"), open).decision).toBe("deny");
  expect(decideCommand(text("rm -rf /").replace("> notes <<A", "<<A | sh"), open).decision).toBe("deny");
});

describe("a command that is denied is denied beside 64 KiB of padding", () => {
  const pieces = [
    "ls; ",
    "l# -a; ",
    "echo line #\n",
    "ls # && ",
    "rm -rf ./d#; ",
    "x#=1; ",
    "echo $(l#); ",
    "cat <<A\nl# $x\nA\n",
    "echo 'a;b' \"$x#\"; ",
    "if ls; then l#; fi; ",
    "f#() { ls; }; ",
    "sh -c 'l#; ls'; ",
    "ls >f#; ",
    "(l#) | cat; ",
  ];
  const denied = [
    "rm -rf /",
    "r\\m -rf /",
    "'rm' -fr /",
    "$'\\x72m' -r -f //",
    "/bin/rm --recursive --force /",
    "sudo -u root rm -rf /etc",
    "sh -c 'ls; rm -rf /'",
    "eval 'rm -rf /'",
    "echo $(rm -rf /)",
    "x=rm; $x -rf /",
    "echo rm -rf / | sh",
    "cd / && rm -rf *",
    "git -C . push origin --force",
    "find . -exec rm -rf / \\;",
  ];

  test.each(pieces)("%j", (piece) => {
    const padding = wholePieces(piece);
    expect(padding.length).toBeGreaterThanOrEqual(hostileSize);
    const missed = denied.flatMap((command) => {
      const places = { behind: `${padding}${piece.endsWith("&& ") ? "" : "\n"}${command}`, before: `${command}\n${padding} ls` };
      return Object.entries(places).flatMap(([place, text]) => {
        const { decision } = decideCommand(text, open);
        return decision === "deny" ? [] : [`${decision}: ${command} ${place}`];
      });
    });
    expect(missed).toEqual([]);
  });
});

test("a deny that only what the program computes reveals is found in the middle of 64 KiB", () => {
  const pieces = ["ls; ", "x#=1; ", "y#=$z#; ", "$c# a; ", "sh -c 'l#; ls'; "];
  const computed = [
    "x=rm; $x -rf /",
    "a=r; b=m; $a$b -rf /",
    "p='rm -rf /'; eval \"$p\"",
    "$(printf 'r%s' m) -rf /",
    "c=$(echo rm); $c -rf /",
    'set -- rm -rf /; "$@"',
    "read c <<< rm; $c -rf /",
    'arr=(rm -rf /); "${arr[@]}"',
    "x=tm; ${x/t/r} -rf /",
    "echo cm0gLXJmIC8= | base64 -d | sh",
    "x=/; rm -rf $x",
    "f() { $1 -rf /; }; f rm",
    "{rm,-rf,/}",
  ];
  const half = (piece: string, from: number) =>
    Array.from({ length: Math.ceil(hostileSize / 2 / piece.length) }, (_, index) => piece.replaceAll("#", String(from + index))).join("");
  const missed = pieces.flatMap((piece) =>
    computed.flatMap((command) => {
      const [first = "", ...rest] = command.split("; ");
      const texts = [`${half(piece, 0)}\n${command}\n${half(piece, 50_000)} ls`];
      if (rest.length === 1 && !first.includes("{")) texts.push(`${first}\n${half(piece, 0)}\n${rest[0] ?? ""}\n${half(piece, 50_000)} ls`);
      return texts.flatMap((text) => (decideCommand(text, open).decision === "deny" ? [] : [`${command} in ${piece}`]));
    }),
  );
  expect(missed).toEqual([]);
}, 60_000);
