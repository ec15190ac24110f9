import { createServer, get } from "node:http";
import { type AddressInfo, connect, createServer as createTcp, type Server } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { RunId, TaskId } from "#shared/contract/ids.ts";
import { fixtureKey } from "../../../testing/fixture-database.ts";
import { freeMeter } from "../../../testing/intercepted-client.ts";
import { ScriptedEgressHost } from "../../../testing/scripted-egress.ts";
import { testOnSmallDisk } from "../../../testing/small-disk.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { openAuditLog } from "../../audit/open-audit-log.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { openDatabase } from "../../storage/open-database.ts";
import { EgressGate } from "./egress-gate.ts";
import { EgressLedger } from "./ledger.ts";
import { PlainProxy } from "./plain-proxy.ts";

const ids = { taskId: TaskId.parse("t-aaaaaa"), runId: RunId.parse("run-aaaaaa") };

testOnSmallDisk(
  "while the audit log's disk is full no connection is made, and the run is told why; with space they go on",
  1_024,
  async (disk) => {
    const { proxy, origin, host, gate, audit, dialled, rows } = await setUp(disk.folder);
    const url = `http://files.test:${origin}/hello`;
    expect(await fetchThrough(proxy, url)).toBe("200 hello");

    const filler = disk.fill();
    // The last page of the log's file still takes a few entries.
    await expect
      .poll(async () => await fetchThrough(proxy, url), { timeout: 10_000 })
      .toContain("503 Gatehouse did not let this connection out.");
    const before = dialled();
    for (const _time of [1, 2, 3])
      expect(await fetchThrough(proxy, url)).toBe("503 Gatehouse did not let this connection out. Gatehouse could not put it on record.\n");
    const wanted = { host: "files.test", port: 443, method: null, path: null, program: null, carried: "tunnelled" as const };
    expect(await gate.admit(wanted, new AbortController().signal)).toMatchObject({ kind: "refused", status: 503 });
    expect(dialled(), "nothing was even dialled").toBe(before);
    expect(host.failures.length).toBeGreaterThanOrEqual(5);
    for (const failure of host.failures) expect(failure).toMatchObject({ code: "DISK_FULL", remedy: expect.stringContaining("space") });
    expect(
      rows()
        .slice(0, 4)
        .map(({ status, why }) => [status, why]),
    ).toEqual(Array.from({ length: 4 }, () => ["refused", "Gatehouse could not put it on record."]));

    filler[Symbol.dispose]();
    expect(await fetchThrough(proxy, url)).toBe("200 hello");
    await gate.settled();
    expect((await audit.verify()).result).toBe("intact");
    await audit.close();
  },
);

async function setUp(auditFolder: string) {
  const clock = systemClock;
  const logger = silentLogger();
  const audit = await openAuditLog({ folder: auditFolder, clock, logger });
  const database = openDatabase({ file: join(temporaryFolder(), "a.db"), key: fixtureKey(), clock, logger });
  onTestFinished(() => database.close());
  const ledger = new EgressLedger({ database, clock, logger });
  onTestFinished(() => ledger.flush());
  const host = new ScriptedEgressHost();
  host.allow("egress(files.test)");
  const ending = new AbortController();
  const gate = new EgressGate({ ...ids, host, ledger, audit, clock, logger }, ending.signal);
  const origin = await listening(createServer((_request, response) => response.end("hello")));
  let count = 0;
  const plain = new PlainProxy({
    admit: async (wanted, signal) => await gate.admit(wanted, signal),
    refuse: (what, why) => gate.refuse(what, why),
    dial: async () => {
      count += 1;
      return connect({ port: origin, host: "127.0.0.1" });
    },
    meter: freeMeter,
    programOf: () => null,
    onConnect: (client) => void client.destroy(),
    credentialProblem: () => null,
    count: async () => ({ kind: "ready", tap: null, done: () => {} }),
  });
  onTestFinished(() => plain.close());
  const proxy = await listening(createTcp((socket) => plain.serve(socket)));
  const rows = () => ledger.list({ taskId: ids.taskId, before: null, limit: 50, text: null, status: null, runId: null }).rows;
  return { proxy, origin, host, gate, audit, dialled: () => count, rows };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return address.port;
}

async function fetchThrough(proxy: number, url: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port: proxy, path: url, headers: { host: new URL(url).host }, agent: false }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString())).on("end", () => resolve(`${response.statusCode} ${body}`));
    }).once("error", reject);
  });
}
