import type { TaskId } from "#shared/contract/ids.ts";
import type { SessionOffer } from "#shared/contract/task.ts";
import { Emitter } from "../kernel/events.ts";
import { liveChannel } from "../kernel/live-channel.ts";

const nothing: SessionOffer = { options: [], commands: [], takesImages: null };

/** What the agents of running tasks offer to choose and to say; forgotten when their run ends. */
export class SessionOffers {
  readonly #offers = new Map<TaskId, SessionOffer>();
  readonly #changed = new Emitter<TaskId>();

  put(taskId: TaskId, offer: SessionOffer): void {
    this.#offers.set(taskId, offer);
    this.#changed.emit(taskId);
  }

  drop(taskId: TaskId): void {
    if (this.#offers.delete(taskId)) this.#changed.emit(taskId);
  }

  of(taskId: TaskId): SessionOffer {
    return this.#offers.get(taskId) ?? nothing;
  }

  /** The offer now, and whenever it changes. */
  async *watch(taskId: TaskId, signal: AbortSignal | undefined): AsyncGenerator<SessionOffer, void, void> {
    for await (const event of liveChannel(this.#changed, () => taskId, signal)) if (event === taskId) yield this.of(taskId);
  }
}
