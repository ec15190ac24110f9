import { join } from "node:path";
import { expect, test } from "vitest";
import { checkoutRoot } from "../../testing/checkout-root.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { PackageStore } from "../agents/packages/package-store.ts";
import { loadProfiles } from "../agents/profiles.ts";
import { silentLogger } from "../kernel/logger.ts";
import { decide } from "../policy/decide.ts";
import { defaultRules } from "../policy/default-rules.ts";
import { compileRuleSet } from "../policy/rule-set.ts";
import { runtimeFiles } from "../runtime-files.ts";
import { AgentCatalogue } from "./agents.ts";

const context = { worktree: "/w", home: "/h", realPath: null, grants: new Set<string>(), now: 0 };

test("an agent reaches its model without a prompt, and what it calls besides is refused without one", async () => {
  expect(await judge("codex", "api.openai.com")).toBe("allow");
  expect(await judge("codex", "chatgpt.com")).toBe("deny");
  expect(await judge("codex", "api.anthropic.com")).toBe("ask");
  expect(await judge("codex", "api.openai.com", 8443)).toBe("ask");
  expect(await judge("practice", "api.openai.com")).toBe("ask");
  expect(await judge("gone", "api.openai.com")).toBe("ask");
});

test("a deny of the person holds for the agent's model too", async () => {
  expect(await judge("codex", "api.openai.com", 443, ["egress(api.openai.com)"])).toBe("deny");
});

test("packages count as held by hash only where a lock file is there for the processor", async () => {
  const catalogue = await shipped();
  const held = async (id: string, arch: "x64" | "arm64") =>
    (await catalogue.packagesOf(catalogue.profile(id), { os: "linux", arch })).pinned;
  expect(await Promise.all([held("codex", "x64"), held("codex", "arm64")])).toEqual(["hash", "hash"]);
  expect(await Promise.all([held("opencode", "x64"), held("opencode", "arm64")])).toEqual(["hash", "version"]);
  expect(await held("practice", "x64")).toBe("nothing");
});

async function judge(agent: string, host: string, port = 443, deny: readonly string[] = []) {
  const catalogue = await shipped();
  const rules = { ...defaultRules, deny: [...defaultRules.deny, ...deny] };
  const compiled = compileRuleSet([{ layer: "workspace", rules }, ...catalogue.egressLayers(agent)]);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return decide({ tool: "egress", host, port, method: null, path: null }, compiled.ruleSet, context).decision;
}

async function shipped(): Promise<AgentCatalogue> {
  const files = runtimeFiles(checkoutRoot());
  const packages = new PackageStore(join(temporaryFolder(), "packages"));
  return new AgentCatalogue(await loadProfiles(files.agents), { files, packages, clock: new ManualClock(), logger: silentLogger() });
}
