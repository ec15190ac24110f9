import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { FakeSite } from "./fake-internet.ts";

/** What every package here says of itself. */
export const packageWord = "forty-two";

/**
 * A host that is an npm registry, a Python index, a Go module proxy, a registry of crates and a Maven repository, with one small package
 * each. `key`: what the Authorization of each request must be; null where anybody is served.
 */
export function packageHost(origin: string, key: string | null): FakeSite {
  const files = filesAt(origin);
  return (request, response) => {
    const isServed = key === null || request.headers.authorization === key;
    const file = isServed ? files.get(decodeURIComponent(request.url.split("?")[0] ?? "")) : undefined;
    if (file === undefined) {
      response.writeHead(isServed ? 404 : 401).end();
      return;
    }
    response.writeHead(200, { "content-type": file.type, "content-length": String(file.content.length) });
    if (request.method === "HEAD") response.end();
    else response.end(file.content);
  };
}

interface Served {
  readonly type: string;
  readonly content: Buffer;
}

function filesAt(origin: string): ReadonlyMap<string, Served> {
  const files = new Map<string, Served>();
  const put = (path: string, content: Buffer | string, type = "application/octet-stream") =>
    files.set(path, { type, content: typeof content === "string" ? Buffer.from(content) : content });
  put("/hello", packageWord, "text/plain");
  put("/module.ts", `console.log("${packageWord}");\n`, "application/typescript");

  const npm = npmTarball();
  put("/tiny-thing", JSON.stringify(packument(origin, npm)), "application/json");
  put("/tiny-thing/-/tiny-thing-1.0.0.tgz", npm);

  const wheel = "tiny_wheel-1.0-py3-none-any.whl";
  put("/simple/tiny-wheel/", `<a href="/${wheel}">${wheel}</a>`, "text/html");
  put(`/${wheel}`, tinyWheel());

  const go = "/go/example.test/tiny/@v/v1.0.0";
  const goModule = "module example.test/tiny\n\ngo 1.19\n";
  const inGo = (name: string) => `example.test/tiny@v1.0.0/${name}`;
  put("/go/example.test/tiny/@v/list", "v1.0.0\n", "text/plain");
  put(`${go}.info`, JSON.stringify({ Version: "v1.0.0", Time: "2026-01-01T00:00:00Z" }), "application/json");
  put(`${go}.mod`, goModule, "text/plain");
  put(`${go}.zip`, storedZip({ [inGo("go.mod")]: goModule, [inGo("tiny.go")]: `package tiny\n\nconst Word = "${packageWord}"\n` }));

  const crate = tarball("tiny-thing-1.0.0", {
    "Cargo.toml": '[package]\nname = "tiny-thing"\nversion = "1.0.0"\nedition = "2021"\n',
    "src/lib.rs": `pub const WORD: &str = "${packageWord}";\n`,
  });
  const cksum = createHash("sha256").update(crate).digest("hex");
  put("/crates/config.json", JSON.stringify({ dl: `${origin}/crate-files/{crate}-{version}` }), "application/json");
  put("/crates/ti/ny/tiny-thing", JSON.stringify({ name: "tiny-thing", vers: "1.0.0", deps: [], cksum, features: {}, yanked: false }));
  put("/crate-files/tiny-thing-1.0.0", crate);

  const maven = "/maven/test/example/tiny/1.0/tiny-1.0";
  const pom =
    "<project><modelVersion>4.0.0</modelVersion><groupId>test.example</groupId><artifactId>tiny</artifactId><version>1.0</version>";
  const parent = Buffer.from(`${pom}<packaging>pom</packaging><name>${packageWord}</name></project>`);
  put(`${maven}.pom`, parent);
  put(`${maven}.pom.sha1`, createHash("sha1").update(parent).digest("hex"));
  return files;
}

/** A package of npm's that exports the word. */
export function npmTarball(): Buffer {
  return tarball("package", {
    "package.json": JSON.stringify({ name: "tiny-thing", version: "1.0.0", main: "index.js" }),
    "index.js": `module.exports = "${packageWord}";\n`,
  });
}

function packument(origin: string, content: Buffer) {
  const dist = {
    tarball: `${origin}/tiny-thing/-/tiny-thing-1.0.0.tgz`,
    integrity: `sha512-${createHash("sha512").update(content).digest("base64")}`,
    shasum: createHash("sha1").update(content).digest("hex"),
  };
  const version = { name: "tiny-thing", version: "1.0.0", main: "index.js", dist };
  return {
    name: "tiny-thing",
    "dist-tags": { latest: "1.0.0" },
    versions: { "1.0.0": version },
    time: { "1.0.0": "2026-01-01T00:00:00Z" },
  };
}

/** A wheel whose module has the word. */
export function tinyWheel(): Buffer {
  return storedZip({
    "tiny_wheel.py": `word = "${packageWord}"\n`,
    "tiny_wheel-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny-wheel\nVersion: 1.0\n",
    "tiny_wheel-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "tiny_wheel-1.0.dist-info/RECORD": "",
  });
}

function tarball(folder: string, files: Readonly<Record<string, string>>): Buffer {
  const at = mkdtempSync(join(tmpdir(), "gatehouse-package-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(at, folder, name, ".."), { recursive: true });
      writeFileSync(join(at, folder, name), text);
    }
    execFileSync("tar", ["czf", "package.tgz", folder], { cwd: at });
    return readFileSync(join(at, "package.tgz"));
  } finally {
    rmSync(at, { recursive: true, force: true });
  }
}

/** A ZIP file without compression (APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16). */
export function storedZip(files: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(content.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), fields, Buffer.from(name), content]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), fields, rest, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(locals.length, 4);
  end.writeUInt16LE(locals.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, directory, Buffer.from("PK\x05\x06"), end]);
}
