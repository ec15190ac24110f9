import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import Docker from "dockerode";
import { expect, onTestFinished, test } from "vitest";
import { RunLimits } from "#shared/contract/task.ts";
import type { ToolSet } from "#shared/contract/sandbox.ts";
import { checkoutRoot } from "../../../testing/checkout-root.ts";
import { describeWith } from "../../../testing/engines.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { systemClock } from "../../kernel/clock.ts";
import { randomId } from "../../kernel/ids.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { baseLanguages } from "../../repositories/base-languages.ts";
import { runtimeFiles } from "../../runtime-files.ts";
import type { Sandbox } from "../driver.ts";
import { createDockerDriver } from "./docker-driver.ts";

interface Project {
  readonly tools: ToolSet;
  readonly files: Readonly<Record<string, string>>;
  /** A package of Debian's that says that it was set up. */
  readonly installs: string;
  /** Prints 42 from what was compiled, without a network. */
  readonly build: string;
  readonly leastBytes: number;
}

const python: Project = {
  tools: "python",
  files: { "pyproject.toml": '[project]\nname = "answer"\nversion = "1"\n', "answer.py": "import pip, ssl\nprint(6 * 7)\n" },
  installs: "python3-venv",
  build: "python3 -m venv v && v/bin/python answer.py",
  leastBytes: 20_000_000,
};

/** Hundreds of megabytes each: `GATEHOUSE_LANGUAGES=go,rust,java` asks for them. */
const heavy: readonly Project[] = [
  {
    tools: "go",
    files: {
      "go.mod": "module example.org/answer\n\ngo 1.19\n",
      "main.go": 'package main\n\nimport (\n\t"fmt"\n\t"net/http"\n)\n\nfunc main() {\n\tfmt.Println(6*7*http.StatusOK/200)\n}\n',
    },
    installs: "golang-go",
    build: "go build -o answer . && ./answer",
    leastBytes: 200_000_000,
  },
  {
    tools: "rust",
    files: {
      "Cargo.toml": '[package]\nname = "answer"\nversion = "0.1.0"\nedition = "2021"\n',
      "src/main.rs": 'fn main() {\n    println!("{}", 6 * 7);\n}\n',
    },
    installs: "cargo",
    build: "cargo build -q --offline && target/debug/answer",
    leastBytes: 200_000_000,
  },
  {
    tools: "java",
    files: {
      "pom.xml":
        "<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version></project>\n",
      "Answer.java": "class Answer { public static void main(String[] words) { System.out.println(6 * 7); } }\n",
    },
    installs: "default-jdk-headless",
    build: "javac Answer.java && java Answer && mvn -B -v > /dev/null 2>&1",
    leastBytes: 200_000_000,
  },
];
const asked = new Set((process.env["GATEHOUSE_LANGUAGES"] ?? "").split(","));

describeWith(["docker", "agents"], "the layer of a language", () => {
  // A minute and more: it fetches some 40 MB from the Debian archive.
  test("Python is found in a repository, installed out of Debian packages with its progress told, is there the second time, and works", {
    timeout: 300_000,
  }, async () => {
    await tryLayer(python);
  });

  for (const project of heavy) {
    const words = `${project.tools} is found in a repository, installed, is there the second time, and compiles without a network`;
    test.runIf(asked.has(project.tools))(`${words} (asked for by GATEHOUSE_LANGUAGES)`, { timeout: 600_000 }, async () => {
      await tryLayer(project);
    });
  }
});

async function tryLayer({ tools, files, installs, build, leastBytes }: Project): Promise<void> {
  expect(await baseLanguages({ path: repositoryWith(files), branch: "main" })).toEqual([tools]);

  const docker = new Docker();
  const version = randomId(tools);
  const baseImage = `gatehouse-test-base:${version}`;
  const testBase = process.env["GATEHOUSE_TEST_BASE_IMAGE"] ?? "gatehouse-test-base:latest";
  await docker.getImage(testBase).tag({ repo: "gatehouse-test-base", tag: version });
  onTestFinished(async () => await docker.getImage(baseImage).remove());
  const common = { clock: systemClock, logger: silentLogger(), installId: `language-${process.pid}` };
  const driver = createDockerDriver({ ...common, files: runtimeFiles(checkoutRoot()), baseImage: () => baseImage });
  onTestFinished(async () => await driver.close());
  const software = { tools: [tools], packages: null };
  const own = async () => (await driver.images()).filter(({ root }) => root.name === baseImage);
  onTestFinished(async () => {
    for (const { name } of (await own()).toReversed()) await docker.getImage(name).remove();
  });
  const lines: string[] = [];
  const begun = performance.now();
  await driver.prepare(software, (line) => lines.push(line));
  const madeMs = performance.now() - begun;
  expect(lines).toContain(`Making tools for ${tools}`);
  expect(lines.some((line) => line.startsWith(`Setting up ${installs}`))).toBe(true);
  const again: string[] = [];
  const began = performance.now();
  await driver.prepare(software, (line) => again.push(line));
  expect(again).toEqual([]);
  expect(performance.now() - began).toBeLessThan(10_000);
  const [base, layer, ...more] = await own();
  expect(more).toEqual([]);
  expect(layer).toMatchObject({ kind: "tools", holds: `tools for ${tools}`, below: base?.name });
  expect(layer?.ownBytes).toBeGreaterThan(leastBytes);

  const limits = RunLimits.parse({ memoryMiB: 2_048 });
  const sandbox = await driver.create({ id: randomId("sbx"), taskId: randomId("t"), runId: randomId("run"), limits, software });
  onTestFinished(async () => await sandbox.remove());
  for (const [path, content] of Object.entries(files))
    await run(sandbox, 'mkdir -p "$(dirname "$HOME/work/$1")" && cat > "$HOME/work/$1"', [path], content);
  const compiledAt = performance.now();
  const said = await run(sandbox, `cd "$HOME/work" && ${build} && id -u && ls /sys/class/net`);
  expect(said).toBe("42\n1000\nlo\n");
  const figures = [`made in ${seconds(madeMs)} s`, `${Math.round((layer?.ownBytes ?? 0) / 1e6)} MB`];
  process.stdout.write(`${tools}: ${figures.join(", ")}, built and run in ${seconds(performance.now() - compiledAt)} s\n`);
}

function repositoryWith(files: Project["files"]): string {
  const folder = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const git = (...words: readonly string[]) =>
    execFileSync("git", ["-C", folder, "-c", "user.name=P", "-c", "user.email=p@example.org", ...words]);
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("commit", "-qm", "a project");
  return folder;
}

async function run(sandbox: Sandbox, script: string, words: readonly string[] = [], input = ""): Promise<string> {
  const child = await sandbox.exec({ argv: ["sh", "-c", script, "sh", ...words], cwd: sandbox.workspace });
  child.stdin.end(input);
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return `${out}${errors}`;
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
