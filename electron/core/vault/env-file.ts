import { type EnvEntry, kindOfValue, SecretName } from "#shared/contract/vault.ts";

/** An entry with its value, which stays inside core. */
export interface EnvSecret extends EnvEntry {
  readonly value: string;
}

/**
 * Reads a `.env` file: `NAME=value`, `export NAME=value`, comments, single quotes (as they are),
 * double quotes (with \n, \r, \t, \", \\ and line breaks). Nothing is expanded: `$OTHER` stays as it is.
 */
export function readEnv(text: string): readonly EnvSecret[] {
  const entries: EnvSecret[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const line = at + 1;
    const found = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*)$/s.exec(lines[at] ?? "");
    if (found === null) {
      if (/^\s*(?:#|$)/.test(lines[at] ?? "")) continue;
      entries.push({ line, variable: "", name: null, kind: "generic", problem: "This line is not NAME=value.", value: "" });
      continue;
    }
    const [, variable = "", first = ""] = found;
    let raw = first;
    while (raw.startsWith('"') && !/^"(?:[^"\\]|\\.)*"/s.test(raw) && at + 1 < lines.length) raw += `\n${lines[++at] ?? ""}`;
    entries.push(entry(line, variable, valueOf(raw)));
  }
  return named(entries);
}

function entry(line: number, variable: string, value: string | null): EnvSecret {
  if (value === null) return { line, variable, name: null, kind: "generic", problem: "Its quotes do not end.", value: "" };
  if (value === "") return { line, variable, name: null, kind: "generic", problem: "It is empty.", value };
  if (Buffer.byteLength(value) > 65_536)
    return { line, variable, name: null, kind: "generic", problem: "It is longer than 64 KiB.", value: "" };
  const name = SecretName.safeParse(
    variable
      .toLowerCase()
      .replaceAll(/[^a-z0-9_-]/g, "-")
      .replace(/^[^a-z]+/, "")
      .slice(0, 64),
  ).data;
  const problem = name === undefined ? "Its name cannot be used for a secret." : null;
  return { line, variable, name: name ?? null, kind: kindOfValue(value), problem, value };
}

function valueOf(raw: string): string | null {
  if (raw.startsWith("'")) return /^'([^']*)'/.exec(raw)?.[1] ?? null;
  if (raw.startsWith('"')) {
    const inner = /^"((?:[^"\\]|\\.)*)"/s.exec(raw)?.[1];
    return inner?.replaceAll(/\\([nrt"\\])/g, (_all, letter: string) => escapes[letter] ?? letter) ?? null;
  }
  return raw.replace(/\s+#.*$/, "").trim();
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };

/** As in a shell, the last of several lines with one name counts. */
function named(entries: readonly EnvSecret[]): readonly EnvSecret[] {
  const last = new Map(entries.map((one) => [one.name, one.line]));
  return entries.map((one) =>
    one.name === null || last.get(one.name) === one.line ? one : { ...one, name: null, problem: "A later line has the same name." },
  );
}
