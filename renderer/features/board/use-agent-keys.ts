import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { AgentSummary } from "#shared/contract/agent.ts";
import { usualBindings } from "#shared/contract/vault.ts";
import type { Client } from "../../rpc/client.ts";
import { useRead } from "../../rpc/queries.ts";
import { freeName, type KeyStanding, keyStanding, readKey } from "./agent-key.ts";

/** The keys of the agents that a new task, or its attempts, would start, as far as they are to be pasted. */
export interface AgentKeys {
  /** Nothing is known to be missing before the vault has been read. */
  readonly standingOf: (agent: AgentSummary) => KeyStanding;
  readonly errorOf: (agentId: string) => string | null;
  readonly fieldOf: (agentId: string) => (element: HTMLInputElement | null) => void;
  /** Says what is wrong at the field of each, and goes to the first. With `isStart` none may be missing. */
  readonly areWell: (agents: readonly AgentSummary[], isStart: boolean) => boolean;
  /** What was pasted goes into the vault, for its agent alone, and out of the page. */
  readonly store: (client: Client, agents: readonly AgentSummary[]) => Promise<void>;
}

export function useAgentKeys(repositoryId: string): AgentKeys {
  const queries = useQueryClient();
  const secrets = useRead(["vault"], (client, signal) => client.vault.list({}, { signal }));
  const [openedAt] = useState(() => Date.now());
  const fields = useRef(new Map<string, HTMLInputElement>());
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const typedFor = (agent: AgentSummary) => fields.current.get(agent.id)?.value ?? "";
  const standingOf = (agent: AgentSummary): KeyStanding =>
    secrets.data === undefined ? { kind: "there" } : keyStanding(agent, secrets.data, { repositoryId, now: openedAt });
  const problemOf = (agent: AgentSummary, isStart: boolean): string | null => {
    const { kind } = standingOf(agent);
    if (kind === "none-needed" || kind === "there") return null;
    const typed = typedFor(agent);
    if (typed !== "") return readKey(agent, typed).problem;
    return isStart ? "Paste the key, or put the task in the backlog." : null;
  };
  return {
    standingOf,
    errorOf: (agentId) => errors[agentId] ?? null,
    fieldOf: (agentId) => (element) => {
      if (element === null) fields.current.delete(agentId);
      else fields.current.set(agentId, element);
    },
    areWell: (agents, isStart) => {
      const found = agents.flatMap((agent) => {
        const problem = problemOf(agent, isStart);
        return problem === null ? [] : [[agent.id, problem] as const];
      });
      setErrors(Object.fromEntries(found));
      const first = fields.current.get(found[0]?.[0] ?? "");
      first?.focus();
      first?.scrollIntoView({ block: "center" });
      return found.length === 0;
    },
    store: async (client, agents) => {
      const taken = [...(secrets.data ?? [])];
      for (const agent of agents) {
        const field = fields.current.get(agent.id);
        const read = field === undefined || field.value === "" ? null : readKey(agent, field.value);
        if (field === undefined || read === null || read.kind === null) continue;
        const { kind, value } = read;
        field.value = "";
        const about = { name: freeName(kind, agent.id, taken), note: `For ${agent.name}`, kind, expiresAt: null };
        const scopes = [{ repositoryId: null, agentId: agent.id, tool: null }];
        taken.push(await client.vault.store({ ...about, value, scopes, bindings: [...usualBindings[kind]] }));
      }
      if (taken.length > (secrets.data?.length ?? 0)) await queries.invalidateQueries({ queryKey: ["vault"] });
    },
  };
}
