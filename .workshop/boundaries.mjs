// Dependency direction: which room may import what. Type imports count, dynamic imports count.
import { readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { builtinModules } from "node:module";
import { dirname, join, normalize } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";

const root = fileURLToPath(new URL("..", import.meta.url));
const core = "electron/core";

/**
 * Rooms, most specific first. `rooms`: path prefixes that may be imported besides the room itself.
 * `packages`: null for any npm package (see `packageHomes`), else the only ones. `node`: whether Node's
 * own modules may be used.
 */
export const rooms = [
  { at: "shared/contract", rooms: [], packages: ["zod", "@orpc/contract"], node: false },
  { at: "shared/domain", rooms: ["shared/contract"], packages: ["zod"], node: false },
  { at: `${core}/kernel`, rooms: ["shared"], packages: null, node: true },
  { at: `${core}/storage`, rooms: ["shared", `${core}/kernel`], packages: null, node: true },
  { at: `${core}/settings`, rooms: ["shared", `${core}/kernel`, `${core}/storage`], packages: null, node: true },
  { at: `${core}/audit`, rooms: ["shared", `${core}/kernel`, `${core}/storage`], packages: null, node: true },
  {
    at: `${core}/vault`,
    rooms: ["shared", `${core}/kernel`, `${core}/storage`, `${core}/ports.ts`, `${core}/runtime-files.ts`],
    packages: null,
    node: true,
  },
  { at: `${core}/keychain`, rooms: ["shared", `${core}/kernel`, `${core}/ports.ts`], packages: null, node: true },
  { at: `${core}/logs`, rooms: ["shared", `${core}/kernel`], packages: null, node: true },
  { at: `${core}/redactor`, rooms: ["shared", `${core}/kernel`, `${core}/sandbox/driver.ts`], packages: null, node: true },
  {
    at: `${core}/unlock`,
    rooms: ["shared", `${core}/kernel`, `${core}/vault`, `${core}/audit`, `${core}/ports.ts`, `${core}/runtime-files.ts`],
    packages: null,
    node: true,
  },
  { at: `${core}/policy`, rooms: ["shared"], packages: null, node: true },
  {
    at: `${core}/permissions`,
    rooms: ["shared", `${core}/kernel`, `${core}/storage`, `${core}/policy`, `${core}/audit`],
    packages: null,
    node: true,
  },
  {
    at: `${core}/rules`,
    rooms: ["shared", `${core}/kernel`, `${core}/storage`, `${core}/policy`, `${core}/audit`],
    packages: null,
    node: true,
  },
  {
    at: `${core}/secrets`,
    rooms: [
      ...["shared", `${core}/kernel`, `${core}/vault`, `${core}/redactor`],
      ...[`${core}/policy`, `${core}/permissions`, `${core}/audit`, `${core}/sandbox/driver.ts`],
    ],
    packages: null,
    node: true,
  },
  {
    at: `${core}/repository-settings`,
    rooms: ["shared", `${core}/kernel`, `${core}/storage`, `${core}/policy`, `${core}/audit`],
    packages: null,
    node: true,
  },
  {
    at: `${core}/gateway/models`,
    rooms: ["shared", `${core}/kernel`, `${core}/storage`, `${core}/policy`, `${core}/audit`, `${core}/gateway/network-fault.ts`],
    packages: null,
    node: true,
  },
  { at: `${core}/taint`, rooms: ["shared", `${core}/kernel`, `${core}/storage`, `${core}/audit`], packages: null, node: true },
  {
    at: `${core}/mcp`,
    rooms: [
      ...["shared", `${core}/kernel`, `${core}/storage`, `${core}/sandbox/driver.ts`],
      ...[`${core}/agents/line-reader.ts`, `${core}/agents/output-tail.ts`, `${core}/agents/packages`],
    ],
    packages: null,
    node: true,
  },
  { at: `${core}/sandbox`, rooms: ["shared", `${core}/kernel`, `${core}/runtime-files.ts`], packages: null, node: true },
  {
    at: `${core}/repositories`,
    rooms: ["shared", `${core}/kernel`, `${core}/storage`, `${core}/sandbox/driver.ts`, `${core}/runtime-files.ts`],
    packages: null,
    node: true,
  },
  { at: `${core}/terminal`, rooms: ["shared", `${core}/kernel`, `${core}/sandbox/driver.ts`], packages: null, node: true },
  {
    at: `${core}/agents/profiles`,
    rooms: ["shared", `${core}/kernel`, `${core}/storage`, `${core}/agents/agent-profile.ts`],
    packages: null,
    node: true,
  },
  {
    at: `${core}/agents`,
    rooms: [
      ...["shared", `${core}/kernel`, `${core}/sandbox/driver.ts`, `${core}/sandbox/mark-search.ts`],
      ...[`${core}/terminal/terminals.ts`, `${core}/runtime-files.ts`],
    ],
    packages: null,
    node: true,
  },
  {
    at: `${core}/gateway`,
    rooms: ["shared", core],
    except: [`${core}/rpc`, `${core}/compose`, `${core}/unlock`, `${core}/tasks`],
    packages: null,
    node: true,
  },
  {
    at: `${core}/tasks`,
    rooms: ["shared", core],
    except: [`${core}/rpc`, `${core}/compose`, `${core}/unlock`, `${core}/vault`],
    packages: null,
    node: true,
  },
  {
    at: `${core}/retention`,
    rooms: ["shared", `${core}/kernel`, `${core}/storage`, `${core}/audit`, `${core}/sandbox/driver.ts`, `${core}/tasks/task-store.ts`],
    packages: null,
    node: true,
  },
  { at: `${core}/rpc`, rooms: ["shared", core], packages: null, node: true },
  { at: core, rooms: ["shared"], packages: null, node: true },
  { at: "electron/host-electron", rooms: ["shared", core], packages: null, node: true },
  { at: "electron/host-web", rooms: ["shared", core], packages: null, node: true },
  { at: "electron/cli", rooms: ["shared", core], packages: null, node: true },
  { at: "electron/testing", rooms: ["shared", core], packages: null, node: true },
  { at: "renderer/ui", rooms: ["shared"], packages: null, node: false },
  { at: "renderer/rpc", rooms: ["shared"], packages: null, node: false },
  { at: "renderer/testing", rooms: ["shared", "renderer"], packages: null, node: false },
  { at: "renderer/features/*", rooms: ["shared", "renderer/ui", "renderer/rpc"], packages: null, node: false },
  { at: "renderer", rooms: ["shared"], except: ["renderer/testing"], packages: null, node: false },
  { at: "e2e", rooms: ["shared", "electron/testing", "e2e"], packages: null, node: true },
  { at: ".workshop", rooms: [".workshop"], packages: null, node: true },
];

/** Packages that have one home each. */
const packageHomes = {
  electron: ["electron/host-electron", "e2e", ".workshop"],
  libsql: [`${core}/storage`],
  keytar: [`${core}/keychain`],
  otplib: [`${core}/unlock`],
  uqr: [`${core}/unlock`],
  "@simplewebauthn/server": [`${core}/unlock`],
  "@simplewebauthn/browser": ["renderer/rpc"],
  "@zxcvbn-ts/core": [`${core}/unlock`],
  dockerode: [`${core}/sandbox/docker`],
  "@anthropic-ai/sandbox-runtime": [`${core}/sandbox/local`],
  "@agentclientprotocol/sdk": [`${core}/agents`],
  unbash: [`${core}/policy`],
  pino: [`${core}/kernel`],
  uplot: ["renderer/features/audit"],
  ws: ["electron/host-web", "e2e", "*.test.*"],
  react: ["renderer"],
  zustand: ["renderer"],
  vitest: [
    "*.test.*",
    "electron/testing",
    `${core}/sandbox/contract`,
    `${core}/sandbox/driver-contract.ts`,
    "renderer/testing",
    ".workshop",
    "e2e",
  ],
  "playwright-core": ["e2e", "*.test.*"],
  "axe-core": ["e2e"],
};
/** Where a room lists no store and no calls. */
const packageBans = { "renderer/ui": ["zustand", "@orpc/client", "@tanstack/react-query", "@tanstack/react-router"] };

export function violations(files) {
  const found = [];
  for (const [path, source] of files) {
    const room = roomOf(path);
    const isTest = /\.(test|bench)\.tsx?$/.test(path);
    for (const specifier of importsOf(path, source)) {
      const problem = judge(path, room, isTest, specifier);
      if (problem !== null) found.push(`${path}: ${problem}`);
    }
  }
  return found;
}

function judge(path, room, isTest, specifier) {
  if (room === undefined) return `is in no room; add one to .workshop/boundaries.mjs`;
  if (specifier.startsWith("node:") || builtinModules.includes(specifier)) {
    return room.node || isTest ? null : `may not use Node's '${specifier}'`;
  }
  const target = specifier.startsWith("#shared/")
    ? specifier.slice(1)
    : specifier.startsWith(".")
      ? normalize(join(dirname(path), specifier))
      : null;
  if (target === null) return judgePackage(path, room, packageName(specifier));
  if (target.startsWith("electron/testing") && !isTest && room.at !== "electron/testing" && room.at !== "e2e")
    return `imports test code '${target}'`;
  if (
    isTest &&
    (target.startsWith("electron/") ||
      target.startsWith("shared/") ||
      target.startsWith(".workshop/") ||
      target.startsWith("renderer/testing/"))
  )
    return null;
  const own = room.home(path);
  if (target.startsWith(`${own}/`) && !(room.except ?? []).some((banned) => inside(target, banned))) return null;
  const isAllowed = room.rooms.some((allowed) => inside(target, allowed)) && !(room.except ?? []).some((banned) => inside(target, banned));
  return isAllowed ? null : `may not import '${target}'`;
}

function judgePackage(path, room, name) {
  const homes = packageHomes[name];
  if (homes !== undefined && !homes.some((home) => (home.startsWith("*") ? /\.test\.tsx?$/.test(path) : inside(path, home)))) {
    return `may not import '${name}'; its home is ${homes.join(", ")}`;
  }
  if (room.packages !== null && !room.packages.includes(name) && !/\.test\.tsx?$/.test(path)) return `may not import '${name}'`;
  if ((packageBans[room.at] ?? []).includes(name)) return `may not import '${name}'`;
  return null;
}

function inside(path, place) {
  return path === place || path.startsWith(`${place}/`) || (place.includes("/compose") && path.startsWith(place));
}

function packageName(specifier) {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function roomOf(path) {
  for (const room of rooms) {
    const prefix = room.at.replace("/*", "");
    if (!path.startsWith(`${prefix}/`)) continue;
    const depth = prefix.split("/").length + (room.at.endsWith("/*") ? 1 : 0);
    return { ...room, home: (file) => file.split("/").slice(0, depth).join("/") };
  }
  return undefined;
}

function importsOf(path, source) {
  const { module } = parseSync(path, source);
  const fixed = [
    ...module.staticImports,
    ...module.staticExports.flatMap((one) => one.entries.filter((entry) => entry.moduleRequest !== null)),
  ].map((one) => one.moduleRequest.value);
  const dynamic = module.dynamicImports
    .map((one) => source.slice(one.moduleRequest.start, one.moduleRequest.end))
    .filter((text) => /^["'`]/.test(text));
  return [...new Set([...fixed, ...dynamic.map((text) => text.slice(1, -1))])];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "--", "electron", "renderer", "shared", "e2e"], {
    cwd: root,
    encoding: "utf8",
  });
  const paths = listed.split("\n").filter((path) => /\.(ts|tsx|mts)$/.test(path));
  const found = violations(
    paths.flatMap((path) => {
      try {
        return [[path, readFileSync(join(root, path), "utf8")]];
      } catch {
        return [];
      }
    }),
  );
  for (const line of found) console.error(line);
  process.exitCode = found.length > 0 ? 1 : 0;
}
