import { devNull } from "node:os";

/**
 * Configuration that every git of ours runs under, whatever the repository's own says: no hooks, no
 * helper programs, no network, no background work. It comes from the command scope, which outranks
 * the repository's file.
 */
const configuration: readonly (readonly [string, string])[] = [
  ["core.hooksPath", devNull],
  ["core.fsmonitor", "false"],
  ["core.attributesFile", devNull],
  ["core.excludesFile", devNull],
  ["core.alternateRefsCommand", ":"],
  ["core.sshCommand", "false"],
  ["core.gitProxy", ""],
  ["core.askPass", ""],
  ["core.pager", "cat"],
  ["core.editor", "false"],
  ["core.protectHFS", "true"],
  ["core.protectNTFS", "true"],
  ["core.quotePath", "false"],
  ["core.autocrlf", "false"],
  // Larger files are passed through as they are: not held in memory, not compared line by line.
  ["core.bigFileThreshold", "4m"],
  ["credential.helper", ""],
  ["protocol.allow", "never"],
  ["submodule.recurse", "false"],
  ["fetch.recurseSubmodules", "false"],
  ["log.showSignature", "false"],
  ["commit.gpgSign", "false"],
  ["gpg.program", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["init.defaultBranch", "main"],
];

/** Of the person's environment only what git needs to start; none of their git settings. */
const inherited = ["PATH", "PATHEXT", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR"];

/** Who moves refs and makes the sample's commit. */
const identity = { name: "Gatehouse", email: "gatehouse@gatehouse.invalid" };

/** The fixed environment of a git process on the host. */
export function gitEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const environment: Record<string, string> = {
    LC_ALL: "C",
    HOME: devNull,
    XDG_CONFIG_HOME: devNull,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_SYSTEM: devNull,
    GIT_CONFIG_GLOBAL: devNull,
    GIT_ATTR_NOSYSTEM: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_NO_LAZY_FETCH: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: "none",
    GIT_PROTOCOL_FROM_USER: "0",
    GIT_PAGER: "cat",
    GIT_AUTHOR_NAME: identity.name,
    GIT_AUTHOR_EMAIL: identity.email,
    GIT_COMMITTER_NAME: identity.name,
    GIT_COMMITTER_EMAIL: identity.email,
    GIT_CONFIG_COUNT: String(configuration.length),
  };
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  configuration.forEach(([key, value], index) => {
    environment[`GIT_CONFIG_KEY_${index}`] = key;
    environment[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  return { ...environment, ...extra };
}
