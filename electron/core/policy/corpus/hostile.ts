/** Size of a hostile command, characters. */
export const hostileSize = 65_536;

/** Text of this piece over and over, cut at the size. */
function filled(piece: string): string {
  return piece.repeat(Math.ceil(hostileSize / piece.length)).slice(0, hostileSize);
}

/** As {@link filled}, with the number of the repetition in place of `#`. */
function numbered(piece: string): string {
  return wholePieces(piece).slice(0, hostileSize);
}

/** As {@link numbered}, and not cut: the last piece is whole. */
export function wholePieces(piece: string): string {
  const parts: string[] = [];
  for (let index = 0, length = 0; length < hostileSize; index += 1) {
    const part = piece.replaceAll("#", index.toString(36));
    parts.push(part);
    length += part.length;
  }
  return parts.join("");
}

/** `open` as often as it fits, then what closes it. */
function nested(open: string, middle: string, close: string): string {
  const depth = Math.floor(hostileSize / (open.length + close.length));
  return open.repeat(depth) + middle + close.repeat(depth);
}

/**
 * Commands of 64 KiB, each hard in its own way: what somebody would send who wants the decision to
 * take long, so that a person or another run has to wait.
 */
export function hostileCommands(): Readonly<Record<string, string>> {
  return {
    oneCommandManyTimes: filled("git status; "),
    differentCommands: numbered("l# -a; "),
    differentDenied: numbered("rm -rf ./d#; "),
    differentDeniedAbove: numbered("rm -rf ../d#; "),
    differentDeniedQuoted: numbered("rm -rf './d#'; "),
    nearlyDenied: numbered("rm -f /d#; "),
    nearlyDeniedWords: `rm ${numbered("rm x# / ")}`,
    lines: numbered("echo line #\n"),
    pipeline: `ls ${filled("| cat ")}`,
    pipelineOfFilters: `echo a ${filled("| tr a b ")}`,
    differentPipelines: numbered("echo l# a | tr a b | sh; "),
    assignedByPipelines: numbered("x#=$(echo a | tr a b | head -1); "),
    oneLongAssignment: `x=$(echo a ${filled("| tr a b ")})`,
    growingByFilters: `x=$(echo a ${"| sed s/a/aaaaaaaaaa/g ".repeat(300)})`,
    growingLines: `echo a ${"| sed 's/.*/&&&&&&&&&&/' ".repeat(300)}| sh`,
    growingFields: `x=$(echo a ${"| awk '{print $0, $0, $0, $0}' ".repeat(200)})`,
    growingFile: `echo aaaaaaaa > f; ${"cat f f f f f f f f > g; cat g g g g g g g g > f; ".repeat(150)} sh f`,
    manyFilters: `x=$(echo ${"a".repeat(4_000)} ${"| tr a b ".repeat(400)}); ${"x=$(echo $x | tr a b); ".repeat(20)}`,
    longReplacement: `echo ${"a".repeat(4_000)} | sed 's/a/${"b".repeat(4_000)}/g' | sh`,
    functionsThatCallThemselves: filled(":(){ :|:& };: "),
    functionOfStages: `f(){ f ${filled("| f ")}; }; f`,
    filteredText: `echo '${filled("ls; ")}' | tr a b | sort | sh`,
    textBeforeShell: `cat '${filled("ls; ")}' | foo | sh`,
    writtenAndRun: numbered("echo l# > s#; sh s#; "),
    andOr: `ls ${filled("&& ls || ls ")}`,
    background: filled("ls & "),
    emptyCommands: filled("; "),
    subshells: filled("(ls); "),
    groups: filled("{ ls; }; "),
    nestedSubshells: nested("(", "ls", ")"),
    nestedGroups: nested("{ ", "ls", "; }"),
    ifs: filled("if ls; then ls; else ls; fi; "),
    nestedIfs: nested("if ls; then ", "ls", "; fi"),
    loops: numbered("for i# in a b; do ls $i#; done; "),
    nestedLoops: nested("for i in a; do ", "ls", "; done"),
    whiles: filled("while ls; do ls; done; "),
    cases: filled("case a in b) ls;; esac; "),
    caseArms: `case $x in ${numbered("a#) ls;; ")} esac`,
    casePatterns: `case $x in ${numbered("a#|")}b) ls;; esac`,
    functions: numbered("f#() { ls; }; "),
    functionsCalled: numbered('f#() { rm "$@"; }; f# -rf x; '),
    aliases: numbered("alias a#='rm -rf x'; "),
    substitutions: filled("$(ls) "),
    differentSubstitutions: numbered("$(l#) "),
    quotedSubstitutions: `echo "${numbered("$(l#)")}"`,
    nestedSubstitutions: nested("$(", "ls", ")"),
    openSubstitutions: filled("$("),
    backticks: filled("`ls` "),
    differentBackticks: numbered("`l#` "),
    openBackticks: filled("`"),
    processSubstitutions: numbered("cat <(l#); "),
    manyProcessSubstitutions: `cat ${numbered("<(l#) ")}`,
    nestedProcessSubstitutions: nested("cat <(", "ls", ")"),
    braces: `echo ${filled("{a,b} ")}`,
    braceProducts: `echo ${filled("{a,b}")}`,
    nestedBraces: `echo ${nested("{a,", "b", "}")}`,
    braceRanges: `echo ${filled("{1..99999} ")}`,
    openBraces: `echo ${filled("{")}`,
    commasInBraces: `echo {${filled("a,")}}`,
    globs: `ls ${filled("*a?[b] ")}`,
    stars: `ls ${filled("*")}`,
    brackets: `ls ${filled("[")}`,
    extendedGlobs: `ls ${filled("@(a|b) ")}`,
    arithmetic: `echo $((${filled("1+")}1))`,
    arithmetics: filled("$((1+1)) "),
    nestedArithmetic: `echo $((${nested("(", "1", ")")}))`,
    oldArithmetic: filled("$[1+1] "),
    arithmeticNames: `echo $((${numbered("a#+")}1))`,
    hereDocuments: filled("cat <<A\na\nA\n"),
    hereDocumentsAtOnce: `cat ${filled("<<A ")}\nA\n`,
    oneHereDocument: `cat <<A\n${filled("$(ls) $x ${y:-z}\n")}\nA\n`,
    hereDocumentWithVariables: `x=rm\ncat <<A\n${filled("$x ")}\nA\n`,
    hereStrings: filled("cat <<< a; "),
    longHereString: `sh <<< '${filled("ls; ")}'`,
    assignments: filled("x=1; "),
    differentAssignments: numbered("x#=1; "),
    assignedAndUsed: numbered("x#=rm; $x# -rf y; "),
    oneVariableUsed: `x=a; x=b; echo ${filled("$x ")}`,
    oneVariableInOneWord: `x=a; x=b; x=c; rm "${filled("$x")}"`,
    settledVariable: `x=a; echo ${filled("$x ")}`,
    manyValues: `${numbered("x=v#; ").slice(0, 32_768)} rm ${filled("$x ").slice(0, 32_768)}`,
    appended: filled("x+=$x; "),
    doubling: `x=rm; ${filled("x=$x$x; ")} $x`,
    unknownVariables: `echo ${numbered("$x# ")}`,
    defaults: `echo ${filled("${x:-y} ")}`,
    nestedDefaults: `echo ${nested("${x:-", "y", "}")}`,
    replacements: `echo ${filled("${x//a/b} ")}`,
    indirections: `x=y; y=x; echo ${filled("${!x} ")}`,
    arrays: `a=(${filled("b ")}); rm "\${a[@]}"`,
    manyArrays: numbered('a#=(rm -rf x); "${a#[@]}"; '),
    subscripts: `echo ${numbered("${a[#]} ")}`,
    quotes: `echo ${filled("'a'\"b\"")}`,
    quotedWords: `echo ${filled('"a" ')}`,
    openQuotes: `echo ${filled("'\"")}`,
    escapes: `echo ${filled("\\a")}`,
    backslashes: `echo ${filled("\\")}`,
    ansiQuotes: `echo ${filled("$'\\x61' ")}`,
    continuedLines: `ls ${filled("\\\n")}`,
    redirections: `ls ${filled(">f ")}`,
    differentRedirections: `ls ${numbered(">f# ")}`,
    duplications: `ls ${filled("2>&1 ")}`,
    wrappers: `${filled("sudo ")} ls`,
    wrapperKinds: `${filled("sudo env nice timeout 5 nohup ")} ls`,
    findExec: filled("find . -exec ls {} \\; "),
    xargs: `${filled("xargs ")} ls`,
    nestedShells: `${filled("sh -c ")} ls`,
    shellScripts: numbered("sh -c 'l# a; ls'; "),
    evals: numbered("eval 'l# a'; "),
    pythonCode: `python -c '${filled('os.system("ls"); ')}'`,
    codeInQuotes: `node -e "${filled("'rm' + ")}"`,
    awkCode: `awk '{${filled("print $1; ")}}'`,
    sedScript: `sed '${filled("s/a/b/;")}'`,
    sedScripts: `sed ${filled("-e s/a/b/ ")}`,
    options: `git log ${filled("-a ")}`,
    longOptions: `rm ${filled("--recursive ")}`,
    manyFiles: `git add ${numbered("src/file-#.ts ")}`,
    manyDeleted: `rm -rf ${numbered("dir/#/x ")}`,
    upAndDown: `rm -rf ${filled("a/../")}`,
    slashes: `rm -rf ${filled("/")}`,
    dots: `rm -rf ${filled("../ ")}`,
    unicode: `echo ${filled("日本語🎉 ")}`,
    hiddenCharacters: `echo ${filled("a\u200b")}`,
    controlCharacters: filled("ls\u0001 "),
    nuls: filled("a\0"),
    carriageReturns: filled("ls\r"),
    comments: filled("# a comment\n"),
    tests: filled("[[ -f a && b == c* ]]; "),
    longTest: `[[ ${filled("-f a && ")} -f b ]]`,
    chains: filled("cd a && "),
    folders: numbered("cd d#; ls; "),
    traps: numbered("trap 'l#' EXIT; "),
    coprocs: filled("coproc ls; "),
    closing: filled(") "),
    words: `ls ${filled("a ")}`,
    longWord: `ls ${filled("a")}`,
    names: filled("rm "),
    semicolonsInQuotes: `echo '${filled("; rm -rf x ")}'`,
    noise: noise(),
  };
}

