import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fakeInternetForTest } from "../../../testing/fake-internet.ts";
import { interceptedForTest } from "../../../testing/intercepted-client.ts";
import { http1 } from "../../../testing/raw-http.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { readCas, requireCaFile } from "./trusted-cas.ts";

const host = "api.example.com";

test("a server of a private authority is trusted once its file is named, and refused without it", async () => {
  const internet = await fakeInternetForTest();
  internet.site(host, (_request, response) => response.end("hello"));
  const file = join(temporaryFolder(), "company.pem");
  writeFileSync(file, `# our own\n${internet.authority}\n`);
  await requireCaFile(file, Date.now());
  for (const [files, status] of [
    [[], 502],
    [[file], 200],
    [["/nowhere.pem", file], 200],
  ] as const) {
    const run = await interceptedForTest(internet, { trustedCas: readCas(files, silentLogger()) });
    expect(await http1(await run.openTls(host), { path: "/", headers: { host } })).toMatchObject({ status });
  }
});

test("a file that is of no use as a list of authorities is refused with the reason and what to do", async () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  const sh = (script: string) => execFileSync("sh", ["-ec", script], { cwd: folder, stdio: "pipe" });
  const authority = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -subj '/CN=Our own' -days 2 -out";
  sh(`${authority} good.pem; ${authority} leaf.pem -addext basicConstraints=critical,CA:FALSE`);
  writeFileSync(at("words.pem"), "hello");
  writeFileSync(at("damaged.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  sh("cat good.pem damaged.pem > second.pem");
  mkdirSync(at("folder.pem"));
  const inThreeDays = Date.now() + 3 * 86_400_000;
  const problems: readonly (readonly [string, number, RegExp])[] = [
    ["missing.pem", Date.now(), /there is no such file/],
    ["folder.pem", Date.now(), /it is a folder/],
    ["words.pem", Date.now(), /it holds no certificate in PEM form/],
    ["damaged.pem", Date.now(), /its certificate is damaged/],
    ["second.pem", Date.now(), /certificate 2 of 2 is damaged/],
    ["leaf.pem", Date.now(), /its certificate \(CN=Our own\) is no authority's/],
    ["good.pem", inThreeDays, /\(CN=Our own\) has expired/],
    ["good.pem", 0, /is not valid yet/],
  ];
  for (const [name, now, why] of problems) {
    const checked = requireCaFile(at(name), now);
    await expect(checked, name).rejects.toMatchObject({ code: "INVALID_INPUT", remedy: expect.stringContaining("PEM file") });
    await expect(checked, name).rejects.toThrow(why);
  }
  await requireCaFile(at("good.pem"), Date.now());
  if (process.getuid?.() === 0) return;
  chmodSync(at("good.pem"), 0);
  await expect(requireCaFile(at("good.pem"), Date.now())).rejects.toThrow(/may not be read/);
});
