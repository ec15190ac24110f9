import { execFileSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import type { SecretBinding } from "#shared/contract/vault.ts";
import { briefAllowance } from "#shared/domain/brief-allowance.ts";
import { containersOfBench, filesBelow, screensOf } from "../../testing/canary-places.ts";
import { describeWith } from "../../testing/engines.ts";
import { fakeInternetForTest } from "../../testing/fake-internet.ts";
import { ScriptedResolver } from "../../testing/scripted-egress.ts";
import { steps, TaskBench } from "../../testing/task-bench.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { formsOf } from "../redactor/secret-forms.ts";

const value = "canary-injected/+Q7-2209-abcdefgh";
const host = "echo.example.test";
const everyone = [{ repositoryId: null, agentId: null, tool: null }];
const binding: SecretBinding = { host, methods: ["POST"], paths: ["/v1"], place: { kind: "header", name: "x-api-key", prefix: "" } };

describeWith("docker", "a secret that the gateway adds to a run's request", () => {
  let bench: TaskBench | null = null;

  afterEach(async () => {
    await bench?.[Symbol.asyncDispose]();
    bench = null;
    vi.unstubAllEnvs();
  });

  test("reaches the host that it is for, which sends it back, and is nowhere else: sandbox, screens, records, log, files", async () => {
    const internet = await fakeInternetForTest();
    const logs = temporaryFolder();
    writeFileSync(join(logs, "authority.pem"), internet.authority);
    vi.stubEnv("NODE_EXTRA_CA_CERTS", join(logs, "authority.pem"));
    vi.stubEnv("GATEHOUSE_TEST_LOG", join(logs, "core.log"));
    const resolver = new ScriptedResolver();
    resolver.set(host, ["127.0.0.1"]);
    bench = await TaskBench.open("docker", {}, undefined, resolver);
    const { client, folder } = bench;
    const moments = new EventEmitter();
    const arrived = once(moments, "arrived", { signal: AbortSignal.timeout(60_000) });
    const looked = once(moments, "looked");
    internet.site(host, (request, response) => {
      moments.emit("arrived");
      const key = String(request.headers["x-api-key"]);
      void looked.then(() => response.end(`echo ${key} ${Buffer.from(key).toString("base64")} end`));
    });
    await client.vault.store({ name: "canary", note: "", value, scopes: everyone, bindings: [binding] });
    const allow = [`egress(127.0.0.1:${internet.port})`, `egress(${host})`, `secret(canary@${host})`, "shell(cat:*)"];
    await client.policy.setRules({ rules: { deny: [], allow, ask: [] } });
    const task = await bench.start(
      steps(
        { write: "post.cjs", content: post(`https://${host}:${internet.port}/v1/echo`) },
        { run: "node post.cjs" },
        { run: "cat reply.txt" },
        { say: "Done with {{secret:canary}}" },
      ),
    );
    const answered = new AbortController();
    const answers = allowAll(bench, answered.signal);
    await arrived;
    const [container = ""] = containersOfBench(folder);
    const during = insideOf(container);
    moments.emit("looked");
    await bench.until(task, "review", "stopped");
    answered.abort();
    await answers;

    expect(internet.requests.map(({ headers }) => headers["x-api-key"])).toEqual([value]);
    const timeline = await bench.timeline(task);
    const screens = await screensOf(client, task.id);
    expect(screens.join("\n")).toMatch(/echo \*+ \*+ end/);
    const ledger = await client.egress.list({ taskId: task.id });
    expect(ledger.rows).toEqual([expect.objectContaining({ host, secret: "canary", carried: "opened" })]);
    const { entries } = await client.audit.list({ limit: 500 });
    expect(entries.map(({ verb }) => verb)).toEqual(expect.arrayContaining(["secret.use", "egress.connect"]));
    const secrets = await client.vault.list({});
    expect(secrets[0]?.lastUse).toMatchObject({ taskId: task.id, tool: "egress" });
    const diff = await client.tasks.diff({ id: task.id });
    expect(diff.files.map(({ path }) => path)).toContain("reply.txt");

    const places = new Map<string, Buffer>([
      ["the sandbox while the request was under way", during],
      ["processes of this machine", execFileSync("ps", ["axeww", "-o", "args"], { maxBuffer: 64 * 1_048_576 })],
      ["answers", Buffer.from(JSON.stringify([timeline, screens, ledger, entries, secrets, diff]))],
      ...[...filesBelow(join(folder, "data")), ...filesBelow(logs)].map((path): [string, Buffer] => [path, readFileSync(path)]),
    ]);
    expect([...places.keys()].map((name) => name.split("/").at(-1))).toEqual(
      expect.arrayContaining(["gatehouse.db", "gatehouse.db-wal", "audit.jsonl", "core.log"]),
    );
    const found: string[] = [];
    for (const form of formsOf(Buffer.from(value)))
      for (const [where, content] of places) if (content.includes(form)) found.push(`${form.toString("latin1")} in ${where}`);
    expect(found).toEqual([]);
  });
});

/** A person who allows whatever is asked, as briefly as can be, until told to stop. */
async function allowAll(bench: TaskBench, signal: AbortSignal): Promise<void> {
  try {
    for await (const event of await bench.client.permissions.watch({}, { signal }))
      for (const request of event.kind === "snapshot" ? event.requests : [event.request])
        if (request.kind === "permission" && request.status.status === "pending")
          await bench.answer(request, briefAllowance(request).answer);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Arguments and environments of every process in the container, and every file there that is not older than the run. */
function insideOf(container: string): Buffer {
  const script =
    "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; find / -path /proc -prune -o -path /sys -prune -o -type f -mmin -10 -exec cat {} + 2>/dev/null; true";
  const inside = execFileSync("docker", ["exec", container, "sh", "-c", script], { maxBuffer: 256 * 1_048_576 });
  expect(inside.includes("post.cjs"), "processes of the sandbox were seen").toBe(true);
  expect(inside.includes("createConnection"), "files of the sandbox were seen").toBe(true);
  return inside;
}

/** Sends a request through the run's proxy, without any key, and keeps what comes back. */
function post(url: string): string {
  return `
const { request } = require("node:http"), https = require("node:https"), tls = require("node:tls"), fs = require("node:fs");
const url = new URL(${JSON.stringify(url)}), proxy = new URL(process.env.HTTPS_PROXY);
request({ host: proxy.hostname, port: proxy.port, method: "CONNECT", path: url.host, headers: { host: url.host } })
  .on("connect", (_response, socket) => {
    const createConnection = () => tls.connect({ socket, servername: url.hostname });
    https.request(url, { method: "POST", createConnection }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk)).on("end", () => {
        fs.writeFileSync("reply.txt", text);
        console.log(text);
        process.exit();
      });
    }).end("hello");
  })
  .end();
`;
}
