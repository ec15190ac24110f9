import { RepositorySettings, type SettingsFile } from "#shared/contract/repository-settings.ts";
import type { Client } from "../rpc/client.ts";

const content = `{
  // How agents work on this repository.
  "agent": "practice",
  "limits": { "memoryMiB": 2048 },
  "network": ["registry.example.com"],
  "rules": { "deny": ["shell(git push:*)"], "allow": ["shell(npm test:*)"] },
  "setUp": { "command": "npm ci" },
  "checks": [{ "name": "Tests", "command": "npm test" }]
}
`;

/** One settings file that waits to be adopted. */
export function fakeRepositorySettings(): Client["repositorySettings"] {
  let isAdopted = false;
  const file = (): SettingsFile => ({
    content,
    sha256: "5f".repeat(32),
    isAdopted,
    settings: RepositorySettings.parse({
      agent: "practice",
      limits: { memoryMiB: 2_048 },
      network: ["registry.example.com"],
      rules: { deny: ["shell(git push:*)"], allow: ["shell(npm test:*)"] },
      setUp: { command: "npm ci" },
      checks: [{ name: "Tests", command: "npm test" }],
    }),
    problems: [],
  });
  return {
    file: async () => file(),
    adopt: async () => {
      isAdopted = true;
      return {};
    },
  };
}
