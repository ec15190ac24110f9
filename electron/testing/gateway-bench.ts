import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { SecretBinding, SecretKind } from "#shared/contract/vault.ts";
import type { EgressRow } from "#shared/contract/egress.ts";
import { RepositoryId, RunId, TaskId } from "#shared/contract/ids.ts";
import { RunLimits } from "#shared/contract/task.ts";
import type { AuditLog } from "../core/audit/audit-log.ts";
import { openAuditLog } from "../core/audit/open-audit-log.ts";
import { brokerageWith } from "../core/gateway/broker/brokerage.ts";
import type { BrokeredSecrets } from "../core/gateway/egress/request-broker.ts";
import type { ModelCalls } from "../core/gateway/models/model-calls.ts";
import { Secret } from "../core/kernel/secret.ts";
import { LiveSecrets } from "../core/redactor/live-secrets.ts";
import { Dialler } from "../core/gateway/dial/dialler.ts";
import type { Address, Resolver } from "../core/gateway/dial/resolver.ts";
import type { EgressAnswer, EgressHost, EgressRequest } from "../core/gateway/egress/egress-gate.ts";
import { Gateway } from "../core/gateway/egress/gateway.ts";
import { EgressLedger } from "../core/gateway/egress/ledger.ts";
import type { RunGateway } from "../core/gateway/egress/run-gateway.ts";
import { systemClock } from "../core/kernel/clock.ts";
import { randomId } from "../core/kernel/ids.ts";
import { silentLogger } from "../core/kernel/logger.ts";
import { decide } from "../core/policy/decide.ts";
import { compileRuleSet, type RuleSet } from "../core/policy/rule-set.ts";
import { runtimeFiles } from "../core/runtime-files.ts";
import { createDockerDriver } from "../core/sandbox/docker/docker-driver.ts";
import type { Sandbox, SandboxDriver } from "../core/sandbox/driver.ts";
import { createLocalDriver } from "../core/sandbox/local/local-driver.ts";
import { withEnvironment } from "../core/sandbox/with-environment.ts";
import { builtScript } from "./built-script.ts";
import { checkoutRoot } from "./checkout-root.ts";
import { fixtureKey } from "./fixture-database.ts";
import { openDatabase } from "../core/storage/open-database.ts";
import { temporaryFolder } from "./temporary-folder.ts";

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

  async ask(request: EgressRequest): Promise<EgressAnswer> {
    this.asked.push(request);
    return await this.answer(request);
  }

  fail(error: unknown): void {
    this.failures.push(error);
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

/** Secrets of a run that are lent without asking, each with one sentinel. */
export function scriptedSecrets(
  stored: readonly { readonly name: string; readonly kind: SecretKind; readonly value: string; readonly binding: SecretBinding }[],
): BrokeredSecrets {
  const sentinelFor = (name: string) => `sentinel-of-${name}`;
  return {
    bound: () => stored,
    sentinelFor,
    namesIn: (text) => stored.map(({ name }) => name).filter((name) => text.includes(sentinelFor(name))),
    lend: async (name) => {
      const found = stored.find((one) => one.name === name);
      if (found === undefined) throw new Error(`There is no secret ${name}.`);
      const value = Secret.fromText(found.value);
      return { value, binding: found.binding, [Symbol.dispose]: () => value.destroy() };
    },
  };
}

export interface GatewayBenchOptions {
  readonly secrets?: BrokeredSecrets;
  readonly trustedCas?: readonly string[];
  readonly models?: Pick<ModelCalls, "admit" | "endRun">;
}

export interface GatewayBench {
  readonly sandbox: Sandbox;
  readonly host: ScriptedEgressHost;
  readonly resolver: ScriptedResolver;
  readonly gateway: Gateway;
  readonly run: RunGateway;
  readonly audit: AuditLog;
  readonly ids: { readonly taskId: TaskId; readonly runId: RunId };
  rows(): readonly EgressRow[];
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

/** A real sandbox with its gateway, its audit log and its database. Ended with the test. */
export async function openGatewayBench(driver: SandboxDriver, options: GatewayBenchOptions = {}): Promise<GatewayBench> {
  const ids = { taskId: TaskId.parse(randomId("t")), runId: RunId.parse(randomId("run")) };
  const folder = temporaryFolder();
  const clock = systemClock;
  const logger = silentLogger();
  const audit = await openAuditLog({ folder, clock, logger });
  onTestFinished(async () => await audit.close());
  const database = openDatabase({ file: join(folder, "gatehouse.db"), key: fixtureKey(), clock, logger });
  onTestFinished(() => database.close());
  await driver.buildImage(() => {});
  const sandbox = await driver.create({ id: randomId("sbx"), ...ids, limits: RunLimits.parse({}) });
  onTestFinished(async () => await sandbox.remove());
  const repositoryId = RepositoryId.parse(randomId("repo"));
  const resolver = new ScriptedResolver();
  const host = new ScriptedEgressHost();
  const ledger = new EgressLedger({ database, clock, logger });
  onTestFinished(() => ledger.flush());
  const relay = await builtScript("electron/core/gateway/tunnel/relay/main.ts");
  const files = { ...runtimeFiles(checkoutRoot()), relay };
  const live = new LiveSecrets();
  const models = options.models ?? { admit: async () => ({ kind: "not-a-model-call" }), endRun: () => undefined };
  const gateway = new Gateway({
    ...{ files, ledger, audit, clock, logger, trustedCas: options.trustedCas ?? [] },
    dialler: new Dialler(resolver),
    brokerage: brokerageWith({ models, live, clock }),
  });
  const secrets = options.secrets ?? scriptedSecrets([]);
  const who = { ...ids, repositoryId, agentId: "practice", sandbox, host, secrets, onBudgetStop: () => undefined };
  const run = await gateway.open(who, new AbortController().signal);
  onTestFinished(async () => await run.close());
  const rows = () => ledger.list({ taskId: ids.taskId, before: null, limit: 500, text: null, status: null, runId: null }).rows;
  return { sandbox: withEnvironment(sandbox, run.environment), host, resolver, gateway, run, audit, ids, rows };
}
