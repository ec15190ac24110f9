import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeWith } from "../../testing/engines.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { canaryPrograms } from "./corpus/canary.ts";
import { mutated, numbers } from "./corpus/mutate.ts";
import { decideCommand, rulesOf } from "./corpus/try.ts";

/** Every program these pieces may run but for the canary, so that only the canary can keep one from being allowed. */
const allowed =
  "ls echo cat true test [ : eval printf command builtin sh bash cd read local let declare trap exec f x y a set source hash shopt mapfile break".split(
    " ",
  );
const allButCanary = rulesOf({ allow: allowed.map((name) => `shell(${name}:*)`) });
const canaryDenied = rulesOf({ allow: ["shell(*)"], deny: ["shell(canary:*)"] });

describeWith("local-sandbox", "beside what the real bash runs", () => {
  test("a program in which the canary ran was never allowed, and was denied where a rule denies it", () => {
    const next = numbers(11);
    const programs = [...canaryPrograms, ...Array.from({ length: 1_400 }, () => mutated(canaryPrograms, next))];
    const ran = runAll(programs);
    const sang = programs.filter((_, index) => ran[index]);
    expect(sang.length).toBeGreaterThan(300);
    expect(sang.filter((program) => decideCommand(program, allButCanary).decision === "allow")).toEqual([]);
    const missed = sang.filter((program) => decideCommand(program, canaryDenied).decision === "allow");
    expect(missed).toEqual([]);
    const onlyAsked = canaryPrograms.filter((program, index) => ran[index] && decideCommand(program, canaryDenied).decision !== "deny");
    expect(onlyAsked).toEqual([]);
  }, 170_000);
});

/** Runs each program in bash, in a sandbox without network and files, and tells whether the canary ran. */
function runAll(programs: readonly string[]): readonly boolean[] {
  const folder = temporaryFolder();
  for (const name of ["in", "out", "bin0"]) mkdirSync(join(folder, name));
  for (const [index, program] of programs.entries()) writeFileSync(join(folder, "in", String(index)), program);
  for (const name of ["bash", "sh"]) symlinkSync("/usr/bin/bash", join(folder, "bin0", name));
  symlinkSync("/usr/bin/cat", join(folder, "bin0", "cat"));
  writeFileSync(join(folder, "bin0", "canary"), '#!/bin/bash\necho sang >> "$LOG"\n', { mode: 0o755 });
  writeFileSync(join(folder, "driver.sh"), driver);
  const sandbox = [
    "--ro-bind",
    "/usr",
    "/usr",
    "--ro-bind-try",
    "/lib",
    "/lib",
    "--ro-bind-try",
    "/lib64",
    "/lib64",
    "--ro-bind-try",
    "/bin",
    "/bin",
  ];
  const view = [
    "--dev",
    "/dev",
    "--proc",
    "/proc",
    "--tmpfs",
    "/tmp",
    "--dir",
    "/tmp/w",
    "--ro-bind",
    join(folder, "in"),
    "/in",
    "--bind",
    join(folder, "out"),
    "/out",
    "--ro-bind",
    join(folder, "bin0"),
    "/bin0",
  ];
  const { status, stderr } = spawnSync(
    "bwrap",
    [
      ...sandbox,
      ...view,
      "--ro-bind",
      join(folder, "driver.sh"),
      "/driver.sh",
      "--unshare-all",
      "--die-with-parent",
      "--clearenv",
      "--",
      "/usr/bin/bash",
      "--noprofile",
      "--norc",
      "/driver.sh",
      String(programs.length),
    ],
    { encoding: "utf8", timeout: 160_000 },
  );
  expect(`${status ?? "none"} ${stderr.slice(0, 500)}`).toBe("0 ");
  return programs.map(
    (_, index) =>
      existsSync(join(folder, "out", String(index))) && readFileSync(join(folder, "out", String(index)), "utf8").includes("sang"),
  );
}

/** Commands that are not there do nothing; only `canary`, `bash`, `sh` and `cat` are. */
const driver = `
cd /tmp/w
for ((n = 0; n < $1; n++)); do
  export LOG=/out/$n
  HOME=/tmp PATH=/bin0 /usr/bin/timeout 2 /usr/bin/bash --noprofile --norc -c '
    command_not_found_handle() { return 0; }
    export -f command_not_found_handle
    exec < /dev/null > /dev/null 2>&1
    eval "$(cat /in/'$n')"' > /dev/null 2>&1
done
exit 0
`;
