import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { describeWith } from "../../../testing/engines.ts";
import { never } from "../../../testing/never.ts";
import { tinyWheel } from "../../../testing/package-hosts.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { pipFailure, readSettings, runPip } from "./pip.ts";
import { launchScript } from "./pip-scripts.ts";
import { platformTags, type PythonTarget } from "./python-target.ts";

const target: PythonTarget = {
  os: "linux",
  arch: "x64",
  python: "3.11",
  glibc: "2.36",
  markers: { python_version: "3.11", sys_platform: "linux" },
};

test("of a person's settings one index counts, the strongest, and others are only noticed", () => {
  const lines = [
    "global.index-url='https://one.example/simple'",
    "install.index-url='https://two.example/simple'",
    ":env:.proxy='http://proxy.example:3128'",
    "global.extra-index-url='https://evil.example/simple'",
    "global.trusted-host='evil.example'",
    "global.no-index='true'",
  ];
  expect(readSettings(lines)).toEqual({
    values: { PIP_INDEX_URL: "https://two.example/simple", PIP_PROXY: "http://proxy.example:3128" },
    isMore: true,
  });
  expect(readSettings([])).toEqual({ values: {}, isMore: false });
});

test("a wheel fits by the sandbox's own C library, the newest first", () => {
  const tags = platformTags(target);
  expect(tags[0]).toBe("manylinux_2_36_x86_64");
  expect(tags).toEqual(expect.arrayContaining(["manylinux_2_17_x86_64", "manylinux2014_x86_64", "linux_x86_64"]));
  expect(tags).not.toContain("manylinux_2_37_x86_64");
  expect(platformTags({ ...target, os: "darwin", arch: "arm64", glibc: null, markers: { mac_version: "14.5" } })).toEqual([
    "macosx_14_0_arm64",
  ]);
});

test.each([
  ["ERROR: No matching distribution found for no-such", "PACKAGE_NOT_FOUND", "fits the sandbox: no-such."],
  ["ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "PACKAGE_MISMATCH", "another hash"],
  ["ERROR: Could not install packages due to an OSError: no space", "AGENT_FAILED", "no space"],
])("%s is told as %s", (said, code, words) => {
  expect(pipFailure(said)).toMatchObject({ code, message: expect.stringContaining(words) });
});

describeWith("pip", "pip on this computer", () => {
  test("it unpacks exactly the wheel whose hash is named, and reads no settings of another index", { timeout: 60_000 }, async () => {
    const folder = temporaryFolder();
    const wheels = join(folder, "wheels");
    mkdirSync(wheels);
    writeFileSync(join(wheels, "tiny_wheel-1.0-py3-none-any.whl"), tinyWheel());
    // What a person's settings say of folders of wheels is not heeded: the package is then not to be had.
    vi.stubEnv("PIP_FIND_LINKS", wheels);
    vi.stubEnv("PIP_INDEX_URL", "https://127.0.0.1:9/simple");
    vi.stubEnv("PIP_RETRIES", "0");
    writeFileSync(join(folder, "requirements.txt"), "tiny-wheel==1.0\n");
    const told: string[] = [];
    await expect(runPip(folder, { work: "resolve", target }, (line) => void told.push(line), never())).rejects.toMatchObject({
      code: expect.stringMatching(/^PACKAGE_NOT_FOUND|AGENT_FAILED$/u),
    });
    vi.unstubAllEnvs();
    expect(told.join("\n")).toContain("Only the first index");
    expect(await runPip(folder, { work: "entry-points", target }, () => {}, never())).toEqual(["{}"]);
  });

  test("nothing can be started beside it", () => {
    const folder = temporaryFolder();
    const script = readFileSync(new URL("./pip-scripts.ts", import.meta.url), "utf8");
    const hook = /def refuse[\s\S]*?sys\.addaudithook\(refuse\)/u.exec(script)?.[0] ?? "";
    for (const attempt of [
      "subprocess.run(['true'])",
      "os.system('true')",
      "os.execv('/bin/true', ['true'])",
      "os.fork()",
      "os.posix_spawn('/bin/true', ['true'], {})",
    ]) {
      const source = `import os, subprocess, sys\n${hook}\ntry:\n    ${attempt}\nexcept OSError as error:\n    print(error)\n`;
      writeFileSync(join(folder, "try.py"), source);
      expect(execFileSync("python3", ["-I", join(folder, "try.py")], { encoding: "utf8" }), attempt).toBe("nothing may be started here\n");
    }
  });

  test("a program is started without .pth files and sitecustomize, with Python's own modules first, and only for its Python", () => {
    const folder = temporaryFolder();
    const site = join(folder, "site");
    mkdirSync(site);
    writeFileSync(join(folder, "launch.py"), launchScript);
    writeFileSync(join(site, "evil.pth"), "import os; os.write(1, b'PTH')\n");
    writeFileSync(join(site, "sitecustomize.py"), "print('CUSTOM')\n");
    writeFileSync(join(site, "json.py"), "print('SHADOW')\n");
    writeFileSync(
      join(site, "pkg.py"),
      "import json, sys\nclass App:\n    @staticmethod\n    def run():\n        print(json.dumps(sys.argv))\n        return 3\n",
    );
    const start = (version: string) => {
      const words = ["-I", "-S", "-B", join(folder, "launch.py"), version, "pkg", "App.run", "tool", "a", "--b"];
      try {
        return {
          code: 0,
          out: execFileSync("python3", words, { encoding: "utf8", stdio: "pipe", env: { ...process.env, PYTHONPATH: site } }),
        };
      } catch (error) {
        const { status, stdout, stderr } = Object(error);
        return { code: status, out: `${stdout}${stderr}` };
      }
    };
    const own = execFileSync("python3", ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"], { encoding: "utf8" }).trim();
    expect(start(own)).toEqual({ code: 3, out: '["tool", "a", "--b"]\n' });
    expect(start("3.0")).toMatchObject({ code: 1, out: expect.stringContaining("chosen for Python 3.0") });
  });
});
