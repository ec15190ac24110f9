import { createRouterClient, implement } from "@orpc/server";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { changes, reads, type Role } from "#shared/contract/base.ts";
import type { AuditEntry, AuditVerification } from "#shared/contract/audit.ts";
import type { AuditEvent, AuditLog, OpenIntent } from "../audit/audit-log.ts";
import { UserError } from "../kernel/errors.ts";
import { Emitter } from "../kernel/events.ts";
import { silentLogger } from "../kernel/logger.ts";
import { accessGate } from "./access-gate.ts";
import { auditEffect } from "./audit-effect.ts";
import type { RpcContext } from "./rpc-context.ts";
import { translateErrors } from "./translate-errors.ts";

/** Remembers what was written, in order; stands for the log on disk. */
class MemoryAudit implements AuditLog {
  readonly lines: string[] = [];
  isBroken = false;
  readonly appended = new Emitter<AuditEntry>();

  async intent(event: AuditEvent): Promise<OpenIntent> {
    if (this.isBroken) throw new UserError("AUDIT_UNAVAILABLE", "The audit log cannot be written.", "Free some space.");
    const sequence = this.lines.push(`intent ${event.verb} ${JSON.stringify(event.detail)}`) - 1;
    const end = (word: string) => async () => void this.lines.push(`${word} ${event.verb}`);
    return { sequence, done: end("done"), failed: end("failed"), refused: end("refused") };
  }
  async note(): Promise<AuditEntry> {
    throw new Error("not used here");
  }
  async around<T>(event: AuditEvent, effect: (intent: OpenIntent) => Promise<T>): Promise<T> {
    return await effect(await this.intent(event));
  }
  async list(): Promise<{ readonly entries: readonly AuditEntry[]; readonly total: number }> {
    return { entries: [], total: 0 };
  }
  names() {
    return { verbs: [], actors: [], rules: [], secrets: [] };
  }
  async verify(): Promise<AuditVerification> {
    return { result: "intact", entries: 0, root: "" };
  }
  readonly count = 0;
  async activity() {
    return { stepMs: 1, steps: [] };
  }
  async verifyStepwise(): Promise<AuditVerification> {
    return await this.verify();
  }
  async exportTo(): Promise<never> {
    throw new Error("not used here");
  }
  async close(): Promise<void> {}
}

const miniature = {
  read: reads()
    .input(z.object({}))
    .output(z.object({ ok: z.boolean() })),
  open: reads({ lock: "any" })
    .input(z.object({}))
    .output(z.object({ ok: z.boolean() })),
  change: changes("thing.change")
    .input(z.object({ id: z.string().max(5), passphrase: z.string().optional() }))
    .output(z.object({ ok: z.boolean() })),
  owned: changes("thing.own", { role: "owner" })
    .input(z.object({}))
    .output(z.object({ ok: z.boolean() })),
  crash: changes("thing.crash")
    .input(z.object({}))
    .output(z.object({ ok: z.boolean() })),
};

function server(role: Role = "operator") {
  const audit = new MemoryAudit();
  const state = { isUnlocked: true, effects: 0, lock: new AbortController() };
  const os = implement(miniature)
    .$context<RpcContext>()
    .$config({ initialInputValidationIndex: -1, initialOutputValidationIndex: 0 })
    .use(translateErrors)
    .use(accessGate)
    .use(auditEffect);
  const ok = () => ({ ok: true });
  const router = os.router({
    read: os.read.handler(ok),
    open: os.open.handler(ok),
    change: os.change.handler(() => {
      state.effects += 1;
      return ok();
    }),
    owned: os.owned.handler(ok),
    crash: os.crash.handler(() => {
      throw new Error("a path nobody should see: /home/person/.ssh");
    }),
  });
  const context: RpcContext = {
    caller: { name: "tester", role },
    gate: { isUnlocked: () => state.isUnlocked, untilLocked: () => state.lock.signal, audit, logger: silentLogger() },
  };
  return { client: createRouterClient(router, { context }), audit, state };
}

describe("the access gate", () => {
  test("a locked vault answers only procedures that say so by name, and before it looks at input", async () => {
    const { client, state, audit } = server();
    state.isUnlocked = false;
    await expect(client.read({})).rejects.toMatchObject({ code: "LOCKED", data: { remedy: "Unlock it first." } });
    await expect(client.change({ id: "much too long" })).rejects.toMatchObject({ code: "LOCKED" });
    await expect(client.open({})).resolves.toEqual({ ok: true });
    expect(audit.lines).toEqual([]);
  });

  test("a caller whose role is too low is refused and nothing is written", async () => {
    const { client, audit } = server("operator");
    await expect(client.owned({})).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(audit.lines).toEqual([]);
  });

  test("invalid input is refused without an intent and without an effect", async () => {
    const { client, audit, state } = server();
    await expect(client.change({ id: "much too long" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(audit.lines).toEqual([]);
    expect(state.effects).toBe(0);
  });

  test("a change writes its intent before and its outcome after, once, and never what may be secret", async () => {
    const { client, audit } = server();
    await client.change({ id: "a", passphrase: "hunter2-canary" });
    expect(audit.lines).toEqual(['intent thing.change {"id":"a"}', "done thing.change"]);
  });

  test("no effect happens when the intent cannot be written", async () => {
    const { client, audit, state } = server();
    audit.isBroken = true;
    await expect(client.change({ id: "a" })).rejects.toMatchObject({ code: "AUDIT_UNAVAILABLE" });
    expect(state.effects).toBe(0);
  });

  test("an unexpected failure reaches the caller without its text, and the audit log as failed", async () => {
    const { client, audit } = server();
    const failure = await client.crash({}).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: "INTERNAL" });
    expect(String(failure)).not.toContain(".ssh");
    expect(audit.lines.at(-1)).toBe("failed thing.crash");
  });
});
