import { describe, expect, test } from "vitest";
// @ts-expect-error a plain script without types
import { violations } from "./boundaries.mjs";

function judge(path: string, source: string): unknown {
  return violations([[path, source]]);
}

describe("dependency direction", () => {
  test.each([
    ["the renderer importing core", "renderer/features/board/Board.tsx", 'import { x } from "../../../electron/core/kernel/clock.ts";'],
    ["core importing electron", "electron/core/tasks/run.ts", 'import { app } from "electron";'],
    ["the web host importing electron, types only", "electron/host-web/main.ts", 'import type { App } from "electron";'],
    ["policy importing storage", "electron/core/policy/decide.ts", 'import type { Database } from "../storage/database.ts";'],
    ["one feature importing another", "renderer/features/board/Board.tsx", 'import { Diff } from "../task/Diff.tsx";'],
    ["the design system importing a store", "renderer/ui/Button.tsx", 'import { create } from "zustand";'],
    ["the contract importing Node", "shared/contract/task.ts", 'import { readFileSync } from "node:fs";'],
    ["a dynamic import across", "electron/core/policy/decide.ts", 'const x = await import("../vault/vault.ts");'],
    ["a re-export across", "electron/core/kernel/ids.ts", 'export { x } from "../tasks/store.ts";'],
    ["code importing test code", "electron/core/tasks/run.ts", 'import { ManualClock } from "../../testing/manual-clock.ts";'],
  ])("refuses %s", (_title, path, source) => {
    expect(judge(path, source)).toHaveLength(1);
  });

  test("lets the intended directions through", () => {
    expect(
      judge(
        "electron/core/tasks/run.ts",
        'import { decide } from "../policy/decide.ts"; import type { Task } from "#shared/contract/task.ts";',
      ),
    ).toEqual([]);
    expect(
      judge("renderer/features/board/Board.tsx", 'import { Button } from "../../ui/Button.tsx"; import { useState } from "react";'),
    ).toEqual([]);
    expect(
      judge("electron/host-electron/main.ts", 'import { app } from "electron"; import { composeCore } from "../core/compose.ts";'),
    ).toEqual([]);
  });
});
