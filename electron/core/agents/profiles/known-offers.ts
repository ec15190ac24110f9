import { AgentOffer } from "#shared/contract/agent.ts";
import { type SessionOption } from "#shared/contract/task.ts";
import * as z from "zod";
import type { Clock } from "../../kernel/clock.ts";
import type { Database } from "../../storage/database.ts";
import type { AgentProfile } from "../agent-profile.ts";
import { profileHash } from "./profile-hash.ts";

/** An offer is the agent's own text: one that is larger than this, in characters, is not kept. */
const maximumLength = 200_000;

const Row = z.object({ profile: z.string(), options: z.string(), seen_at: z.number() });

/** What each agent was last seen to offer in a session: an agent says so only once it runs. Of another version nothing is known. */
export class KnownOffers {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  keep(profile: AgentProfile, options: readonly SessionOption[]): void {
    const text = JSON.stringify(options);
    if (text.length > maximumLength) return;
    this.#database.run(
      "insert or replace into agent_offers (agent_id, profile, options, seen_at) values (?, ?, ?, ?)",
      ...[profile.id, profileHash(profile), text, this.#clock.now()],
    );
  }

  /** Null where exactly this profile was never seen to offer anything. */
  of(profile: AgentProfile): AgentOffer | null {
    const row = Row.safeParse(this.#database.get("select profile, options, seen_at from agent_offers where agent_id = ?", profile.id));
    if (!row.success || row.data.profile !== profileHash(profile)) return null;
    const { options, seen_at: seenAt } = row.data;
    const offer = AgentOffer.safeParse({ agentId: profile.id, options: JSON.parse(options), seenAt });
    return offer.success ? offer.data : null;
  }
}
