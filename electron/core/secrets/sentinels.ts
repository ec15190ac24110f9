import { randomBytes } from "node:crypto";
import { SecretName, type SecretKind } from "#shared/contract/vault.ts";

/**
 * What stands in a sandbox where a secret is meant: worth nothing outside its run. Looks like a token of
 * the secret's kind, because tools look at the shape of what they are given before they use it.
 */
const prefixes: Readonly<Record<SecretKind, string>> = {
  generic: "",
  file: "",
  "ssh-key": "",
  anthropic: "sk-ant-api03-",
  openai: "sk-",
  gemini: "AIza",
  github: "ghp_",
};

const mark = "gatehouse";
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
/** 130 random bits; with the mark 35 characters, as many as a Gemini key has behind its prefix. */
const randomLength = 26;
const core = new RegExp(`${mark}[${alphabet}]{${randomLength}}`, "g");

export function newSentinel(kind: SecretKind): string {
  const random = [...randomBytes(randomLength)].map((byte) => alphabet.charAt(byte & 31)).join("");
  // A GitHub token has 36 characters behind its prefix.
  return `${prefixes[kind]}${mark}${random}${kind === "github" ? "0" : ""}`;
}

/** The part by which a sentinel is recognised, whatever stands around it. */
export function coreOf(sentinel: string): string {
  return coresIn(sentinel)[0] ?? sentinel;
}

/** Everything in a text that could be a sentinel, in the form of {@link coreOf}. */
export function coresIn(text: string): readonly string[] {
  return text.match(core) ?? [];
}

const template = /\{\{\s*secret:([^{}\s]{1,64})\s*\}\}/g;

/** The names in `{{secret:name}}`, each once. */
export function templatesIn(text: string): readonly string[] {
  const names = [...text.matchAll(template)].flatMap(([, name]) => SecretName.safeParse(name).data ?? []);
  return [...new Set(names)];
}

/** The text with every `{{secret:name}}` replaced; what is no name stays as it is. */
export function fillTemplates(text: string, sentinelFor: (name: string) => string): string {
  return text.replaceAll(template, (whole, name: string) => (SecretName.safeParse(name).success ? sentinelFor(name) : whole));
}
