import { eventIterator } from "@orpc/contract";
import * as z from "zod";
import { changes, reads } from "./base.ts";
import { SecretId, TaskId, Timestamp } from "./ids.ts";
import { Proof } from "./unlock.ts";

/** As it is written in `{{secret:name}}`. */
export const SecretName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,63}$/, "Begin with a letter; then lower-case letters, digits, - or _ (64 at most).");

export const SecretKind = z.enum(["generic", "anthropic", "openai", "gemini", "github", "ssh-key", "file"]);
export type SecretKind = z.infer<typeof SecretKind>;

/**
 * Who may use a secret: each part that is not null must fit, so all null is the whole workspace. A
 * secret without any scope is nobody's.
 */
export const SecretScope = z.object({
  repositoryId: z.string().max(64).nullable(),
  agentId: z.string().max(64).nullable(),
  tool: z.string().max(200).nullable(),
});
export type SecretScope = z.infer<typeof SecretScope>;

/** Where in a request the value is put: one header (whole, or as the password in it) or one field of a JSON body, and nowhere else. */
export const SecretPlace = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("header"),
    name: z
      .string()
      .max(100)
      .regex(/^[a-z0-9][a-z0-9-]*$/, "A header's name in lower case."),
    /** Stands before the value: `Bearer `. */
    prefix: z
      .string()
      .max(40)
      .regex(/^[ -~]*$/, "Plain characters only.")
      .default(""),
  }),
  z.object({
    /** The password of HTTP's basic authentication (RFC 7617), as git sends it: user `x-access-token` at GitHub, `oauth2` at GitLab. */
    kind: z.literal("basic"),
    user: z
      .string()
      .min(1)
      .max(100)
      .regex(/^[!-9;-~]*$/, "Plain characters, without a colon or a space."),
  }),
  z.object({
    kind: z.literal("field"),
    /** JSON Pointer (RFC 6901). */
    pointer: z
      .string()
      .max(200)
      .regex(/^(?:\/[^/]{0,100}){1,16}$/, "A JSON Pointer: /a/b."),
  }),
]);
export type SecretPlace = z.infer<typeof SecretPlace>;

/** A destination that the value may be sent to. */
export const SecretBinding = z.object({
  /** One host name in its canonical form: lower case, no port, no wildcard. */
  host: z
    .string()
    .max(253)
    .regex(
      /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,32}[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
      "A host name in lower case, like api.example.com.",
    ),
  /** Empty: any method. */
  methods: z.array(z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])).max(7),
  /** Begins of paths, compared segment by segment; `*` stands for one segment. Empty: any path. */
  paths: z
    .array(
      z
        .string()
        .max(500)
        .regex(/^\/[!-~]{0,499}$/, "A path that begins with /."),
    )
    .max(50),
  place: SecretPlace,
});
export type SecretBinding = z.infer<typeof SecretBinding>;

/** What a secret is and what it may be used for. */
export const SecretDetails = z.object({
  kind: SecretKind.default("generic"),
  scopes: z.array(SecretScope).max(50).default([]),
  bindings: z.array(SecretBinding).max(50).default([]),
  expiresAt: Timestamp.nullable().default(null),
});
export type SecretDetails = z.infer<typeof SecretDetails>;

/** All that is ever shown of a stored secret. There is no procedure that returns a value. */
export const SecretSummary = z.object({
  id: SecretId,
  name: SecretName,
  note: z.string(),
  createdAt: Timestamp,
  replacedAt: Timestamp.nullable(),
  ...SecretDetails.shape,
  lastUse: z
    .object({
      at: Timestamp,
      runId: z.string().nullable(),
      /** The task of that run, while it is there. */
      taskId: TaskId.nullable().default(null),
      tool: z.string(),
    })
    .nullable()
    .default(null),
  /** When its value was replaced, oldest first; the last 50. */
  rotatedAt: z.array(Timestamp).max(50).default([]),
});
export type SecretSummary = z.infer<typeof SecretSummary>;

const value = z.string().min(1, "The value is empty.").max(65_536, "At most 64 KiB.");
const note = z.string().max(500);

/** How a kind of secret looks, with the prefixes that its issuer publishes. Null: anything. */
const shapes: Readonly<Record<SecretKind, { readonly pattern: RegExp; readonly words: string } | null>> = {
  generic: null,
  file: null,
  anthropic: { pattern: /^sk-ant-[A-Za-z0-9_-]{20,}$/, words: "An Anthropic key begins with sk-ant-." },
  openai: { pattern: /^sk-(?!ant-)[A-Za-z0-9_-]{20,}$/, words: "An OpenAI key begins with sk-." },
  gemini: { pattern: /^AIza[A-Za-z0-9_-]{35}$/, words: "A Gemini key is AIza and 35 more characters." },
  github: {
    pattern: /^(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})$/,
    words: "A GitHub token begins with ghp_, gho_, ghu_, ghs_, ghr_ or github_pat_.",
  },
  "ssh-key": {
    pattern:
      /^-----BEGIN (?:OPENSSH|RSA|EC|DSA|ENCRYPTED)? ?PRIVATE KEY-----\r?\n[A-Za-z0-9+/=:,\-\s]+-----END (?:OPENSSH|RSA|EC|DSA|ENCRYPTED)? ?PRIVATE KEY-----\s*$/,
    words: "A private key begins with -----BEGIN … PRIVATE KEY----- and has its end.",
  },
};

