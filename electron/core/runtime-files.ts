import { join } from "node:path";

/** Files that core needs beside its own bundle: built scripts and resources. */
export interface RuntimeFiles {
  /** Argon2id worker, for `node:worker_threads`. */
  readonly argon2Worker: string;
  /** Copies and checks databases, for `node:worker_threads`. */
  readonly databaseWorker: string;
  /** The practice agent: one dependency-free script, streamed into sandboxes. */
  readonly practiceAgent: string;
  /** The gateway's relay: one dependency-free script, streamed into sandboxes. */
  readonly relay: string;
  /** What asks core before an agent's calls, for agents with hooks: one dependency-free script, streamed into sandboxes. */
  readonly gatePost: string;
  /** A model that follows the script in its prompt, for the check of an agent: one dependency-free script, streamed into sandboxes. */
  readonly scriptedModel: string;
  /** Stands in sandboxes for MCP servers that are reached over HTTP: one dependency-free script. */
  readonly mcpBridge: string;
  /** Stands in sandboxes between an agent and an MCP server, and passes on what a person confirmed: one dependency-free script. */
  readonly mcpGuard: string;
  /** Folder of agent profiles, one JSON file each. */
  readonly agents: string;
  /** Folder of model endpoints and prices, as data. */
  readonly providers: string;
  readonly sampleRepository: string;
  readonly sandboxImage: string;
  readonly renderer: string;
  /** The app's package.json, for its version. */
  readonly package: string;
}

/** `root` is the folder that holds `out/` and `resources/`. */
export function runtimeFiles(root: string): RuntimeFiles {
  return {
    argon2Worker: join(root, "out/runtime/argon2-worker.mjs"),
    databaseWorker: join(root, "out/runtime/database-worker.mjs"),
    practiceAgent: join(root, "out/runtime/practice-agent.mjs"),
    relay: join(root, "out/runtime/relay.mjs"),
    gatePost: join(root, "out/runtime/gate-post.mjs"),
    scriptedModel: join(root, "out/runtime/scripted-model.mjs"),
    mcpBridge: join(root, "out/runtime/mcp-bridge.mjs"),
    mcpGuard: join(root, "out/runtime/mcp-guard.mjs"),
    agents: join(root, "resources/agents"),
    providers: join(root, "resources/providers"),
    sampleRepository: join(root, "resources/sample-repository"),
    sandboxImage: join(root, "resources/sandbox-image"),
    renderer: join(root, "out/renderer"),
    package: join(root, "package.json"),
  };
}
