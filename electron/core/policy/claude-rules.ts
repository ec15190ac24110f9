/** What one permission of Claude Code becomes here. `note`: how it differs. */
export type Translated =
  | { readonly kind: "rules"; readonly rules: readonly string[]; readonly note: string | null }
  | { readonly kind: "left"; readonly why: string };

type List = "deny" | "allow" | "ask";

/** Tools of Claude Code that look at files or change them, by what they do here. */
const fileActions: Readonly<Record<string, readonly string[]>> = {
  Read: ["read", "list"],
  Glob: ["list"],
  Grep: ["list", "read"],
  LS: ["list"],
  NotebookRead: ["read"],
  Edit: ["write"],
  Write: ["write"],
  MultiEdit: ["write"],
  NotebookEdit: ["write"],
};

/**
 * One permission of Claude Code's settings (code.claude.com/docs, "Configure permissions") in rules of this language. An allow becomes
 * no wider than it is there, a deny or ask no narrower.
 */
export function translateClaudeRule(text: string, list: List): Translated {
  const match = /^([A-Za-z_][^()\s]*)(?:\((.*)\))?$/s.exec(text.trim());
  if (match === null) return left("It cannot be read.");
  const [, tool = "", body] = match;
  if (body !== undefined && /\)\s+when(?:\s|$)/.test(body)) return left("It cannot be told from a condition.");
  if (tool.startsWith("mcp__")) return mcpRule(tool, body, list);
  if (tool === "Bash") return shellRule(body?.trim() ?? "*", list);
  if (tool === "WebSearch") return rules([`websearch(${body ?? "*"})`]);
  if (tool === "WebFetch") return fetchRule(body?.trim(), list);
  const actions = Object.hasOwn(fileActions, tool) ? fileActions[tool] : undefined;
  if (actions === undefined) return left(`There is no tool '${tool}' here; a call of a kind that is not known is always asked about.`);
  if (body === undefined || body === "*" || body === "**")
    return rules(withDeletes(actions, list).map((action) => `filesystem(${action}:*)`));
  if (list === "allow" && tool !== "Read" && tool !== "Edit")
    return left(
      `Claude Code looks at paths of Read and Edit only, so that it allows nothing there; write ${actions[0] === "write" ? "Edit" : "Read"}.`,
    );
  const paths = pathsOf(body.trim(), list);
  if (typeof paths === "string") return left(paths);
  return rules(withDeletes(actions, list).flatMap((action) => paths.map((path) => `filesystem(${action}:${path})`)));
}

/** Claude Code has no tool that deletes: what may not be edited may not be deleted either. */
function withDeletes(actions: readonly string[], list: List): readonly string[] {
  return list !== "allow" && actions.includes("write") ? [...actions, "delete"] : actions;
}

/** `git:*` and `git *` are first words there, too; `*` elsewhere is any text, also of several words. */
function shellRule(body: string, list: List): Translated {
  if (/^(?:command|description|timeout|run_in_background|dangerouslyDisableSandbox):/.test(body))
    return left("It names a parameter, not a command.");
  const prefix = /^([^*]*[^*\s:])(?::\*| \*)$/.exec(body)?.[1];
  if (prefix !== undefined) return rules([`shell(${prefix}:*)`]);
  if (body === "*" || !body.includes("*")) return rules([`shell(${body})`]);
  if (list === "allow" && body.endsWith(":*")) return left("It mixes two kinds of patterns.");
  const pattern = body.replace(/:\*$/, "*");
  if (/[()[\]{}|&;<>$`\\]/.test(pattern))
    return left("A pattern with signs of the shell has no counterpart; write a rule for each command.");
  const first = pattern.slice(0, pattern.indexOf("*"));
  const words = first.includes(" ") ? first.slice(0, first.lastIndexOf(" ")).trim() : "";
  const plain = pattern.replaceAll(/["']/g, "").replaceAll("_", "?").replaceAll(/\s+/g, "_");
  if (list === "allow" && plain.includes("?")) return left("An underscore cannot be written in a pattern; write a rule for each command.");
  return rules([`shell(${words === "" ? "*" : `${words}:*`}) when commands(${plain})`]);
}

function fetchRule(body: string | undefined, list: List): Translated {
  if (body === undefined || body === "*" || body === "domain:*") {
    if (list === "allow") return left("Here it would let every program of the sandbox reach every host.");
    return { kind: "rules", rules: ["egress(*)"], note: list === "deny" ? "It also closes the way to the agent's own model." : null };
  }
  if (!body.startsWith("domain:")) return left("It names no domain.");
  const host = body.slice("domain:".length).trim();
  if (list !== "allow") return rules([`egress(${host})`]);
  return { kind: "rules", rules: [`egress(${host}:443)`], note: "Other programs of the sandbox may reach this host, too." };
}

/** A `*` in the name of a server allows nothing there. */
function mcpRule(tool: string, body: string | undefined, list: List): Translated {
  const [, server = "*", ...rest] = tool.split("__");
  const name = rest.length === 0 ? "*" : rest.join("__");
  if (list === "allow" && body !== undefined) return left("It holds for some parameters only.");
  if (list === "allow" && /[*?]/.test(server)) return left("With '*' in the name of a server Claude Code allows nothing.");
  const note = body === undefined ? null : "It holds whatever the parameters are.";
  return { kind: "rules", rules: [`mcp(${server}.${name})`], note };
}

/**
 * Patterns as gitignore(5) reads them, in ours: `//x` is absolute, `/x` and `./x` begin at the project, a name without a slash is
 * found at any depth, and a folder takes in what lies in it. In words why there is none.
 */
function pathsOf(path: string, list: List): readonly string[] | string {
  if (path.startsWith("!")) return "A pattern that takes something out again has no counterpart.";
  if (/[[\\]/.test(path) && list === "allow") return "Classes of characters have no counterpart.";
  const plain = path.replaceAll(/\[[^\]]*\]|\\./g, "?");
  const anchored = plain.startsWith("//") || plain.startsWith("~/") ? plain.replace(/^\/\//, "/") : plain.replace(/^\.?\//, "");
  const whole = anchored.replace(/\/+$/, "");
  if (whole === "" || whole === ".") return list === "allow" ? "It names no path." : ["*"];
  const isAnyDepth = !plain.replace(/\/$/, "").includes("/");
  if (list === "allow") {
    const form = plain.endsWith("/") ? `${whole}/**` : whole;
    return isAnyDepth || form.startsWith("**/") ? [`./**/${form.replace(/^\*\*\//, "")}`, form.replace(/^\*\*\//, "")] : [form];
  }
  const forms = [whole, ...(isAnyDepth ? [`**/${whole}`] : []), ...(whole.includes("/**/") ? [whole.replaceAll("/**/", "/")] : [])];
  return [...new Set(forms.map((form) => (form.endsWith("*") ? form : `${form}/**`)))];
}

function rules(written: readonly string[]): Translated {
  return { kind: "rules", rules: written, note: null };
}

function left(why: string): Translated {
  return { kind: "left", why };
}
