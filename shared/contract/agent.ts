import * as z from "zod";
import { reads } from "./base.ts";

export const AgentSummary = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  /** `full`: asks for every call, proved by conformance. `none`: sandbox only, shown in red. */
  gate: z.enum(["full", "partial", "none"]),
  /** Its own terminal interface: `none` where it has none, `ungated` where nothing makes it ask there. */
  terminal: z.enum(["none", "gated", "ungated"]),
});
export type AgentSummary = z.infer<typeof AgentSummary>;

export const agents = {
  list: reads().input(z.object({})).output(z.array(AgentSummary)),
};
