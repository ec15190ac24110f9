import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { EgressWay } from "#shared/contract/egress.ts";
import type { RepositoryId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { AuditLog } from "../../audit/audit-log.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Allowlists } from "../allowlist/allowlists.ts";
import { UserError } from "../../kernel/errors.ts";
import { Emitter } from "../../kernel/events.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { RuntimeFiles } from "../../runtime-files.ts";
import type { Sandbox } from "../../sandbox/driver.ts";
import type { DialTarget } from "../dial/dial-error.ts";
import type { Dialler } from "../dial/dialler.ts";
import type { EgressHost } from "./egress-gate.ts";
import type { EgressLedger } from "./ledger.ts";
import type { BudgetStop } from "../models/budgets.ts";
import type { ModelAnswer } from "../models/provider-problem.ts";
import type { BrokeredSecrets } from "./request-broker.ts";
import { defaultEgressLimits, type EgressLimits } from "./limits.ts";
import { type Brokerage, type ListedEndpoint, OpenRunGateway, type RunGateway } from "./run-gateway.ts";

export interface GatewayParts {
  readonly files: RuntimeFiles;
  readonly dialler: Dialler;
  /** Authorities to trust besides the platform's own, PEM, as they are when a run starts. */
  readonly trustedCas?: () => readonly string[];
  readonly limits?: Partial<EgressLimits>;
  /** A model endpoint on a private network that a person listed; null for any other destination. */
  readonly listed?: (target: DialTarget) => ListedEndpoint | null;
  /** What a run's secrets and model providers add; null where nothing is brokered. */
  readonly brokerage?: (run: NewRunGateway) => Brokerage | null;
  readonly ledger: EgressLedger;
  readonly allowlists: Allowlists;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface NewRunGateway {
  readonly repositoryId: RepositoryId;
  readonly agentId: string;
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly sandbox: Sandbox;
  readonly host: EgressHost;
  readonly secrets: BrokeredSecrets;
  /** A budget let no further call of a model through. */
  readonly onBudgetStop: (stop: BudgetStop) => void;
  /** A call of a model has ended. */
  readonly onModelAnswer: (answer: ModelAnswer) => void;
}

/** The gateways of all runs. */
export class Gateway {
  /** A task whose way out has changed. */
  readonly wayChanged = new Emitter<TaskId>();
  readonly ledger: EgressLedger;
  readonly allowlists: Allowlists;
  readonly #parts: GatewayParts;
  readonly #runs = new Map<RunId, { readonly taskId: TaskId; readonly gateway: OpenRunGateway }>();

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.ledger = parts.ledger;
    this.allowlists = parts.allowlists;
  }

  /** Opens the way out of a run's sandbox. SANDBOX_FAILED where no relay runs in it. */
  async open(run: NewRunGateway, signal: AbortSignal): Promise<RunGateway> {
    const { runId, taskId, sandbox } = run;
    const relay = await readFile(this.#parts.files.relay);
    const token = randomBytes(18).toString("base64url");
    const { limits } = this.#parts;
    const trustedCas = this.#parts.trustedCas?.() ?? [];
    const parts = {
      ...{ ...this.#parts, ...run, relay, token, trustedCas, isLoopbackShared: isLoopbackShared(sandbox) },
      ...{
        limits: { ...defaultEgressLimits, ...limits },
        listed: this.#parts.listed ?? (() => null),
        brokerage: this.#parts.brokerage?.(run) ?? null,
      },
    };
    const gateway = await OpenRunGateway.open({ ...parts, onWay: () => this.wayChanged.emit(taskId) }, signal);
    this.#runs.set(runId, { taskId, gateway });
    this.wayChanged.emit(taskId);
    return {
      environment: gateway.environment,
      get way() {
        return gateway.way;
      },
      cutOff: async (by) => await gateway.cutOff(by),
      close: async () => {
        this.#runs.delete(runId);
        await gateway.close();
        this.wayChanged.emit(taskId);
      },
    };
  }

  /** The run of a task that has a way out, or had one until it was cut off. */
  wayOf(taskId: TaskId): { readonly runId: RunId | null; readonly way: EgressWay } {
    for (const [runId, run] of this.#runs) if (run.taskId === taskId) return { runId, way: run.gateway.way };
    return { runId: null, way: "none" };
  }

  /** Drops the rows of a task that has been removed. */
  forgetTask(taskId: TaskId): void {
    this.ledger.forgetTask(taskId);
    this.allowlists.forgetTask(taskId);
  }

  /** Resolves when all that a run's clients were refused is on record. */
  async settled(runId: RunId): Promise<void> {
    await this.#runs.get(runId)?.gateway.settled();
  }

  /** Rules, allowlists or secrets have changed: connections of running runs that would not be let out any more are cut. */
  reconsider(): void {
    for (const { gateway } of this.#runs.values()) gateway.reconsider();
  }

  /** CONFLICT when the run is over or has no way out. Audited. */
  async cutOff(runId: RunId, by: string): Promise<void> {
    const run = this.#runs.get(runId);
    if (run === undefined) {
      throw new UserError("CONFLICT", "This run has no way out that could be cut off.", "Look at the task: it may have ended meanwhile.");
    }
    const event = { verb: "egress.cut-off", actor: { kind: "person" as const, name: by }, taskId: run.taskId, runId };
    await this.#parts.audit.around(event, async () => await run.gateway.cutOff(by));
  }
}

/** Docker and bubblewrap give each sandbox a loopback of its own; elsewhere other processes can reach what listens. */
function isLoopbackShared({ driver }: Sandbox): boolean {
  return !(driver === "docker" || (driver === "local" && process.platform === "linux"));
}
