import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import type { SecretPlace } from "#shared/contract/vault.ts";
import { fakeInternetForTest } from "../../../testing/fake-internet.ts";
import { type Intercepted, interceptedForTest } from "../../../testing/intercepted-client.ts";
import { answerOf, http1, http2, http2Session, sendHttp1 } from "../../../testing/raw-http.ts";

const value = "sk-ant-api03-0123456789-canary-abcdefghij";
const host = "api.example.com";
const header: SecretPlace = { kind: "header", name: "x-api-key", prefix: "" };

async function setUp(place: SecretPlace = header, options: Parameters<typeof interceptedForTest>[1] = {}, secret = value) {
  const internet = await fakeInternetForTest();
  return { internet, run: await interceptedForTest(internet, { inject: { name: "key", value: secret, place }, ...options }) };
}

async function responseOf(sent: ClientRequest): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => sent.once("response", resolve).once("error", reject));
}

async function overBoth(
  run: Intercepted,
  method: string,
  path: string,
  body: string | Buffer | null,
  headers: Record<string, string> = {},
) {
  const one = await http1(await run.openTls(host), { method, path, headers: { host, ...headers } }, body);
  const session = http2Session(await run.openTls(host, { ALPNProtocols: ["h2"] }), host);
  const two = await http2(session, { ":method": method, ":path": path, ...headers }, body);
  session.destroy();
  return [one, two];
}

test("server-sent events arrive as they are sent, 200 at once, and what is held back does not wait for the next", async () => {
  const { run, internet } = await setUp();
  internet.site(host, (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: sk-");
    setTimeout(() => response.write("\n\ndata: two\n\n"), 300);
    setTimeout(() => response.end("data: three\n\n"), 600);
  });
  const session = http2Session(await run.openTls(host, { ALPNProtocols: ["h2"] }), host);
  const firsts: number[] = [];
  const begun = performance.now();
  const all = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const stream = session.request({ ":path": "/", ":method": "GET" });
      const chunks: string[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
      stream.once("data", () => firsts.push(performance.now() - begun));
      await once(stream, "end");
      return chunks.join("");
    }),
  );
  expect(new Set(all)).toEqual(new Set(["data: sk-\n\ndata: two\n\ndata: three\n\n"]));
  expect(firsts).toHaveLength(200);
  session.destroy();
});

test("a large upload and a large download arrive whole, and a slow reader holds its sender up", async () => {
  const { run, internet } = await setUp();
  const body = randomBytes(8 * 1_048_576);
  const sum = createHash("sha256").update(body).digest("hex");
  let given = 0;
  internet.site(host, (request, response) => {
    if (request.method === "POST") {
      const hash = createHash("sha256");
      request.on("data", (chunk: Buffer) => hash.update(chunk)).on("end", () => response.end(hash.digest("hex")));
      return;
    }
    const chunk = Buffer.alloc(65_536, "x");
    const more = () => {
      while (given++ < 1_000) if (!response.write(chunk)) break;
      if (given < 1_000) response.once("drain", more);
      else response.end();
    };
    more();
  });
  for (const answer of await overBoth(run, "POST", "/", body)) expect(answer.body).toBe(sum);
  const sent = sendHttp1(await run.openTls(host), { path: "/", headers: { host } });
  sent.end();
  const received = await responseOf(sent);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(given).toBeLessThan(400);
  let got = 0;
  received.on("data", (chunk: Buffer) => (got += chunk.length));
  await once(received, "end");
  expect(got).toBe(65_536_000);
});

test("HEAD, 204 and 304 have no body, and a response keeps its length where it can", async () => {
  const { run, internet } = await setUp();
  internet.site(host, (request, response) => {
    if (request.url === "/204") response.writeHead(204).end();
    else if (request.url === "/304") response.writeHead(304, { etag: '"a"' }).end();
    else response.writeHead(200, { "content-length": "5" }).end("hello");
  });
  for (const answer of await overBoth(run, "HEAD", "/", null))
    expect(answer).toMatchObject({ status: 200, body: "", headers: { "content-length": "5" } });
  for (const answer of await overBoth(run, "GET", "/", null))
    expect(answer).toMatchObject({ status: 200, body: "hello", headers: { "content-length": "5" } });
  for (const answer of await overBoth(run, "GET", "/204", null)) expect(answer).toMatchObject({ status: 204, body: "" });
  for (const answer of await overBoth(run, "GET", "/304", null))
    expect(answer).toMatchObject({ status: 304, body: "", headers: { etag: '"a"' } });
  expect(run.outcomes.every(({ failure }) => failure === null)).toBe(true);
});

test("a client that waits with its body is told to go on once the request is allowed, and not when it is refused", async () => {
  let isAllowed = true;
  const { run, internet } = await setUp(header, {
    decide: () => (isAllowed ? null : { kind: "refused", status: 403, why: "No rule allows it." }),
  });
  internet.site(host, (request, response) => request.pipe(response));
  const ask = async () => {
    const sent = sendHttp1(await run.openTls(host), {
      method: "PUT",
      path: "/",
      headers: { host, expect: "100-continue", "content-length": "4" },
    });
    let continued = false;
    sent.once("continue", () => {
      continued = true;
      sent.end("body");
    });
    sent.flushHeaders();
    return { ...(await answerOf(sent)), continued };
  };
  expect(await ask()).toMatchObject({ status: 200, body: "body", continued: true });
  isAllowed = false;
  expect(await ask()).toMatchObject({ status: 403, body: "Gatehouse: No rule allows it.\n", continued: false });
  expect(internet.requests).toHaveLength(1);
});

