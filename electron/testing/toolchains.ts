import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Package managers that come as packages themselves, with their own programs inside. */
const npmTools = {
  pnpm: "12.21.0",
  yarn: "1.22.22",
  "@yarnpkg/cli-dist": "4.18.1",
  deno: "2.9.6",
  bun: "1.4.5",
};
const uvVersion = "0.13.9";

/** A program with all that it needs, to be brought into a sandbox. */
export interface BroughtTool {
  readonly folder: string;
  /** Within the folder. */
  readonly program: string;
}

/** Package managers, fetched by the computer and not by a sandbox, and kept for the next run of the tests. */
export function packageTools(): Record<"pnpm" | "yarnClassic" | "yarn" | "deno" | "bun" | "uv", BroughtTool> {
  const key = [...Object.entries(npmTools).flat(), uvVersion].join("-").replaceAll(/[^\w.-]/g, "");
  const folder = join(tmpdir(), `gatehouse-test-tools-${process.getuid?.() ?? 0}-${key}`);
  if (!existsSync(folder)) fetchTools(folder);
  const modules = join(folder, "node_modules");
  return {
    pnpm: { folder: theOne(modules, "@pnpm/exe.*"), program: "pnpm" },
    yarnClassic: { folder: join(modules, "yarn"), program: "bin/yarn.js" },
    yarn: { folder: join(modules, "@yarnpkg/cli-dist"), program: "bin/yarn.js" },
    deno: { folder: theOne(modules, "@deno/*"), program: "deno" },
    bun: { folder: theOne(modules, "@oven/*"), program: "bin/bun" },
    uv: { folder: join(folder, "uv/here/scripts"), program: "uv" },
  };
}

/** Beside its place first, so that one that was broken off is not taken for whole. */
function fetchTools(folder: string): void {
  const making = `${folder}.${process.pid}`;
  mkdirSync(making, { mode: 0o755 });
  try {
    const dependencies = { ...npmTools };
    writeFileSync(join(making, "package.json"), JSON.stringify({ private: true, dependencies }));
    const quiet = { cwd: making, stdio: "pipe", timeout: 240_000 } as const;
    execFileSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--libc=glibc"], quiet);
    execFileSync("python3", ["-m", "pip", "download", "-q", "--no-deps", "-d", "uv", `uv==${uvVersion}`], quiet);
    execFileSync(
      "sh",
      ["-c", "unzip -q -d uv uv/*.whl && mv uv/uv-*.data uv/here && chmod -R a+rX . && chmod a+x uv/here/scripts/*"],
      quiet,
    );
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

function theOne(folder: string, pattern: string): string {
  const found = execFileSync("sh", ["-c", `ls -d ${pattern}`], { cwd: folder, encoding: "utf8" }).split("\n")[0] ?? "";
  return join(folder, found);
}

/** Where a toolchain of this computer is; null where there is none. */
export function toolchain(name: "go" | "cargo" | "java" | "mvn" | "wget"): string | null {
  try {
    switch (name) {
      case "go":
        return join(output("go", ["env", "GOROOT"]), "bin/go");
      case "cargo":
        return join(output("rustc", ["--print", "sysroot"]), "bin/cargo");
      default:
        return output("sh", ["-c", `command -v ${name}`]);
    }
  } catch {
    return null;
  }
}

/** Rust's own programs, which are often in somebody's home, in a folder of their own. */
export function broughtCargo(cargo: string, into: string): BroughtTool {
  const link = `mkdir -p "$2/lib" "$2/bin"; for f in "$1"/lib/*.so* "$1/bin/cargo" "$1/bin/rustc"; do [ ! -e "$f" ] || cp -L "$f" "$2/\${f#"$1"/}"; done`;
  execFileSync("sh", ["-c", link, "sh", dirname(dirname(cargo)), into]);
  return { folder: into, program: "bin/cargo" };
}

/** Puts a tool where a local sandbox sees it: linked where the file system can, copied elsewhere. */
export function bring({ folder, program }: BroughtTool, into: string): string {
  execFileSync("sh", ["-c", `cp -rl "$1" "$2" 2>/dev/null || { rm -rf "$2"; cp -r "$1" "$2"; }; chmod -R a+rX "$2"`, "sh", folder, into]);
  return join(into, program);
}

function output(program: string, parameters: readonly string[]): string {
  return execFileSync(program, parameters, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 20_000 }).trim();
}