/** What is wrong with a value of that kind; null when nothing is. */
export function problemOfValue(kind: SecretKind, value: string): string | null {
  if (kind !== "generic" && kind !== "file" && kind !== "ssh-key" && value !== value.trim()) return "It begins or ends with white space.";
  const shape = shapes[kind];
  return shape === null || shape.pattern.test(value) ? null : shape.words;
}

/** The kind that a value looks like. */
export function kindOfValue(value: string): SecretKind {
  const found = SecretKind.options.find((kind) => shapes[kind]?.pattern.test(value) === true);
  return found ?? "generic";
}

const headerBinding = (host: string, name: string, prefix = ""): SecretBinding => ({
  host,
  methods: [],
  paths: [],
  place: { kind: "header", name, prefix },
});

/** Where a secret of that kind goes unless the person says otherwise. */
export const usualBindings: Readonly<Record<SecretKind, readonly SecretBinding[]>> = {
  generic: [],
  file: [],
  "ssh-key": [],
  anthropic: [headerBinding("api.anthropic.com", "x-api-key")],
  openai: [headerBinding("api.openai.com", "authorization", "Bearer ")],
  gemini: [headerBinding("generativelanguage.googleapis.com", "x-goog-api-key")],
  github: [headerBinding("api.github.com", "authorization", "Bearer ")],
};

/** One line of a `.env` file, without its value. */
export const EnvEntry = z.object({
  line: z.int().min(1),
  /** As the file has it. */
  variable: z.string(),
  /** Under which name it would be stored; null when the line cannot be stored. */
  name: SecretName.nullable(),
  kind: SecretKind,
  problem: z.string().nullable(),
});
export type EnvEntry = z.infer<typeof EnvEntry>;

/** The text of a `.env` file, or the path of one on this machine. */
const envSource = {
  text: z.string().max(262_144, "At most 256 KiB.").nullable().default(null),
  path: z.string().min(1).max(4_096).nullable().default(null),
};
const isOneSource = ({ text, path }: EnvSource) => (text === null) !== (path === null);
const oneSource = "Give either the text or the path.";
export interface EnvSource {
  readonly text: string | null;
  readonly path: string | null;
}

export const RotationProgress = z.object({ done: z.int(), total: z.int() });
export type RotationProgress = z.infer<typeof RotationProgress>;

export const vault = {
  list: reads().input(z.object({})).output(z.array(SecretSummary)),
  store: changes("vault.store")
    .input(
      z.object({ name: SecretName, note, value, ...SecretDetails.shape }).superRefine((secret, context) => {
        const problem = problemOfValue(secret.kind, secret.value);
        if (problem !== null) context.addIssue({ code: "custom", path: ["value"], message: problem });
      }),
    )
    .output(SecretSummary),
  /** A new value; name, users and the rest stay. The value must fit the secret's kind. */
  replace: changes("vault.replace")
    .input(z.object({ id: SecretId, value }))
    .output(SecretSummary),
  /** Another note, other scopes, bindings or expiry for the same value. */
  describe: changes("vault.describe", { role: "owner" })
    .input(z.object({ id: SecretId, note, ...SecretDetails.shape }))
    .output(SecretSummary),
  remove: changes("vault.remove")
    .input(z.object({ id: SecretId }))
    .output(z.object({})),
  /**
   * Writes the value into a running task's sandbox as a file, because no gateway can carry it: from then on the agent has it, and its
   * card says so. CONFLICT when the task has no running sandbox.
   */
  putIntoSandbox: changes("vault.put-into-sandbox", { role: "owner" })
    .input(z.object({ name: SecretName, taskId: TaskId }))
    .output(z.object({ path: z.string() })),
  /** What a `.env` file would bring, without values. */
  readEnv: reads({ role: "operator" }).input(z.object(envSource).refine(isOneSource, oneSource)).output(z.array(EnvEntry)),
  /**
   * Stores those lines of a `.env` file, all or none; then, where it is wished, overwrites and removes the file. Fails with
   * CONFLICT when a name is taken.
   */
  importEnv: changes("vault.import-env")
    .input(
      z
        .object({
          ...envSource,
          lines: z.array(z.int().min(1)).min(1).max(500),
          scopes: z.array(SecretScope).max(50),
          shred: z.boolean().default(false),
        })
        .refine(isOneSource, oneSource),
    )
    .output(
      z.object({
        secrets: z.array(SecretSummary),
        /** Why the file is still there; null when it is gone or stays by wish. */ notShredded: z.string().nullable(),
      }),
    ),
  /**
   * Puts a new vault key in the place of the old one and destroys that. Yields progress; goes on at
   * the next unlock when it is cut off.
   */
  rotateKey: changes("vault.rotate-key", { role: "owner" })
    .input(z.object({ proof: Proof }))
    .output(eventIterator(RotationProgress)),
};
