/** Pieces that change how a shell reads what stands around them. */
export const fragments: readonly string[] = [
  ..." |\n|;|&&|||| & |#| #|'|\"|`|$(|)|(|{ |; }|\\|\\\n|<<E\n|\nE\n|<<'E'\n|<<-E\n|$'|$\"|${x:-|${x/|${x@|${!|}|<(|>(|<<<|&>|2>&1|>/dev/null|</dev/null|=|+=(|x=|a[|]=1|a=(|$((|))|((|[[ | ]]|$[|]|!| ! |time |coproc |eval |exec |command |sudo |sh -c '|bash -c \"|echo |case x in x) | ;; esac|if |; then |; fi|elif |else |for i in a; do |; done|while |until |do |select i in a; do |function f |f() |{a,b}|*|?|~|\t|@(|\\\"|'\\''|-|--|-c|/|$x|$@|\u200b|\r"
    .split("|")
    .filter((fragment) => fragment !== ""),
  "|",
  "||",
  "|&",
];

/** A small deterministic source of numbers in [0, 1): Park and Miller's minimal standard generator. */
export function numbers(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state - 1) / 2_147_483_646;
  };
}

/** One command made from others by inserting, cutting, doubling, joining and wrapping. */
export function mutated(commands: readonly string[], next: () => number): string {
  const pick = (list: readonly string[]) => list[Math.floor(next() * list.length)] ?? "";
  let command = pick(commands);
  for (let rounds = Math.floor(next() * 4); rounds > 0; rounds -= 1) {
    const at = Math.floor(next() * (command.length + 1));
    const kind = next();
    if (kind < 0.45) command = command.slice(0, at) + pick(fragments) + command.slice(at);
    else if (kind < 0.6) command = command.slice(0, at) + command.slice(at + 1 + Math.floor(next() * 3));
    else if (kind < 0.75) command = `${command}${pick(["; ", "\n", " && ", " | ", " ", '"', "'"])}${pick(commands)}`;
    else if (kind < 0.9)
      command =
        pick(["$(", "`", "(", '"$(', "{ ", "eval '", "sh -c '", "cat <<E\n", "if true; then ", "x=$("]) +
        command +
        pick([")", "`", ')"', "; }", "'", '"', "\nE\n", "; fi"]);
    else command = command.slice(0, at) + command.slice(at, at + 8) + command.slice(at);
  }
  return command.replaceAll("\0", "").slice(0, 4_000);
}
