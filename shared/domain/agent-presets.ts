import { OwnAgent } from "#shared/contract/agent-profile.ts";

/** A form filled in for an agent that its makers document and that Gatehouse's authors have not tried. */
export interface AgentPreset {
  readonly agent: OwnAgent;
  /** What a person still has to do. */
  readonly note: string;
}

const common = { description: "", environment: {}, npmPackages: [], homeFiles: [], mode: null, minimumMemoryMiB: 512 };
const openAiKey = {
  secretKind: "openai",
  label: "OpenAI API key",
  variable: "OPENAI_API_KEY",
  placeholder: "sk-proj-gatehouse-placeholder-this-is-not-a-key-00000000000000000000",
};

/** As their public documentation has it, autumn 2026: Goose, GitHub and Cursor on their ACP pages, Qwen Code in its package. */
export const agentPresets: readonly AgentPreset[] = [
  {
    agent: OwnAgent.parse({
      ...common,
      id: "goose",
      name: "Goose",
      command: ["goose", "acp", "--with-builtin", "developer"],
      environment: { GOOSE_PROVIDER: "openai", GOOSE_MODEL: "gpt-5", GOOSE_MODE: "approve", GOOSE_DISABLE_KEYRING: "1" },
      provider: { hosts: ["api.openai.com"], refused: [], credentials: [openAiKey] },
      check: { dialect: "openai", environment: { OPENAI_HOST: "{model}" } },
    }),
    note: "Its program has to be in the base image: it is no npm package.",
  },
  {
    agent: OwnAgent.parse({
      ...common,
      id: "qwen-code",
      name: "Qwen Code",
      version: "0.24.4",
      command: ["node", "{packages}/node_modules/@qwen-code/qwen-code/cli.js", "--acp"],
      environment: {
        OPENAI_MODEL: "qwen3-coder-plus",
        OPENAI_BASE_URL: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        OPENAI_API_KEY: "{{secret:qwen}}",
      },
      npmPackages: ["@qwen-code/qwen-code@0.24.4"],
      mode: "default",
      provider: { hosts: ["dashscope-intl.aliyuncs.com"], refused: [], credentials: [] },
      check: { dialect: "openai", environment: {} },
    }),
    note: "Store its key in the vault under the name qwen, bound to the same host with the header authorization.",
  },
  {
    agent: OwnAgent.parse({
      ...common,
      id: "copilot",
      name: "Copilot CLI",
      version: "1.0.102",
      command: ["node", "{packages}/node_modules/@github/copilot/index.js", "--acp", "--stdio"],
      environment: { COPILOT_GITHUB_TOKEN: "{{secret:copilot}}", COPILOT_AUTO_UPDATE: "false" },
      npmPackages: ["@github/copilot@1.0.102"],
      provider: { hosts: ["api.githubcopilot.com", "api.github.com"], refused: [], credentials: [] },
      check: { dialect: "none", environment: {} },
    }),
    note: "Store a fine-grained token in the vault under the name copilot, bound to both hosts. Its model cannot be scripted: the check covers the protocol alone.",
  },
  {
    agent: OwnAgent.parse({
      ...common,
      id: "cursor",
      name: "Cursor CLI",
      command: ["agent", "acp"],
      environment: { CURSOR_API_KEY: "{{secret:cursor}}" },
      provider: { hosts: ["api2.cursor.sh"], refused: [], credentials: [] },
      check: { dialect: "none", environment: {} },
    }),
    note: "Its program has to be in the base image. Store its key in the vault under the name cursor. Its model cannot be scripted: the check covers the protocol alone.",
  },
];
