import { text } from "node:stream/consumers";
import * as z from "zod";
import { UserError } from "../../kernel/errors.ts";
import type { Sandbox, SandboxPlatform } from "../../sandbox/driver.ts";

const word = z.string().max(100);

/** The Python that packages are chosen for: what it says of itself decides which dependencies and wheels fit (PEP 508, PEP 600). */
export const PythonTarget = z.object({
  os: z.enum(["linux", "darwin"]),
  arch: z.enum(["x64", "arm64"]),
  /** Major and minor version: wheels with machine code fit one alone. */
  python: z.string().regex(/^3\.\d{1,2}$/),
  /** Of glibc; null where it has none. */
  glibc: z
    .string()
    .regex(/^2\.\d{1,3}$/)
    .nullable(),
  /** Values of the environment markers (PEP 508). */
  markers: z.record(z.string().regex(/^[a-z_]{1,40}$/), word),
});
export type PythonTarget = z.infer<typeof PythonTarget>;

const Told = z.object({ markers: PythonTarget.shape.markers, libc: z.tuple([word, word]), mac: word });

/** Of the standard library alone, without what is installed beside it. */
const question = `
import json, os, platform, sys
version = sys.implementation.version
print(json.dumps({
  "markers": {
    "implementation_name": sys.implementation.name,
    "implementation_version": "%d.%d.%d" % version[:3],
    "os_name": os.name,
    "platform_machine": platform.machine(),
    "platform_python_implementation": platform.python_implementation(),
    "platform_release": "",
    "platform_system": platform.system(),
    "platform_version": "",
    "python_full_version": platform.python_version(),
    "python_version": "%d.%d" % sys.version_info[:2],
    "sys_platform": sys.platform,
  },
  "libc": platform.libc_ver(),
  "mac": platform.mac_ver()[0],
}))
`;

/** How Python is started without anything that packages could bring along: no variables, no user's folder, no `site` and so no `.pth` file. */
export const barePython = ["python3", "-I", "-S", "-B", "-X", "utf8"] as const;

/** Asks the Python of a sandbox what it is. ENGINE_UNREACHABLE where it has none that serves. */
export async function askForPython(
  sandbox: Pick<Sandbox, "exec" | "home">,
  platform: SandboxPlatform,
  signal: AbortSignal,
): Promise<PythonTarget> {
  const process = await sandbox.exec({ argv: [...barePython, "-c", question], cwd: sandbox.home }, signal);
  process.stdin.end();
  process.stderr.resume();
  const [out, { code }] = await Promise.all([text(process.stdout), process.exited]);
  const told = code === 0 ? Told.safeParse(parse(out.slice(0, 10_000))) : null;
  const target = told?.success === true ? targetOf(told.data, platform) : null;
  if (target !== null) return target;
  throw new UserError(
    "ENGINE_UNREACHABLE",
    "The sandbox has no CPython 3 that Python packages could be chosen for.",
    "Let the sandbox's image hold Python 3 (for the local sandbox: install python3 on this computer), then try again.",
  );
}

function targetOf({ markers, libc, mac }: z.infer<typeof Told>, { os, arch }: SandboxPlatform): PythonTarget | null {
  if (markers["implementation_name"] !== "cpython" || (os === "linux" && libc[0] !== "glibc")) return null;
  const glibc = os === "linux" ? libc[1] : null;
  const read = PythonTarget.safeParse({ os, arch, python: markers["python_version"], glibc, markers: { ...markers, mac_version: mac } });
  return read.success ? read.data : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Tags of the platforms whose wheels run there, as pip takes them (PEP 425, PEP 600), the newest first. */
export function platformTags({ os, arch, glibc, markers }: PythonTarget): readonly string[] {
  if (os === "darwin") {
    const [major = "11", minor = "0"] = (markers["mac_version"] ?? "").split(".");
    return [`macosx_${major}_${Number(major) > 10 ? "0" : minor}_${arch === "arm64" ? "arm64" : "x86_64"}`];
  }
  const machine = arch === "arm64" ? "aarch64" : "x86_64";
  const newest = Number((glibc ?? "2.17").split(".")[1]);
  const named: Readonly<Record<number, string>> = { 17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1" };
  const oldest = arch === "arm64" ? 17 : 5;
  const tags: string[] = [];
  for (let minor = newest; minor >= oldest; minor -= 1)
    tags.push(`manylinux_2_${minor}_${machine}`, ...(named[minor] === undefined ? [] : [`${named[minor]}_${machine}`]));
  return [...tags, `linux_${machine}`];
}
