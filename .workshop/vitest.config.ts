import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("..", import.meta.url));
/** On a shared machine a test that waits for real engines may fail once for lack of time: CI tries it again, and the report says so. */
const retry = process.env["CI"] === undefined ? 0 : 1;
const shared = { environment: "node", pool: "forks" as const, testTimeout: 20_000, hookTimeout: 60_000, retry };

/**
 * `unit`: no engine, part of `npm run check`. `engine`: real Docker, bubblewrap, keychain
 * (`*.engine.test.ts`). `journeys`: the built app on both hosts (`e2e/`).
 */
export default defineConfig({
  root,
  test: {
    projects: [
      {
        root,
        test: {
          ...shared,
          name: "unit",
          // The default leaves one processor free, which on a machine with two halves the speed.
          maxWorkers: "100%",
          include: ["{electron,shared,renderer,.workshop}/**/*.test.{ts,tsx}"],
          exclude: ["**/*.engine.test.ts", "**/node_modules/**"],
        },
      },
      {
        root,
        test: {
          ...shared,
          name: "engine",
          include: ["electron/**/*.engine.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          // They mostly wait for engines and agents; more at once would starve those.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        root,
        test: {
          ...shared,
          name: "journeys",
          include: ["e2e/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
