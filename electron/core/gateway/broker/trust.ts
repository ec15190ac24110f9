import { text } from "node:stream/consumers";
import { UserError } from "../../kernel/errors.ts";
import type { Sandbox } from "../../sandbox/driver.ts";
import script from "./write-trust.cjs?raw";

const limitMs = 30_000;

/**
 * Makes programs in the sandbox trust `authorities` (PEM: the run's own, and those of the person's network) besides the roots
 * that the sandbox has, and gives the variables that tell them so. SANDBOX_FAILED where its files cannot be written.
 */
export async function wireTrust(
  sandbox: Sandbox,
  authorities: readonly string[],
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const folder = `${sandbox.home}/.gatehouse-trust`;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  const child = await sandbox.exec({ argv: ["node", "-e", script, folder], cwd: "/" }, limit);
  child.stdin.on("error", () => undefined);
  child.stdin.end(authorities.map((pem) => `${pem.trim()}\n`).join(""));
  const [out, problem, { code }] = await Promise.all([text(child.stdout), text(child.stderr), child.exited]);
  if (code !== 0) {
    throw new UserError(
      "SANDBOX_FAILED",
      `The sandbox could not be told whom to trust. ${problem.trim().slice(0, 300)}`,
      "Start the task again; if it happens each time, look at the disk space and the image of the sandbox.",
    );
  }
  return trustEnvironment(folder, { hasJava: out.includes("java") });
}

/** By program: Node, Deno, npm, Yarn, git, curl, Python (ssl, requests, pip), OpenSSL and Go and Ruby, Cargo, AWS, Nix, gRPC, Google Cloud, wget, Java. */
function trustEnvironment(folder: string, { hasJava }: { readonly hasJava: boolean }): Readonly<Record<string, string>> {
  const own = `${folder}/run.pem`;
  const bundle = `${folder}/bundle.pem`;
  return {
    NODE_EXTRA_CA_CERTS: own,
    DENO_CERT: own,
    GIT_SSL_CAINFO: bundle,
    CURL_CA_BUNDLE: bundle,
    SSL_CERT_FILE: bundle,
    REQUESTS_CA_BUNDLE: bundle,
    PIP_CERT: bundle,
    CARGO_HTTP_CAINFO: bundle,
    AWS_CA_BUNDLE: bundle,
    NIX_SSL_CERT_FILE: bundle,
    // npm and Yarn look at the files that their settings name, and then at no other.
    npm_config_cafile: bundle,
    YARN_HTTPS_CA_FILE_PATH: bundle,
    GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: bundle,
    CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE: bundle,
    // In place of the system's, so that a wgetrc of the agent's own still counts.
    SYSTEM_WGETRC: `${folder}/wgetrc`,
    // Without, git waits for somebody at a terminal where a repository wants a token that the run does not have.
    GIT_TERMINAL_PROMPT: "0",
    ...(hasJava ? { JAVA_TOOL_OPTIONS: `-Djavax.net.ssl.trustStore=${folder}/java.jks -Djavax.net.ssl.trustStorePassword=changeit` } : {}),
  };
}
