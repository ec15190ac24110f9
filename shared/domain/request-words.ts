import type { Risk, ToolRequest, Verdict } from "#shared/contract/policy.ts";
import { assertNever } from "./assert-never.ts";
import { escapeControls } from "./escape-controls.ts";
import { risksByWeight } from "./risk-order.ts";

/** A question that names the effect, for the top of a prompt: "Delete files?". */
export function questionFor(request: ToolRequest, verdict: Verdict): string {
  switch (request.tool) {
    case "shell":
      return shellQuestion(verdict);
    case "filesystem":
      return fileQuestion(request, verdict);
    case "egress":
      return `Connect to ${escapeControls(request.host)}?`;
    case "websearch":
      return "Search the web?";
    case "knowledge":
      return "Search the knowledge base?";
    case "secret":
      return `Use the secret ${escapeControls(request.name)}${request.host === null ? "" : ` at ${escapeControls(request.host)}`}?`;
    case "git":
      return `Hand the work over as ${escapeControls(request.branch)}?`;
    case "mcp":
      return `Call ${escapeControls(request.name)} of ${escapeControls(request.server)}?`;
    case "unknown":
      return "Allow a tool call of a kind that Gatehouse does not know?";
    default:
      return assertNever(request);
  }
}

/** The request in one line, whole: nothing is cut, what cannot be seen is written out. */
export function summaryOf(request: ToolRequest): string {
  return escapeControls(plainSummary(request));
}

export interface RiskWords {
  /** Two or three words for a badge. */
  readonly label: string;
  /** One sentence for a tooltip or a list. */
  readonly explanation: string;
}

export const riskWords: Readonly<Record<Risk, RiskWords>> = {
  unparsable: { label: "cannot be read", explanation: "The command could not be read completely, so it was not judged part by part." },
  "hidden-characters": { label: "hidden characters", explanation: "It holds characters that cannot be seen or that reorder text." },
  privileged: { label: "more rights", explanation: "It runs with another user's or the system's rights." },
  secret: { label: "uses a secret", explanation: "It uses a secret from the vault." },
  "git-hooks-or-ci": {
    label: "git hooks or CI",
    explanation: "It touches git's own settings, hooks or CI files, which run programs later.",
  },
  "agent-configuration": { label: "agent settings", explanation: "It touches files that steer agents, editors or shells." },
  "outside-worktree": { label: "outside the worktree", explanation: "It touches files outside the task's worktree." },
  deletes: { label: "deletes", explanation: "It deletes files or data." },
  "installs-packages": { label: "installs packages", explanation: "It installs packages, which can run programs of their own." },
  network: { label: "network", explanation: "It talks to the network." },
  writes: { label: "writes", explanation: "It changes files." },
};

/** Risk words of a verdict, gravest first, as one line: "deletes, network". */
export function risksInWords(risks: readonly Risk[]): string {
  return risksByWeight
    .filter((risk) => risks.includes(risk))
    .map((risk) => riskWords[risk].label)
    .join(", ");
}

/** As {@link risksInWords}, with what no list of risks knows: that it publishes. */
export function effectsInWords({ parts, risks }: Verdict): string {
  const publishing = parts.some(({ decision, argv }) => decision !== "allow" && publishes(argv)) ? ["publishes"] : [];
  return [...publishing, ...(risks.length > 0 ? [risksInWords(risks)] : [])].join(", ");
}

/** Who decided: the rule and where it comes from, or that no rule did. */
export function decidedByWords(verdict: Verdict): string {
  const { rule } = verdict;
  if (rule === null) return verdict.reasons[0] ?? "No rule matches.";
  return `${rule.text} (${layerWords[rule.layer]})`;
}

const layerWords: Readonly<Record<NonNullable<Verdict["rule"]>["layer"], string>> = {
  floor: "built in",
  workspace: "your rules",
  repository: "this repository's rules",
  default: "default rules",
  grant: "allowed for this run",
  mode: "the task's mode",
  rate: "a rate that is used up",
  hook: "a hook",
};

