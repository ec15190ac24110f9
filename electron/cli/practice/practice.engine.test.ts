import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { checkoutRoot } from "../../testing/checkout-root.ts";
import { describeWith } from "../../testing/engines.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";

const baseImage = process.env["GATEHOUSE_TEST_BASE_IMAGE"] ?? "gatehouse-test-base:latest";

const Result = z.object({
  exitCode: z.int(),
  problem: z.string().nullable(),
  sandbox: z.object({ driver: z.string() }).nullable(),
  prompts: z.array(z.object({ request: z.string(), answer: z.string() })),
  branch: z.string().nullable(),
  head: z.string().nullable(),
  audit: z.object({ result: z.string(), entries: z.int() }).nullable(),
});

/** The built command line as a process of its own, without a terminal; its temporary files in a folder that must be empty again. */
async function practice(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const temporary = temporaryFolder();
  const program = join(checkoutRoot(), "out/main/cli.js");
  const child = spawn(process.execPath, [program, "practice", ...words], {
    env: { ...process.env, TMPDIR: temporary, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const [output, prose, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { output, prose, code, left: readdirSync(temporary) };
}

for (const { engine, sandbox } of [
  { engine: "docker", sandbox: "docker" },
  { engine: "local-sandbox", sandbox: "local" },
] as const) {
  describeWith(engine, `gatehouse practice in ${sandbox}`, () => {
    const words = ["--sandbox", sandbox, "--base-image", baseImage, "--json"];

    test("with allowed prompts the whole job holds, and nothing is left behind", async () => {
      const { output, prose, code, left } = await practice([...words, "--answers", "allow,run,allow,allow"]);
      const result = Result.parse(JSON.parse(output));
      expect(result, prose).toMatchObject({ exitCode: 0, problem: null, branch: "gatehouse/practice", sandbox: { driver: sandbox } });
      expect(code).toBe(0);
      expect(result.head).toMatch(/^[0-9a-f]{40}$/);
      expect(result.audit?.result).toBe("intact");
      expect(result.prompts.length).toBeGreaterThan(0);
      expect(prose).toContain("I am the practice agent of Gatehouse");
      expect(prose).toContain("✗ refused   rm -rf /gatehouse-practice-no-such-folder");
      expect(prose).toMatch(/^\+.*quantity >= volumeDiscountFrom/m);
      expect(left).toEqual([]);
    });

    test("a denied prompt ends it with 3, and an intact audit trail", async () => {
      const { output, code, left } = await practice([...words, "--answers", "deny"]);
      expect(code).toBe(3);
      expect(Result.parse(JSON.parse(output))).toMatchObject({ exitCode: 3, branch: null, audit: { result: "intact" } });
      expect(left).toEqual([]);
    });

    test("without a terminal and without answers the answer is no", async () => {
      const { prose, code } = await practice(words);
      expect(prose).toContain("nobody is at the terminal");
      expect(code).toBe(3);
    });
  });
}

describe("gatehouse practice", () => {
  test("without the engine that it was told to use it stops with 69 and says what to do", async () => {
    const nowhere = "unix:///nonexistent/docker.sock";
    const { output, prose, code } = await practice(["--sandbox", "docker"], { DOCKER_HOST: nowhere });
    expect(output).toContain("Docker");
    expect(output).toContain("✗ Failed while preparing the sandbox: There is no sandbox to run agents in.");
    expect(code, prose).toBe(69);
  });

  test("words that it does not know end it with 64", async () => {
    const { prose, code } = await practice(["--answers", "perhaps"]);
    expect(prose).toContain("'perhaps' is no answer");
    expect(code).toBe(64);
  });

  test("--unsafe-local says loudly that there is no sandbox", async () => {
    const { output, code } = await practice(["--unsafe-local", "--answers", "allow,allow,allow,allow"]);
    expect(output).toContain("NO SANDBOX");
    expect(code).toBe(0);
  });
});
