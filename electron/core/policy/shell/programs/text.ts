import { program } from "./program.ts";

/** Programs that read text and, with some options, write or run. */
export const textPrograms = [
  program("sort gsort", "sort(1), GNU coreutils", {
    short: "k: o: S: t: T:",
    long: "key= output= buffer-size= field-separator= temporary-directory= compress-program= files0-from= batch-size= parallel= random-source= sort= check=? reverse unique numeric-sort version-sort",
    dangers: { writes: "-o --output -T --temporary-directory", executes: "--compress-program" },
  }),
  program("uniq", "uniq(1)", {
    short: "f: s: w: D?",
    long: "skip-fields= skip-chars= check-chars= all-repeated=? group=?",
    operands: "writes-second",
  }),
  program("rg", "rg(1), ripgrep guide", {
    style: "exact",
    short: "A: B: C: E: M: T: d: e: f: g: j: m: r: t:",
    long: "pre= pre-glob= hostname-bin= ignore-file= regexp= file= glob= iglob= type= type-not= type-add= max-count= max-columns= max-depth= replace= sort= sortr= threads= color= colors= context= after-context= before-context= encoding= engine= path-separator= field-match-separator= hyperlink-format= context-separator= dfa-size-limit= regex-size-limit= max-filesize=",
    dangers: { executes: "--pre --hostname-bin" },
  }),
  program("ugrep ug", "ugrep(1)", { style: "exact", dangers: { runs: "--filter --pager --view", writes: "--save-config" } }),
  program("ag ack", "ag(1), ack(1)", { style: "exact", long: "pager= ackrc=", dangers: { executes: "--pager", configures: "--ackrc" } }),
  program("tree", "tree(1)", { style: "exact", short: "L: P: I: o: H: T:", dangers: { writes: "-o" } }),
  program("file", "file(1)", { short: "e: F: f: m: P:", long: "compile magic-file= files-from=", dangers: { writes: "-C --compile" } }),
  program("less more most pg", "less(1), more(1)", {
    short: "o: O: k: t: p: b: h: j: x: y: z: P: D:",
    long: "log-file= LOG-FILE= lesskey-file= lesskey-src= tag= pattern=",
    dangers: { writes: "-o -O --log-file --LOG-FILE", configures: "-k --lesskey-file --lesskey-src" },
  }),
  program("man", "man(1)", {
    short: "P: H? T? C: M: S: s: e: E: L: m: p: r: R:",
    long: "pager= html=? config-file= manpath= preprocessor= troff-device=? gxditview=? prompt=",
    dangers: { runs: "-P --pager -H --html", configures: "-C --config-file -M --manpath", executes: "-p --preprocessor -X --gxditview" },
  }),
  program("bat batcat", "bat(1)", { style: "exact", long: "pager=", dangers: { executes: "--pager" } }),
  program("delta", "delta(1)", { style: "exact", dangers: { executes: "--pager", configures: "--config" } }),
  program("fzf", "fzf(1)", { style: "exact", dangers: { runs: "--preview --bind --with-shell --listen --listen-unsafe" } }),
  program("xxd", "xxd(1)", { style: "single", short: "", operands: "writes-second" }),
  program("xmllint", "xmllint(1)", {
    style: "single",
    long: "output=",
    dangers: { writes: "-output", executes: "-shell", connects: "-nonet" },
  }),
  program("yq", "yq(1)", { style: "exact", short: "p: o:", dangers: { writes: "-i --inplace -s --split-exp" } }),
  program("jq gojq jaq", "jq(1); its modules and programs compute, and cannot run or write anything", { style: "exact", short: "f: L:" }),
  program("json.tool", "docs.python.org, json.tool", { style: "exact", long: "indent=", operands: "writes-second" }),
  program("pdftotext pdftohtml pdftops pdftocairo", "pdftotext(1) and its kind", {
    style: "single",
    short: "f: l: r: x: y: W: H: c?",
    long: "enc= eol= opw= upw=",
    operands: "writes-second",
  }),
  program("sponge", "sponge(1)", { operands: "writes", risks: ["writes"] }),
  program("pandoc", "pandoc(1)", {
    long: "output= filter= lua-filter= pdf-engine= template= extract-media= defaults= data-dir= log=",
    short: "o: F: L: d: f: t: r: w:",
    dangers: {
      writes: "-o --output --extract-media --log",
      executes: "-F --filter -L --lua-filter --pdf-engine",
      configures: "-d --defaults --data-dir",
    },
  }),
  program("vim vi nvim view vimdiff gvim rvim", "vim(1)", {
    style: "exact",
    short: "c: S: u: U: w: W: i: T: t: q:",
    long: "cmd= startuptime= remote-send= remote-expr= servername= listen=",
    dangers: { runs: "-c --cmd --remote-send --remote-expr", executes: "-S -s -u -U -e -E -i --listen", writes: "-w -W --startuptime" },
    runsWords: true,
  }),
  program("emacs emacsclient", "emacs(1)", {
    style: "single",
    long: "eval= execute= load= l= f= funcall= script= e= x= alternate-editor= a= directory= L=",
    dangers: { executes: "-eval -execute -load -l -f -funcall -script -e -x -batch -alternate-editor -a -directory -L -daemon" },
    runsWords: true,
  }),
  program("ed red ex", "ed(1)", { always: "It is an editor that runs what it is told on its input.", isOpaque: true, runsWords: true }),
];
