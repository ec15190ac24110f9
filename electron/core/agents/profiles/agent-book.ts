import { AgentCheck } from "#shared/contract/agent.ts";
import { OwnAgent } from "#shared/contract/agent-profile.ts";
import * as z from "zod";
import type { Clock } from "../../kernel/clock.ts";
import { UserError } from "../../kernel/errors.ts";
import type { Database } from "../../storage/database.ts";
import { type AgentProfile, profileOf } from "../agent-profile.ts";
import { profileHash } from "./profile-hash.ts";

/** Who takes it that an agent runs unasked, and since when. */
export interface Acknowledgement {
  readonly hash: string;
  readonly by: string;
  readonly at: number;
}

/** One agent that a person added, with the gate that its last check proved. */
export interface OwnEntry {
  readonly own: OwnAgent;
  readonly profile: AgentProfile;
}

/** Agents that a person added, and what checks and people said of every agent. */
export class AgentBook {
  readonly #database: Database;
  readonly #clock: Clock;
  #own: readonly OwnEntry[] = [];
  readonly #checks = new Map<string, AgentCheck>();
  readonly #acknowledged = new Map<string, Acknowledgement>();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#read();
  }

  own(): readonly OwnEntry[] {
    return this.#own;
  }

  /** The last check of the agent, of whatever profile it had then. */
  checkOf(id: string): AgentCheck | null {
    return this.#checks.get(id) ?? null;
  }

  /** Null where nobody has said so of exactly this profile. */
  acknowledgementOf(profile: AgentProfile): Acknowledgement | null {
    const found = this.#acknowledged.get(profile.id);
    return found?.hash === profileHash(profile) ? found : null;
  }

  /** `taken`: ids of the agents that ship with Gatehouse. */
  add(own: OwnAgent, taken: ReadonlySet<string>): void {
    if (taken.has(own.id) || this.#own.some(({ profile }) => profile.id === own.id)) {
      throw new UserError("CONFLICT", `There is an agent "${own.id}" already.`, "Choose another id.");
    }
    const values = [own.id, JSON.stringify(own), this.#clock.now()];
    this.#database.run("insert into own_agents (id, profile, added_at) values (?, ?, ?)", ...values);
    this.#read();
  }

  update(own: OwnAgent): void {
    this.#require(own.id);
    this.#database.run("update own_agents set profile = ? where id = ?", JSON.stringify(own), own.id);
    this.#read();
  }

  remove(id: string): void {
    this.#require(id);
    this.#database.transaction(() => {
      this.#database.run("delete from own_agents where id = ?", id);
      this.#database.run("delete from agent_checks where agent_id = ?", id);
      this.#database.run("delete from agent_acknowledgements where agent_id = ?", id);
    });
    this.#read();
  }

  keepCheck(id: string, check: AgentCheck): void {
    const report = JSON.stringify(check);
    this.#database.run(
      "insert into agent_checks (agent_id, report) values (?, ?) on conflict (agent_id) do update set report = excluded.report",
      id,
      report,
    );
    this.#read();
  }

  /** CONFLICT when the profile is another by now than the one that was shown. */
  acknowledge(profile: AgentProfile, said: { readonly hash: string; readonly accepts: boolean; readonly by: string }): void {
    if (!said.accepts) {
      this.#database.run("delete from agent_acknowledgements where agent_id = ?", profile.id);
      return this.#read();
    }
    if (said.hash !== profileHash(profile)) {
      throw new UserError("CONFLICT", `${profile.name} was changed meanwhile.`, "Look at what it is now, then say so again.");
    }
    this.#database.run(
      `insert into agent_acknowledgements (agent_id, hash, by, at) values (?, ?, ?, ?)
       on conflict (agent_id) do update set hash = excluded.hash, by = excluded.by, at = excluded.at`,
      profile.id,
      said.hash,
      said.by,
      this.#clock.now(),
    );
    this.#read();
  }

  #require(id: string): void {
    if (this.#own.some(({ profile }) => profile.id === id)) return;
    throw new UserError("NOT_FOUND", `There is no agent "${id}" of your own.`, "Those that ship with Gatehouse cannot be changed.");
  }

  /** A row that cannot be read is left out: nothing starts with that agent, and no check vouches for it. */
  #read(): void {
    this.#checks.clear();
    for (const row of Checks.parse(this.#database.all("select agent_id, report from agent_checks"))) {
      const check = AgentCheck.safeParse(JSON.parse(row.report));
      if (check.success) this.#checks.set(row.agent_id, check.data);
    }
    this.#acknowledged.clear();
    for (const { agent_id: id, ...rest } of Acknowledgements.parse(
      this.#database.all("select agent_id, hash, by, at from agent_acknowledgements"),
    ))
      this.#acknowledged.set(id, rest);
    const rows = Rows.parse(this.#database.all("select profile from own_agents order by added_at, id"));
    this.#own = rows.flatMap(({ profile }) => {
      const own = OwnAgent.safeParse(JSON.parse(profile));
      return own.success ? [{ own: own.data, profile: this.#proved(own.data) }] : [];
    });
  }

  /** The gate that the last check proved, if it was a check of this very profile. */
  #proved(own: OwnAgent): AgentProfile {
    const unproved = profileOf(own, { level: "none", silentKinds: [] });
    const check = this.#checks.get(own.id);
    if (check === undefined || check.hash !== profileHash(unproved) || check.result === "not-gated") return unproved;
    return profileOf(own, { level: check.result === "gated" ? "full" : "partial", silentKinds: check.silentKinds });
  }
}

const Rows = z.array(z.object({ profile: z.string() }));
const Checks = z.array(z.object({ agent_id: z.string(), report: z.string() }));
const Acknowledgements = z.array(z.object({ agent_id: z.string(), hash: z.string(), by: z.string(), at: z.int() }));
