import { expect, test } from "vitest";
import { ManualClock } from "../../../testing/manual-clock.ts";
import { freeMeter } from "../../../testing/intercepted-client.ts";
import { never } from "../../../testing/never.ts";
import type { SeenRequest } from "../intercept/interceptor.ts";
import type { UnsealedRequest } from "./request-broker.ts";
import { OpenedRequests } from "./opened-requests.ts";

const request: SeenRequest = {
  ...{ host: "api.example.com", port: 443, program: null, method: "POST", path: "/v1/messages" },
  ...{ isUpgrade: false, git: null, presented: "" },
};

test("the broker hears of a request that a rule denied, and of no other refusal", async () => {
  const denied: (readonly [string, string])[] = [];
  const refusals = [
    { kind: "refused", status: 403, why: "The rule egress(api.example.com) denies it.", isByRule: true },
    { kind: "refused", status: 403, why: "A person denied it." },
  ] as const;
  for (const refusal of refusals) {
    const opened = new OpenedRequests({
      admit: async () => refusal,
      refuse: () => {},
      dial: async () => expect.fail("Nothing is connected."),
      broker: {
        opens: () => true,
        stillBinds: () => true,
        broker: async () => expect.fail("Nothing is brokered."),
        denied: ({ host }: UnsealedRequest, why: string) => void denied.push([host, why]),
        count: async () => refusal,
        countTunnel: async () => refusal,
        environment: async () => ({}),
        close: () => {},
      },
      ...{ trustedCas: [], meter: freeMeter, clock: new ManualClock() },
    });
    expect(await opened.decide(request, never())).toEqual(refusal);
  }
  expect(denied).toEqual([["api.example.com", "The rule egress(api.example.com) denies it."]]);
});