test("a value goes into one field of a JSON body, and all else in it stays as it was", async () => {
  const { run, internet } = await setUp({ kind: "field", pointer: "/auth/api~1key" });
  let got = "";
  internet.site(host, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => response.end((got = Buffer.concat(chunks).toString())));
  });
  const json = { "content-type": "application/json" };
  for (const answer of await overBoth(run, "POST", "/", '{"n":12345678901234567890, "auth" : {"api/key":"own","x":1.0}}', json)) {
    expect(got).toBe(`{"n":12345678901234567890, "auth" : {"api/key":"${value}","x":1.0}}`);
    expect(answer.body).toBe(`{"n":12345678901234567890, "auth" : {"api/key":"${"*".repeat(value.length)}","x":1.0}}`);
  }
  const before = internet.requests.length;
  for (const [body, type] of [
    ["{}", "application/json"],
    ['{"auth":[]}', "application/json"],
    ['{"auth":{"api/key":"a","api/key":"b"}}', "application/json"],
    ["{", "application/json"],
    ['{"auth":{}}', "text/plain"],
    ["", "application/json"],
  ] as const)
    expect((await overBoth(run, "POST", "/", body, { "content-type": type })).map(({ status }) => status)).toEqual([400, 400]);
  expect((await overBoth(run, "POST", "/", Buffer.alloc(9 * 1_048_576), json)).map(({ status }) => status)).toEqual([413, 413]);
  expect(internet.requests).toHaveLength(before);
});

test("the password of basic authentication, and a prefix before the value", async () => {
  const basic = await setUp({ kind: "basic", user: "x-access-token" });
  basic.internet.site(host, (request, response) => response.end(String(request.headers["authorization"])));
  for (const answer of await overBoth(basic.run, "GET", "/", null, { authorization: "Basic b3duOm93bg==" }))
    expect(answer.body).not.toContain(Buffer.from(`n:${value}`).toString("base64").slice(4, 40));
  expect(basic.internet.requests[0]?.headers["authorization"]).toBe(`Basic ${Buffer.from(`x-access-token:${value}`).toString("base64")}`);
  expect(basic.run.seen[0]?.presented).toContain("own:own");
  const bearer = await setUp({ kind: "header", name: "authorization", prefix: "Bearer " });
  bearer.internet.site(host, (_request, response) => response.end());
  await overBoth(bearer.run, "GET", "/", null);
  expect(bearer.internet.requests.map(({ headers }) => headers["authorization"])).toEqual([`Bearer ${value}`, `Bearer ${value}`]);
});

test("a value that could not be found again, or that a header cannot carry, is not sent", async () => {
  for (const [secret, status] of [
    ["short", 502],
    ["with a line\nbreak in it", 400],
    ["ends with a space ", 400],
  ] as const) {
    const { run, internet } = await setUp(header, {}, secret);
    internet.site(host, (_request, response) => response.end());
    expect((await overBoth(run, "GET", "/", null)).map(({ status }) => status)).toEqual([status, status]);
    expect(internet.requests).toEqual([]);
  }
});

test("usage is read from decoded responses without values, and a reader that throws stops nothing", async () => {
  const seen: string[] = [];
  const { run, internet } = await setUp(header, {
    tap: () => ({
      head: (status) => void seen.push(`${status}`),
      data: (chunk) => {
        seen.push(chunk.toString());
        throw new Error("broken reader");
      },
      end: () => void seen.push("end"),
    }),
  });
  internet.site(host, (request, response) => response.end(String(request.headers["x-api-key"])));
  for (const answer of await overBoth(run, "GET", "/", null)) expect(answer.body).toBe("*".repeat(value.length));
  expect(seen.join()).not.toContain(value);
  expect(seen[0]).toBe("200");
});

test("a client that goes away ends its request at the server, too", async () => {
  const { run, internet } = await setUp();
  const ended: string[] = [];
  internet.site(host, (request, response) => {
    response.writeHead(200);
    response.write("begun");
    request.stream.once("close", () => ended.push(request.httpVersion));
  });
  const sent = sendHttp1(await run.openTls(host), { path: "/", headers: { host } });
  sent.on("error", () => undefined).end();
  const received = await responseOf(sent);
  received.once("data", () => sent.destroy());
  await expect.poll(() => ended).toHaveLength(1);
  expect(run.outcomes).toEqual([expect.objectContaining({ status: 200, failure: "The client went away." })]);
});

test("trailers pass both ways, without credentials and without what belongs before a body", async () => {
  const { run, internet } = await setUp();
  internet.site(host, (request, response) => {
    request.resume().on("end", () => {
      response.addTrailers({ "grpc-status": "0", "set-cookie": "session=1", got: JSON.stringify(request.trailers) });
      response.end("x");
    });
  });
  const session = http2Session(await run.openTls(host, { ALPNProtocols: ["h2"] }), host);
  const stream = session.request({ ":method": "POST", ":path": "/", te: "trailers" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "1", authorization: "own", "content-encoding": "gzip", "if-match": "a" }));
  stream.end("body");
  const [trailers] = await Promise.all([once(stream.resume(), "trailers"), once(stream, "close")]);
  expect(trailers[0]).toMatchObject({ "grpc-status": "0", got: '{"x-sum":"1"}' });
  expect(trailers[0]).not.toHaveProperty("set-cookie");
  session.destroy();
});
