import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { SecretBinding, SecretKind } from "#shared/contract/vault.ts";
import type { EgressRow } from "#shared/contract/egress.ts";
import { RepositoryId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { ToolSet } from "#shared/contract/sandbox.ts";
import { RunLimits } from "#shared/contract/task.ts";
import type { AuditLog } from "../core/audit/audit-log.ts";
import { openAuditLog } from "../core/audit/open-audit-log.ts";
import { brokerageWith } from "../core/gateway/broker/brokerage.ts";
import type { BrokeredSecrets } from "../core/gateway/egress/request-broker.ts";
import type { ModelCalls } from "../core/gateway/models/model-calls.ts";
import { Secret } from "../core/kernel/secret.ts";
import { LiveSecrets } from "../core/redactor/live-secrets.ts";
import { Allowlists } from "../core/gateway/allowlist/allowlists.ts";
import { Dialler } from "../core/gateway/dial/dialler.ts";
import { Gateway, type GatewayParts, type NewRunGateway } from "../core/gateway/egress/gateway.ts";
import { EgressLedger } from "../core/gateway/egress/ledger.ts";
import type { RunGateway } from "../core/gateway/egress/run-gateway.ts";
import { systemClock } from "../core/kernel/clock.ts";
import { randomId } from "../core/kernel/ids.ts";
import { silentLogger } from "../core/kernel/logger.ts";
import { runtimeFiles } from "../core/runtime-files.ts";
import type { Sandbox, SandboxDriver } from "../core/sandbox/driver.ts";
import { withEnvironment } from "../core/sandbox/with-environment.ts";
import { builtScript } from "./built-script.ts";
import { checkoutRoot } from "./checkout-root.ts";
import { fixtureKey } from "./fixture-database.ts";
import { openDatabase } from "../core/storage/open-database.ts";
import { ScriptedEgressHost, ScriptedResolver } from "./scripted-egress.ts";
import { temporaryFolder } from "./temporary-folder.ts";

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
  readonly tools?: readonly ToolSet[];
  readonly secrets?: BrokeredSecrets;
  readonly trustedCas?: readonly string[];
  readonly models?: Pick<ModelCalls, "admit" | "admitTunnel" | "opens" | "endRun" | "providerOf">;
  readonly listed?: GatewayParts["listed"];
  readonly onBudgetStop?: NewRunGateway["onBudgetStop"];
}

export interface GatewayBench {
  readonly sandbox: Sandbox;
  readonly host: ScriptedEgressHost;
  readonly resolver: ScriptedResolver;
  readonly gateway: Gateway;
  readonly run: RunGateway;
  readonly audit: AuditLog;
  readonly ids: { readonly taskId: TaskId; readonly runId: RunId };
  /** The newest 500. */
  rows(): readonly EgressRow[];
  allRows(): readonly EgressRow[];
  /** Resolves when everything so far is on record. */
  settled(): Promise<void>;
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
  const software = { tools: options.tools ?? [], packages: null };
  await driver.buildImage(() => {});
  await driver.prepare(software, () => {});
  const sandbox = await driver.create({ id: randomId("sbx"), ...ids, limits: RunLimits.parse({}), software });
  onTestFinished(async () => await sandbox.remove());
  const repositoryId = RepositoryId.parse(randomId("repo"));
  const resolver = new ScriptedResolver();
  const host = new ScriptedEgressHost();
  const ledger = new EgressLedger({ database, clock, logger });
  onTestFinished(() => ledger.flush());
  const relay = await builtScript("electron/core/gateway/tunnel/relay/main.ts");
  const files = { ...runtimeFiles(checkoutRoot()), relay };
  const live = new LiveSecrets();
  const models = options.models ?? {
    admit: async () => ({ kind: "not-a-model-call" }),
    admitTunnel: async () => ({ kind: "not-a-model-call" }),
    opens: () => false,
    endRun: () => undefined,
    providerOf: () => null,
  };
  const gateway = new Gateway({
    ...{
      files,
      ledger,
      allowlists: new Allowlists({ database, audit, clock }),
      audit,
      clock,
      logger,
      trustedCas: () => options.trustedCas ?? [],
    },
    dialler: new Dialler(resolver),
    ...(options.listed === undefined ? {} : { listed: options.listed }),
    brokerage: brokerageWith({ models, live, clock }),
  });
  const secrets = options.secrets ?? scriptedSecrets([]);
  const who = {
    ...ids,
    repositoryId,
    agentId: "practice",
    sandbox,
    host,
    secrets,
    onBudgetStop: options.onBudgetStop ?? (() => undefined),
    onModelAnswer: () => undefined,
  };
  const run = await gateway.open(who, new AbortController().signal);
  onTestFinished(async () => await run.close());
  const list = (limit: number) => ledger.list({ taskId: ids.taskId, before: null, limit, text: null, status: null, runId: null }).rows;
  const rows = () => list(500);
  const settled = async () => await gateway.settled(ids.runId);
  return {
    allRows: () => list(100_000),
    settled,
    sandbox: withEnvironment(sandbox, run.environment),
    host,
    resolver,
    gateway,
    run,
    audit,
    ids,
    rows,
  };
}
