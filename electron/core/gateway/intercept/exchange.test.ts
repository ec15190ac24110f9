import type { TLSSocket } from "node:tls";
import { gzipSync, brotliCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { fakeInternetForTest } from "../../../testing/fake-internet.ts";
import { interceptedForTest } from "../../../testing/intercepted-client.ts";
import { http1, http2, http2Session } from "../../../testing/raw-http.ts";

const value = "sk-ant-api03-0123456789-canary-abcdefghij";
const host = "api.example.com";
const inject = { name: "model-key", value, place: { kind: "header", name: "x-api-key", prefix: "" } } as const;

test("over HTTP/1.1 and HTTP/2 on either side the value is in its one header, and the client's own credentials are gone", async () => {
  for (const protocols of [["h2", "http/1.1"], ["http/1.1"]]) {
    const internet = await fakeInternetForTest({ protocols });
    internet.site(host, (request, response) => {
      request.resume().on("end", () => response.writeHead(200, { "x-seen": "1" }).end("hello"));
    });
    const run = await interceptedForTest(internet, { inject });
    const own = { authorization: "Bearer own", "x-api-key": "own", cookie: "a=b", "x-goog-api-key": "own", X_Api_Key: "own" };
    const one = await http1(
      await run.openTls(host),
      { method: "POST", path: "/v1/messages?api_key=own&a=1", headers: { host, ...own } },
      "body",
    );
    expect(one).toMatchObject({ status: 200, body: "hello" });
    const session = http2Session(await run.openTls(host, { ALPNProtocols: ["h2"] }), host);
    const two = await http2(session, { ":method": "POST", ":path": "/v1/messages?api_key=own&a=1", ...own }, "body");
    expect(two).toMatchObject({ status: 200, body: "hello" });
    session.destroy();
    for (const { headers, target } of internet.requests) {
      expect(headers["x-api-key"]).toBe(value);
      expect(JSON.stringify(headers)).not.toMatch(/own|a=b/);
      expect(target).toBe("/v1/messages?a=1");
    }
    expect(internet.requests).toHaveLength(2);
    expect(run.seen[0]).toMatchObject({ host, port: 443, method: "POST", path: "/v1/messages", isUpgrade: false, git: null });
    expect(run.seen[0]?.presented).toContain("Bearer own");
    expect(run.outcomes).toEqual([
      { status: 200, bytesUp: 4, bytesDown: 5, failure: null },
      { status: 200, bytesUp: 4, bytesDown: 5, failure: null },
    ]);
    expect(internet.dialled()).toBe(1);
  }
});

test("what a server echoes comes back without the value: header, body, across chunks, compressed, trailers", async () => {
  for (const protocols of [["h2", "http/1.1"], ["http/1.1"]]) {
    const internet = await fakeInternetForTest({ protocols });
    internet.site(host, (request, response) => {
      const echoed = `<${String(request.headers["x-api-key"])}>`;
      const compress = { gzip: gzipSync, br: brotliCompressSync }[String(request.headers["accept-encoding"])];
      response.setHeader("x-echo", echoed);
      response.setHeader("set-cookie", "session=for-the-key");
      response.setHeader("trailer", "x-last");
      if (compress !== undefined) {
        response.setHeader("content-encoding", String(request.headers["accept-encoding"]));
        response.end(compress(echoed));
        return;
      }
      response.addTrailers({ "x-last": echoed });
      for (const letter of echoed) response.write(letter);
      response.write(Buffer.from(echoed).toString("base64"));
      response.end(encodeURIComponent(echoed));
    });
    const run = await interceptedForTest(internet, { inject });
    for (const coding of ["identity", "gzip", "br", "zstd, gzip;q=0"]) {
      const one = await http1(await run.openTls(host), { path: "/", headers: { host, "accept-encoding": coding } });
      const session = http2Session(await run.openTls(host, { ALPNProtocols: ["h2"] }), host);
      const two = await http2(session, { ":path": "/", "accept-encoding": coding });
      session.destroy();
      for (const answer of [one, two]) {
        expect(answer.status).toBe(200);
        expect(answer.body).toMatch(/^<\*+>/);
        expect(answer.headers["x-echo"]).toBe("<[secret model-key]>");
        expect(answer.headers["content-encoding"]).toBeUndefined();
        expect(answer.headers["set-cookie"]).toBeUndefined();
        if (coding === "identity") expect(answer.trailers["x-last"]).toBe("<[secret model-key]>");
        const whole = JSON.stringify(answer);
        for (const form of [
          value,
          Buffer.from(value).toString("base64").slice(2, -4),
          Buffer.from(`<${value}>`).toString("base64").slice(4, 40),
        ])
          expect(whole).not.toContain(form);
      }
    }
  }
});

test("the next connection to a host goes on with the session of the one before, and a kept connection serves many requests", async () => {
  for (const protocols of [["h2"], ["http/1.1"]]) {
    const internet = await fakeInternetForTest({ protocols });
    const accepted: TLSSocket[] = [];
    const resumed: boolean[] = [];
    internet.server.on("secureConnection", (socket: TLSSocket) => {
      accepted.push(socket);
      resumed.push(socket.isSessionReused());
    });
    internet.site(host, (request, response) => response.writeHead(request.url === "/" ? 200 : 204).end());
    const run = await interceptedForTest(internet, { inject });
    const ask = async (method = "GET", path = "/") =>
      expect(await http1(await run.openTls(host), { method, path, headers: { host } })).toMatchObject({ status: path === "/" ? 200 : 204 });
    for (const method of ["GET", "HEAD", "POST", "GET"]) for (const path of ["/", "/without-a-body"]) await ask(method, path);
    expect(accepted.length).toBe(1);
    accepted[0]?.destroy();
    // The interceptor has heard of the end when it connects anew.
    await expect.poll(async () => (await ask(), accepted.length)).toBe(2);
    expect(resumed).toEqual([false, true]);
  }
});
