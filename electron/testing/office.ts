import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { type SecretKind, usualBindings } from "#shared/contract/vault.ts";
import { scriptedProvider } from "./scripted-provider.ts";
import { TaskBench } from "./task-bench.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** What {@link storeKey} calls the key. */
export const secretName = "model-key";

/** Gatehouse in a company's network: a proxy leads out, and its authority is the company's own. */
export async function office() {
  const provider = await scriptedProvider();
  onTestFinished(async () => await provider.close());
  const folder = temporaryFolder();
  const roots = process.env["NODE_EXTRA_CA_CERTS"] ?? "";
  const authorities = join(folder, "authorities.pem");
  writeFileSync(authorities, `${roots === "" ? "" : readFileSync(roots, "utf8")}\n${provider.authority}`);
  const log = join(folder, "log.jsonl");
  writeFileSync(log, "");
  vi.stubEnv("NODE_EXTRA_CA_CERTS", authorities);
  vi.stubEnv("GATEHOUSE_TEST_LOG", log);
  onTestFinished(() => void vi.unstubAllEnvs());
  const bench = await TaskBench.open("docker", { upstreamProxy: provider.proxy });
  bench.patienceMs = 200_000;
  onTestFinished(async () => await bench[Symbol.asyncDispose]());
  return { bench, provider, log };
}

/** As a person stores it: the usual binding, the whole workspace. */
export async function storeKey({ client }: TaskBench, kind: SecretKind, value: string, name = secretName): Promise<void> {
  await client.vault.store({
    ...{ name, note: "", value, kind, expiresAt: null },
    ...{ scopes: [{ repositoryId: null, agentId: null, tool: null }], bindings: [...usualBindings[kind]] },
  });
}
