import { createHash } from "node:crypto";
import * as z from "zod";
import { canonicalJson } from "../../kernel/canonical-json.ts";
import type { AgentProfile } from "../agent-profile.ts";

/** SHA-256 of all that decides how the agent runs; what a check found out about its gate is no part of it. */
export function profileHash(profile: AgentProfile): string {
  const { name: _name, description: _description, silentReads: _reads, gate, ...rest } = profile;
  const { level: _level, questions, planIn, ...settings } = gate;
  // What a person's own agent cannot have leaves the hashes of theirs, which their checks name, as they were.
  const more = { ...(questions.length === 0 ? {} : { questions }), ...(planIn === "update" ? {} : { planIn }) };
  const content = z.json().parse(JSON.parse(JSON.stringify({ ...rest, gate: { ...settings, ...more } })));
  return createHash("sha256").update(canonicalJson(content)).digest("hex");
}
