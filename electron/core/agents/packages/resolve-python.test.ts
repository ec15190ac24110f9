import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { describeWith } from "../../../testing/engines.ts";
import { never } from "../../../testing/never.ts";
import { pythonIndex, wheelOf } from "../../../testing/python-index.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { planOf } from "./package-plan.ts";
import { PackageStore } from "./package-store.ts";
import { PythonLock, requirementsOf } from "./python-lock.ts";
import type { PythonTarget } from "./python-target.ts";
import { resolvePython } from "./resolve-python.ts";

const markers = {
  python_version: "3.11",
  python_full_version: "3.11.2",
  sys_platform: "linux",
  platform_system: "Linux",
  os_name: "posix",
};
const target: PythonTarget = { os: "linux", arch: "x64", python: "3.11", glibc: "2.36", markers };
const wheel = "tool-1.0-py3-none-any.whl";

async function bench() {
  const index = await pythonIndex();
  vi.stubEnv("PIP_INDEX_URL", index.url);
  vi.stubEnv("PIP_RETRIES", "0");
  const folder = temporaryFolder();
  const marker = join(folder, "ran");
  const resolve = async (version: string | null = "1.0") => await resolvePython({ name: "tool", version }, target, () => {}, never());
  const install = async (lock: string) => {
    const { packages } = PythonLock.parse(JSON.parse(lock));
    const python = { target, requirements: requirementsOf(packages) };
    const plan = planOf({ owner: "tool", work: "exactly", platform: target, dependencies: {}, lock: null, files: [], python });
    return await new PackageStore(join(folder, "packages")).install(plan, () => {}, never());
  };
  return { index, folder, marker, resolve, install };
}

/** Sources whose own build, which needs nothing else, would leave a mark: as an archive, and as a git repository. */
function sources(folder: string, marker: string): Buffer {
  const at = join(folder, "evil-1.0");
  mkdirSync(at);
  const leave = `open(${JSON.stringify(marker)}, "w").close()\n`;
  writeFileSync(join(at, "pyproject.toml"), '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n');
  writeFileSync(join(at, "backend.py"), `${leave}def get_requires_for_build_wheel(settings=None):\n    return []\n`);
  writeFileSync(join(at, "PKG-INFO"), "Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n");
  execFileSync("tar", ["czf", "evil.tgz", "evil-1.0"], { cwd: folder });
  const git = (...words: readonly string[]) => execFileSync("git", ["-C", at, "-c", "user.name=P", "-c", "user.email=p@p", ...words]);
  git("init", "-q", "-b", "main");
  git("add", ".");
  git("commit", "-qm", "evil");
  return readFileSync(join(folder, "evil.tgz"));
}

