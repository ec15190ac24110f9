import { text } from "node:stream/consumers";
import type { Sandbox } from "../sandbox/driver.ts";
import { markedFunction } from "../sandbox/mark-search.ts";
import { oneLine } from "./hostile-text.ts";

/** Name of the variable that marks an agent's process, and through inheritance all that it starts. */
export const agentVariable = "GATEHOUSE_AGENT";

const maximumTold = 5;

/**
 * Ends what an agent started since a moment and left running, with bash builtins for the search: all that carries its
 * mark or descends from that, but for the agent's own: what was there before, and what runs from its packages or is one of
 * its servers, started by such a process itself. All are stopped before the first dies, and looked for until none is left.
 * Arguments: mark, folder of packages (may be empty), one command line for each server. It says when it has looked at its
 * clock, and is told on standard input how many milliseconds ago the moment was then: what lies between the two
 * clocks, and 50 ms for how coarse they are, counts as later. Then one line for each process, `+` before one that is left.
 */
const script = `
set -u
mark="${agentVariable}=$1"; packages=$2; shift 2
IFS=' ' read -r up rest 2>/dev/null < /proc/uptime || exit 0
printf 'now\\n'
IFS= read -r since || exit 0
since=$(( 10#\${up/./} - since / 10 - 5 ))
${markedFunction}
line_of() {
  local word
  line=
  while IFS= read -r -d '' word; do line="$line\${line:+ }$word"; done 2>/dev/null < "/proc/$1/cmdline"
}
is_own() {
  local exe server
  [ "\${began[$1]}" -le "$since" ] && return 0
  exe=$(readlink "/proc/$1/exe" 2>/dev/null)
  [ -n "$packages" ] && [ "\${exe#"$packages"/}" != "$exe" ] && return 0
  line_of "$1"
  for server in "\${servers[@]}"; do [ "$line" = "$server" ] && return 0; done
  return 1
}
servers=("$@")
find_them() {
  local folder pid stat rest parent queue=() children=() parents=() seen=() carriers=()
  began=() them=()
  for folder in /proc/[0-9]*; do
    pid=\${folder#/proc/} stat=
    [ "$pid" = "$$" ] && continue
    IFS= read -r -d '' stat 2>/dev/null < "$folder/stat"
    [ -n "$stat" ] || continue
    rest=\${stat##*) }
    set -f; set -- $rest; set +f
    case $1 in Z | X) continue ;; esac
    began[$pid]=\${20} parents[$pid]=$2 children[$2]="\${children[$2]-} $pid"
    marked "$pid" && queue+=("$pid") && carriers[$pid]=yes
  done
  while [ \${#queue[@]} -gt 0 ]; do
    pid=\${queue[0]} queue=("\${queue[@]:1}")
    [ -n "\${seen[$pid]-}" ] && continue
    parent=\${parents[$pid]}
    [ -z "\${seen[$parent]-}" ] && [ -n "\${carriers[$parent]-}" ] && continue
    if [ "\${seen[$parent]-}" != theirs ] && is_own "$pid"; then seen[$pid]=own; else seen[$pid]=theirs them+=("$pid"); fi
    queue+=(\${children[$pid]-})
  done
}
known=-1
for round in 1 2 3 4 5 6 7 8 9 10; do
  find_them
  [ \${#them[@]} -eq 0 ] && exit 0
  [ \${#them[@]} -eq "$known" ] && break
  known=\${#them[@]}
  kill -s STOP "\${them[@]}" 2>/dev/null
done
for pid in "\${them[@]}"; do line_of "$pid"; printf '%s\\n' "\${line//[$'\\n\\r']/ }"; done
SECONDS=0
while [ "$SECONDS" -lt 3 ]; do
  find_them
  [ \${#them[@]} -eq 0 ] && exit 0
  kill -s KILL "\${them[@]}" 2>/dev/null
done
for pid in "\${them[@]}"; do line_of "$pid"; printf '+%s\\n' "\${line//[$'\\n\\r']/ }"; done
`;

export interface LeftoverSearch {
  readonly sandbox: Sandbox;
  /** Value of {@link agentVariable} in the agent's environment. */
  readonly mark: string;
  /** Now: how long ago the moment was after which what was started counts, milliseconds. */
  readonly sinceMs: () => number;
  /** Command lines of servers that the agent keeps running. */
  readonly servers: readonly (readonly string[])[];
}

/** What was ended, as words for the person; null where there was nothing. */
export async function endLeftovers({ sandbox, mark, sinceMs, servers }: LeftoverSearch, signal: AbortSignal): Promise<string | null> {
  const kept = servers.map((words) => words.join(" "));
  const argv = ["bash", "-c", script, "gatehouse", mark, sandbox.packages ?? "", ...kept];
  const process = await sandbox.exec({ argv, cwd: sandbox.home }, signal);
  process.stdin.on("error", () => {});
  process.stdout.once("data", () => process.stdin.end(`${Math.floor(sinceMs())}\n`));
  process.stderr.resume();
  const [told] = await Promise.all([text(process.stdout), process.exited]);
  const lines = told
    .split("\n")
    .slice(1)
    .filter((line) => line !== "");
  const left = lines.filter((line) => line.startsWith("+")).map((line) => line.slice(1));
  if (left.length > 0) return `Could not be ended, and runs on in the sandbox: ${shown(left)}.`;
  return lines.length === 0 ? null : `Ended what the agent had left running: ${shown(lines)}.`;
}

function shown(lines: readonly string[]): string {
  const told = lines.slice(0, maximumTold).map((line) => oneLine(line, 120));
  const more = lines.length - told.length;
  return `${told.join("; ")}${more > 0 ? ` and ${more} more` : ""}`;
}
