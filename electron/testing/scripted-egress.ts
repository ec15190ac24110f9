import { fileURLToPath } from "node:url";
import type { Address, Resolver } from "../core/gateway/dial/resolver.ts";
import type { EgressAnswer, EgressHost, EgressRequest } from "../core/gateway/egress/egress-gate.ts";
import { systemClock } from "../core/kernel/clock.ts";
import { silentLogger } from "../core/kernel/logger.ts";
import { decide } from "../core/policy/decide.ts";
import { compileRuleSet, type RuleSet } from "../core/policy/rule-set.ts";
import { createDockerDriver } from "../core/sandbox/docker/docker-driver.ts";
import type { SandboxDriver } from "../core/sandbox/driver.ts";
import { createLocalDriver } from "../core/sandbox/local/local-driver.ts";

/** A name server that answers what a test says, and can change its mind between two questions. */
export class ScriptedResolver implements Resolver {
  readonly names = new Map<string, readonly (readonly string[])[]>();
  /** Every name that was asked for. */
  readonly asked: string[] = [];

  /** Each question gets the next of `answers`; the last one stays. */
  set(name: string, ...answers: readonly (readonly string[])[]): void {
    this.names.set(name, answers);
  }

  async resolve(host: string): Promise<readonly Address[]> {
    const times = this.asked.filter((name) => name === host).length;
    this.asked.push(host);
    const answers = this.names.get(host);
    const answer = answers?.[Math.min(times, answers.length - 1)];
    if (answer === undefined) throw new Error(`ENOTFOUND ${host}`);
    return answer.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  }
}

/** A run's rules, and a person who answers as told. */
export class ScriptedEgressHost implements EgressHost {
  rules: RuleSet = compiled([]);
  answer: (request: EgressRequest) => Promise<EgressAnswer> = async () => ({ kind: "stop", words: "a person denied it" });
  readonly asked: EgressRequest[] = [];
  readonly notices: string[] = [];
  readonly failures: unknown[] = [];

  allow(...rules: readonly string[]): void {
    this.rules = compiled(rules);
  }

  judge(request: EgressRequest) {
    return decide(request, this.rules, { worktree: "/workspace", home: "/home", realPath: null, grants: new Set(), now: Date.now() });
  }

  async decide(request: EgressRequest) {
    return this.judge(request);
  }

  async ask(request: EgressRequest): Promise<EgressAnswer> {
    this.asked.push(request);
    return await this.answer(request);
  }

  fail(error: unknown): void {
    this.failures.push(error);
  }

  isUnattended(): boolean {
    return false;
  }

  notice(text: string): void {
    this.notices.push(text);
  }
}

function compiled(allow: readonly string[], deny: readonly string[] = []): RuleSet {
  const result = compileRuleSet([{ layer: "workspace", rules: { deny: [...deny], allow: [...allow], ask: [] } }]);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.ruleSet;
}

export function testDockerDriver(): SandboxDriver {
  const sandboxImage = fileURLToPath(new URL("../../resources/sandbox-image", import.meta.url));
  const baseImage = process.env["GATEHOUSE_TEST_BASE_IMAGE"] ?? "gatehouse-test-base:latest";
  const common = { clock: systemClock, logger: silentLogger(), installId: `test-gateway-${process.pid}` };
  return createDockerDriver({ ...common, files: { sandboxImage }, baseImage: () => baseImage });
}

export function testLocalDriver(dataFolder: string): SandboxDriver {
  return createLocalDriver({
    clock: systemClock,
    logger: silentLogger(),
    installId: `test-gateway-${process.pid}`,
    dataFolder,
  });
}