describeWith("pip", "packages of an index of Python", () => {
  afterEach(() => void vi.unstubAllEnvs());

  test("a package and what it requires of that Python become one lock, and what is installed is held to it", {
    timeout: 60_000,
  }, async () => {
    const { index, resolve, install, folder } = await bench();
    const requires = ["dep>=1", "later; python_version >= '3.12'", "other; sys_platform == 'win32'"];
    index.add("tool", wheel, wheelOf("tool", "1.0", { "tool.py": "def main(): pass\n", "evil.pth": "import os\n" }, requires));
    index.add("dep", "dep-1.0-py3-none-any.whl", wheelOf("dep", "1.0", { "dep.py": "" }));
    index.add("dep", "dep-1.1-py3-none-any.whl", wheelOf("dep", "1.1", { "dep.py": "" }), true);
    // A higher version elsewhere is not taken: that is how a name is confused with another's.
    const elsewhere = await pythonIndex();
    elsewhere.add("dep", "dep-9.0-py3-none-any.whl", wheelOf("dep", "9.0", { "dep.py": "stolen" }));
    vi.stubEnv("PIP_EXTRA_INDEX_URL", elsewhere.url);
    const { lock, hash } = await resolve();
    expect(PythonLock.parse(JSON.parse(lock))).toMatchObject({
      ...{ main: "tool", programs: { "tool-server": { module: "tool", attribute: "main" } } },
      packages: [
        { name: "dep", version: "1.0" },
        { name: "tool", version: "1.0" },
      ],
    });
    expect(elsewhere.asked).toEqual([]);
    expect((await resolve(null)).hash).toBe(hash);
    const made = await install(lock);
    expect(readdirSync(join(made.folder, "site")).sort()).toEqual([
      "dep-1.0.dist-info",
      "dep.py",
      "evil.pth",
      "tool-1.0.dist-info",
      "tool.py",
    ]);
    expect(readFileSync(join(made.folder, "site/tool-1.0.dist-info/RECORD"), "utf8")).not.toContain("bin/");

    index.add("dep", "dep-1.0-py3-none-any.whl", wheelOf("dep", "1.0", { "dep.py": "changed" }));
    const anew = PythonLock.parse(JSON.parse(lock));
    const python = { target, requirements: `# anew\n${requirementsOf(anew.packages)}` };
    const plan = planOf({ owner: "tool", work: "exactly", platform: target, dependencies: {}, lock: null, files: [], python });
    const store = new PackageStore(join(folder, "others"));
    await expect(store.install(plan, () => {}, never())).rejects.toMatchObject({ code: "PACKAGE_MISMATCH" });
    expect(await store.find(plan)).toBeNull();
  });

  test("nothing of a package is built, cloned or run to find it", { timeout: 60_000 }, async () => {
    const { index, resolve, folder, marker } = await bench();
    const evil = sources(folder, marker);
    index.add("evil", "evil-1.0.tar.gz", evil);
    for (const requires of ["evil", `evil @ ${index.origin}/files/evil/evil-1.0.tar.gz`, `evil @ git+file://${folder}/evil-1.0`]) {
      index.add("tool", wheel, wheelOf("tool", "1.0", { "tool.py": "" }, [requires]));
      await expect(resolve(), requires).rejects.toMatchObject({
        code: expect.stringMatching(/^(?:PACKAGE_NOT_FOUND|PACKAGE_REFUSED|AGENT_FAILED)$/u),
      });
      expect(existsSync(marker), requires).toBe(false);
    }
  });

  test("a version that its makers withdrew is refused, and a wheel never writes outside of its folder", { timeout: 60_000 }, async () => {
    const { index, resolve, install, folder } = await bench();
    index.add("tool", wheel, wheelOf("tool", "1.0", { "tool.py": "" }), true);
    await expect(resolve()).rejects.toMatchObject({ code: "PACKAGE_REFUSED", message: expect.stringContaining("withdrawn") });
    index.add("tool", wheel, wheelOf("tool", "1.0", { "tool.py": "", "../../../outside.py": "" }));
    const { lock } = await resolve();
    await expect(install(lock)).rejects.toMatchObject({ code: "AGENT_FAILED" });
    expect(existsSync(join(folder, "outside.py"))).toBe(false);
    expect(readdirSync(join(folder, "packages"))).toEqual([]);
  });

  test("what would fill the disk or the memory is refused before it is unpacked", { timeout: 60_000 }, async () => {
    const { index, resolve, install, folder } = await bench();
    index.add("tool", wheel, wheelOf("tool", "1.0", { "tool.py": "" }, ["dep"]));
    index.add("dep", "dep-1.0-py3-none-any.whl", saidToBeLarge(wheelOf("dep", "1.0", { "dep.py": "" }), "dep.py"));
    await expect(resolve()).rejects.toMatchObject({ code: "PACKAGE_REFUSED", message: expect.stringContaining("4096 MiB") });
    const large = saidToBeLarge(wheelOf("tool", "1.0", { "tool.py": "" }), "tool.py");
    index.add("tool", wheel, large);
    const packages = [{ name: "tool", version: "1.0", sha256: createHash("sha256").update(large).digest("hex") }];
    const lock = JSON.stringify({ kind: "pypi", target, main: "tool", programs: {}, packages });
    await expect(install(lock)).rejects.toMatchObject({ code: "PACKAGE_REFUSED" });
    expect(readdirSync(join(folder, "packages"))).toEqual([]);
  });
});

/** A wheel whose directory says of one entry that it is nearly 4 GiB unpacked (APPNOTE.TXT, 4.3.12). */
function saidToBeLarge(archive: Buffer, entry: string): Buffer {
  const forged = Buffer.from(archive);
  const name = forged.lastIndexOf(entry);
  forged.writeUInt32LE(0xff_ff_ff_f0, name - 46 + 24);
  return forged;
}
