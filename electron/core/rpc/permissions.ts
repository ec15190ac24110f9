import type { PermissionEvent } from "#shared/contract/permission.ts";
import type { Core } from "../core.ts";
import { UserError } from "../kernel/errors.ts";
import { Emitter } from "../kernel/events.ts";
import { liveChannel } from "../kernel/live-channel.ts";
import { pastRequest } from "../rules/replay.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

export function permissionsRouter(core: Core) {
  return os.permissions.router({
    watch: os.permissions.watch.handler(({ context }) => watch(core, context.signal)),
    answer: os.permissions.answer.handler(async ({ input, context }) => {
      return await opened(core).permissions.answer(input.id, input.nonce, input.answer, context.caller.name, input.rule);
    }),
    answerQuestion: os.permissions.answerQuestion.handler(async ({ input, context }) => {
      return await opened(core).permissions.answerForm(input.id, input.nonce, input.answer, context.caller.name);
    }),
    proposal: os.permissions.proposal.handler(async ({ input, context }) => {
      const request = opened(core).permissions.find(input.id);
      if (request?.kind !== "permission") throw new UserError("NOT_FOUND", "This request does not wait any more.", "Look at the inbox.");
      return await opened(core).rules.proposal(request, context.signal);
    }),
    past: os.permissions.past.handler(({ input }) => [...opened(core).answered.answeredBriefly(input.limit)].flatMap(pastRequest)),
    grants: os.permissions.grants.handler(() => [...opened(core).permissions.grants()]),
    revoke: os.permissions.revoke.handler(async ({ input, context }) => {
      await opened(core).permissions.revoke(input.id, context.caller.name);
      return {};
    }),
  });
}

async function* watch(core: Core, signal: AbortSignal): AsyncGenerator<PermissionEvent, void, void> {
  const { permissions } = opened(core);
  const changes = new Emitter<PermissionEvent>();
  using _requests = permissions.changed.on((request) => changes.emit({ kind: "changed", request }));
  yield* liveChannel<PermissionEvent, PermissionEvent>(changes, () => ({ kind: "snapshot", requests: [...permissions.pending()] }), signal);
}