/** The gravest risk names the effect; without one, why it was asked. */
const shellQuestions: Readonly<Record<Risk, string>> = {
  unparsable: "Run a command that could not be read completely?",
  "hidden-characters": "Run a command with hidden characters?",
  privileged: "Run a command with more rights?",
  secret: "Run a command that uses a secret?",
  "git-hooks-or-ci": "Change git hooks, git settings or CI?",
  "agent-configuration": "Change settings that steer agents or shells?",
  "outside-worktree": "Touch files outside the worktree?",
  deletes: "Delete files?",
  "installs-packages": "Install packages?",
  network: "Talk to the network?",
  writes: "Change files?",
};

function shellQuestion(verdict: Verdict): string {
  if (verdict.parts.some((part) => part.decision === "ask" && publishes(part.argv))) return "Publish to a public registry?";
  if (verdict.parts.some((part) => part.decision === "ask" && pushes(part.argv))) return "Push commits to another repository?";
  const gravest = risksByWeight.find((risk) => verdict.risks.includes(risk));
  if (gravest === "network" && verdict.parts.some(isShellOfItsInput)) return "Run a script that comes from the network?";
  if (gravest !== undefined) return shellQuestions[gravest];
  const rule = verdict.rule;
  return rule === null ? "Run a command that no rule knows?" : `Run a command that the rule ${escapeControls(rule.text)} asks about?`;
}

/** Whether these words put a package or an image into a public registry. */
export function publishes([program, verb, object]: readonly (string | null)[]): boolean {
  const name = program?.split("/").at(-1) ?? "";
  if (["npm", "pnpm", "yarn", "bun", "cargo", "poetry", "hatch", "flit", "uv"].includes(name))
    return verb === "publish" || object === "publish";
  return (name === "twine" && verb === "upload") || (name === "gem" && verb === "push") || (name === "docker" && verb === "push");
}

function pushes([program, verb]: readonly (string | null)[]): boolean {
  return program?.split("/").at(-1) === "git" && verb === "push";
}

const shells = new Set(["sh", "bash", "dash", "zsh", "ksh", "ash"]);

/** A shell without a script of its own runs what is piped into it: `curl … | bash -s`. */
function isShellOfItsInput({ decision, argv: [program, ...words] }: Verdict["parts"][number]): boolean {
  return decision !== "allow" && shells.has(program?.split("/").at(-1) ?? "") && words.every((word) => word?.startsWith("-") === true);
}

function fileQuestion({ action, path, cwd }: Extract<ToolRequest, { tool: "filesystem" }>, verdict: Verdict): string {
  const verb = { read: "Read", write: "Change", delete: "Delete", list: "List", search: "Search", move: "Move" }[action];
  const thing = action === "list" || action === "search" ? "folder" : "file";
  const gravest = risksByWeight.find((risk) => verdict.risks.includes(risk));
  switch (gravest) {
    case "git-hooks-or-ci":
      return `${verb} git hooks, git settings or CI?`;
    case "agent-configuration":
      return `${verb} settings that steer agents or shells?`;
    case "outside-worktree":
      return `${verb} a ${thing} outside the worktree?`;
    case "hidden-characters":
      return `${verb} a path with hidden characters?`;
    default:
      return `${verb} ${placeName(path, cwd) ?? `a ${thing}`}?`;
  }
}

/** Longest path that a question names, characters. */
const longestPlace = 60;

/** A path as it is said within its folder; null where it is somewhere else, or too long to be a name. */
function placeName(path: string, cwd: string): string | null {
  const inside = path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : null;
  const name = inside === null ? null : escapeControls(inside);
  return name === null || name === "" || name.length > longestPlace || name.includes("..") ? null : name;
}

function plainSummary(request: ToolRequest): string {
  switch (request.tool) {
    case "shell":
      return request.command;
    case "filesystem":
      return `${request.action} ${request.path}`;
    case "egress":
      return `${request.method === null ? "" : `${request.method} `}${request.host}:${request.port}${request.path ?? ""}`;
    case "websearch":
    case "knowledge":
      return `${request.tool}: ${request.query}`;
    case "secret":
      return `${request.name}${request.host === null ? "" : ` at ${request.host}`}`;
    case "git":
      return `${request.action} ${request.branch}`;
    case "mcp":
      return `${request.server}.${request.name} ${request.input}`;
    case "unknown":
      return `${request.kind}: ${request.title}`;
    default:
      return assertNever(request);
  }
}
