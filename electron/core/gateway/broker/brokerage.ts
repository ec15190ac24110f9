import type { Clock } from "../../kernel/clock.ts";
import type { LiveSecrets } from "../../redactor/live-secrets.ts";
import type { NewRunGateway } from "../egress/gateway.ts";
import type { Brokerage } from "../egress/run-gateway.ts";
import { createInterceptor } from "../intercept/run-interceptor.ts";
import type { ModelCalls } from "../models/model-calls.ts";
import { RunBroker } from "./run-broker.ts";

export interface BrokerageParts {
  readonly models: Pick<ModelCalls, "admit" | "admitTunnel" | "opens" | "endRun" | "providerOf">;
  readonly live: LiveSecrets;
  readonly clock: Clock;
}

/** Secrets, usage and trust for the way out of each run. */
export function brokerageWith({ models, live, clock }: BrokerageParts): (run: NewRunGateway) => Brokerage {
  return ({ runId, taskId, repositoryId, sandbox, secrets, onBudgetStop, onModelAnswer }) => ({
    broker: new RunBroker({ origin: { runId, taskId, repositoryId }, sandbox, secrets, models, onBudgetStop, onModelAnswer, clock }),
    intercept: (host) => createInterceptor({ host, secrets: live, clock }),
  });
}