/** Letters of the grammar without sense; the same ones each time. */
function noise(): string {
  const alphabet = "(){}[]<>|&;$`\"'\\*?#=!~, \nab1";
  let state = 12_345;
  let text = "";
  while (text.length < hostileSize) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    text += alphabet.charAt(Math.floor(state / 65_536) % alphabet.length);
  }
  return text;
}

/** Long commands of everyday work: they are read whole, and not asked about when rules allow them. */
export function longOrdinaryCommands(): Readonly<Record<string, string>> {
  const source = numbered("export function step#(input: string): string {\n  return `${input} $(x) rm -rf / ${'a'}`;\n}\n").slice(
    0,
    40_960,
  );
  return {
    fileByHereDocument: `cat <<'EOF'\n${source}\nEOF`,
    commitMessage: `git commit -m '${filled("Explain why rm -rf / is bad. ").slice(0, 10_240)}'`,
    commitFromInput: `git commit -F - <<'EOF'\n${filled("A line of text about sudo.\n").slice(0, 10_240)}\nEOF`,
    manyNames: `git add ${Array.from({ length: 300 }, (_, index) => `src/features/part-${index}/index.ts`).join(" ")}`,
    manyNamesQuoted: `git add ${Array.from({ length: 300 }, (_, index) => `"src/features/part ${index}.ts"`).join(" ")}`,
    manySteps: Array.from({ length: 120 }, (_, index) => `echo step ${index} && cat src/file-${index}.ts | head -n ${index}`).join("\n"),
    longPattern: `rg '${numbered("word#|").slice(0, 8_192)}x' src`,
    jqProgram: `jq '${filled(".a | select(.b == 1) | ").slice(0, 8_192)}.' package.json`,
  };
}
