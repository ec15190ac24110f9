import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { addressInWords, engineAddresses } from "./engine-address.ts";

test.each([
  ["unix:///run/x.sock", "unix:///run/x.sock"],
  ["tcp://10.0.0.1:2375", "tcp://10.0.0.1:2375"],
  ["tcp://10.0.0.1", "tcp://10.0.0.1:2375"],
  ["https://10.0.0.1", "tcp://10.0.0.1:2376 (TLS)"],
  ["10.0.0.1:4000", "tcp://10.0.0.1:4000"],
  ["ssh://me@builder", "ssh://me@builder"],
  ["ssh://builder:2222", "ssh://builder:2222"],
])("DOCKER_HOST=%s is %s, and nothing else is tried", (host, words) => {
  expect(found({ DOCKER_HOST: host }, temporaryFolder())).toEqual([words]);
});

test.each(["ssh://-oProxyCommand=evil/", "ftp://x", "tcp://[", "nonsense://"])("DOCKER_HOST=%s is no address", (host) => {
  expect(found({ DOCKER_HOST: host }, temporaryFolder())).toEqual([]);
});

test("DOCKER_TLS_VERIFY and DOCKER_CERT_PATH make it a verified connection with those files", () => {
  const folder = temporaryFolder();
  for (const name of ["ca.pem", "cert.pem", "key.pem"]) writeFileSync(join(folder, name), name);
  const [address] = engineAddresses({ DOCKER_HOST: "tcp://far:2376", DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: "1" }, folder);
  expect(address).toMatchObject({
    tls: { ca: join(folder, "ca.pem"), cert: join(folder, "cert.pem"), key: join(folder, "key.pem"), verify: true },
  });
});

test("the current context comes before the usual sockets", () => {
  const home = temporaryFolder();
  context(home, "colima", "unix:///somewhere/colima.sock");
  writeFileSync(join(home, ".docker/config.json"), JSON.stringify({ currentContext: "colima" }));
  expect(found({}, home)[0]).toBe("unix:///somewhere/colima.sock");
});

test("a context that is ordered is the only one", () => {
  const home = temporaryFolder();
  context(home, "far", "ssh://me@far");
  expect(found({ DOCKER_CONTEXT: "far" }, home)).toEqual(["ssh://me@far"]);
  expect(found({ DOCKER_CONTEXT: "unknown" }, home)).toEqual([]);
});

test("a context brings its TLS files along", () => {
  const home = temporaryFolder();
  const id = context(home, "secure", "tcp://far:2376");
  const tls = join(home, ".docker/contexts/tls", id, "docker");
  mkdirSync(tls, { recursive: true });
  writeFileSync(join(tls, "ca.pem"), "ca");
  const [address] = engineAddresses({ DOCKER_CONTEXT: "secure" }, home);
  expect(address).toMatchObject({ kind: "tcp", tls: { ca: join(tls, "ca.pem"), cert: null, verify: true } });
});

test("a configuration that is damaged is passed over", () => {
  const home = temporaryFolder();
  mkdirSync(join(home, ".docker"));
  writeFileSync(join(home, ".docker/config.json"), "{ not json");
  expect(() => found({}, home)).not.toThrow();
});

test("the sockets of rootless engines and of Podman are found where they are", async () => {
  const [home, runtime] = [temporaryFolder(), temporaryFolder()];
  mkdirSync(join(runtime, "podman"));
  const paths = [join(runtime, "docker.sock"), join(runtime, "podman/podman.sock")];
  for (const path of paths) {
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(path, resolve));
    onTestFinished(() => void server.close());
  }
  const words = found({ XDG_RUNTIME_DIR: runtime }, home);
  for (const path of paths) expect(words).toContain(`unix://${path}`);
});

function found(environment: Readonly<Record<string, string>>, home: string): readonly string[] {
  return engineAddresses(environment, home).map(addressInWords);
}

function context(home: string, name: string, host: string): string {
  const id = createHash("sha256").update(name).digest("hex");
  const folder = join(home, ".docker/contexts/meta", id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "meta.json"),
    JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker: { Host: host, SkipTLSVerify: false } } }),
  );
  return id;
}
