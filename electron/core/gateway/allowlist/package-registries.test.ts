import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { readRegistries } from "./package-registries.ts";

test("registries come from the person's own files and environment, as rules that name host and port", async () => {
  const home = temporaryFolder();
  for (const folder of [".cargo", ".config/pip", ".config/go"]) mkdirSync(join(home, folder), { recursive: true });
  writeFileSync(
    join(home, ".npmrc"),
    "registry=https://npm.corp.example/\n@team:registry = http://team.corp.example:8081/npm/\n//npm.corp.example/:_authToken=x\n",
  );
  writeFileSync(join(home, ".config/pip/pip.conf"), "[global]\nindex-url = https://PyPI.corp.example./simple\n");
  writeFileSync(join(home, ".cargo/config.toml"), '[source.mirror]\nregistry = "sparse+https://crates.corp.example/index/"\n');
  writeFileSync(join(home, ".config/go/env"), "GOPROXY=https://go.corp.example,direct\n");
  const found = await readRegistries({
    home,
    environment: { PIP_EXTRA_INDEX_URL: "https://extra.corp.example:8443/simple" },
    asksTools: false,
  });
  const rules = Object.fromEntries(found.map(({ tool, rules }) => [tool, rules]));
  expect(rules).toMatchObject({
    npm: ["egress(npm.corp.example:443)", "egress(team.corp.example:8081)"],
    pip: ["egress(pypi.corp.example:443)", "egress(extra.corp.example:8443)"],
    cargo: ["egress(crates.corp.example:443)"],
    go: ["egress(go.corp.example:443)"],
  });
});

test("what is no address of the web is not offered, and nobody's default is made up", async () => {
  const home = temporaryFolder();
  writeFileSync(join(home, ".npmrc"), "registry=file:///tmp/x\nregistry=https://a b/\nregistry=https://0x7f.1/\n");
  const found = await readRegistries({ home, environment: { GOPROXY: "off" }, asksTools: false });
  expect(found.filter(({ tool }) => tool !== "apt").flatMap(({ rules }) => rules)).toEqual(["egress(127.0.0.1:443)"]);
});
