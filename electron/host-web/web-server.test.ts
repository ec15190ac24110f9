import { once } from "node:events";
import { request } from "node:http";
import { connect, Socket } from "node:net";
import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/websocket";
import { os, type RouterClient } from "@orpc/server";
import { RPCHandler } from "@orpc/server/ws";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { systemClock } from "../core/kernel/clock.ts";
import { silentLogger } from "../core/kernel/logger.ts";
import { WebServer } from "./web-server.ts";

const page = { body: Buffer.from("<!doctype html>"), type: "text/html; charset=utf-8", isImmutable: false };

let server: WebServer;
let port: number;
let connections: number;
let serve: (socket: WebSocket) => void;

beforeEach(async () => {
  connections = 0;
  serve = (socket) => void socket.on("message", () => socket.send("seen"));
  server = new WebServer({
    port: 0,
    files: new Map([["/index.html", page]]),
    clock: systemClock,
    logger: silentLogger(),
    onConnection: (socket) => {
      connections += 1;
      serve(socket);
    },
  });
  port = await server.listen();
});

afterEach(async () => await server[Symbol.asyncDispose]());

async function get(path: string, headers: Record<string, string> = {}, method = "GET") {
  return await new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path, method, headers: { Host: `localhost:${port}`, ...headers } }, (incoming) => {
      let body = "";
      incoming.on("data", (chunk) => (body += String(chunk)));
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

async function launch(): Promise<string> {
  const address = new URL(server.launchAddress());
  const { headers } = await get(address.pathname + address.search);
  const [cookie] = [headers["set-cookie"]].flat();
  return (cookie ?? "").split(";")[0] ?? "";
}

async function upgrade(headers: Record<string, string>): Promise<"open" | "refused"> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, { headers });
  return await new Promise((resolve) => {
    socket.on("open", () => {
      socket.close();
      resolve("open");
    });
    socket.on("error", () => resolve("refused"));
  });
}

/** A socket with the events of a page's. */
function asInPage(socket: WebSocket) {
  const page = new EventTarget();
  socket.on("message", (data: Buffer) => page.dispatchEvent(new MessageEvent("message", { data: data.toString() })));
  socket.on("close", () => page.dispatchEvent(new Event("close")));
  return Object.assign(page, {
    readyState: WebSocket.OPEN,
    send: (data: string | ArrayBufferLike | Blob | ArrayBufferView) => socket.send(data),
  });
}

describe("the web host's door", () => {
  test("listens on loopback alone", async () => {
    const refused = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: "127.0.0.2", port });
      socket.on("connect", () => resolve(false));
      socket.on("error", () => resolve(true));
    });
    expect(refused).toBe(true);
  });

  test("shows nothing without a session, not even the page", async () => {
    expect((await get("/")).status).toBe(401);
    expect((await get("/index.html", { Cookie: "gatehouse_session=guess" })).status).toBe(401);
  });

  test("a launch address opens one session and is then worthless", async () => {
    const address = new URL(server.launchAddress());
    const first = await get(address.pathname + address.search);
    const cookie = [first.headers["set-cookie"]].flat()[0] ?? "";
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict; Path=\/$/);
    expect((await get("/", { Cookie: cookie.split(";")[0] ?? "" })).status).toBe(200);
    expect((await get(address.pathname + address.search)).status).toBe(401);
  });

  test("a newer launch address makes the one before worthless", async () => {
    const older = new URL(server.launchAddress());
    server.launchAddress();
    expect((await get(older.pathname + older.search)).status).toBe(401);
  });

  test("guessing launch tokens is slowed", async () => {
    const statuses = [];
    for (let n = 0; n < 15; n += 1) statuses.push((await get(`/launch?token=guess${n}`)).status);
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(statuses.slice(11)).toEqual([429, 429, 429, 429]);
  });

  test.each(["evil.example", "localhost", "localhost:1", "127.0.0.1.evil.example"])("refuses the host name %j", async (host) => {
    const cookie = await launch();
    expect((await get("/", { Cookie: cookie, Host: host })).status).toBeGreaterThanOrEqual(400);
    expect(await upgrade({ Cookie: cookie, Origin: `http://${host}`, Host: host })).toBe("refused");
  });

  test.each(["http://evil.example", "null", "https://localhost", "http://localhost:1"])(
    "refuses an upgrade from the origin %j",
    async (origin) => {
      const cookie = await launch();
      expect(await upgrade({ Cookie: cookie, Origin: origin, Host: `localhost:${port}` })).toBe("refused");
      expect(connections).toBe(0);
    },
  );

  test("refuses an upgrade without an origin, without a session, or with two session cookies", async () => {
    const cookie = await launch();
    const own = { Host: `localhost:${port}`, Origin: `http://localhost:${port}` };
    expect(await upgrade({ Host: own.Host, Cookie: cookie })).toBe("refused");
    expect(await upgrade(own)).toBe("refused");
    expect(await upgrade({ ...own, Cookie: `${cookie}; gatehouse_session=x` })).toBe("refused");
    expect(await upgrade({ ...own, Cookie: cookie })).toBe("open");
  });

  test("serves GET and HEAD alone, with a policy that forbids inline script", async () => {
    const cookie = await launch();
    expect((await get("/", { Cookie: cookie }, "POST")).status).toBe(405);
    const { headers } = await get("/", { Cookie: cookie });
    expect(headers["content-security-policy"]).toContain("script-src 'self';");
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(headers["x-content-type-options"]).toBe("nosniff");
  });

  test("no path reaches a file that is not in the table", async () => {
    const cookie = await launch();
    for (const path of ["/../package.json", "/%2e%2e/package.json", "/..%2fpackage.json", "//etc/passwd", "/assets/../../x"]) {
      expect((await get(path, { Cookie: cookie })).status).toBe(404);
    }
  });

  test("a stream that is given up in the packet that asks for it ends, like any other", async () => {
    let [begun, ended] = [0, 0];
    const router = {
      watch: os.handler(async function* ({ signal }) {
        begun += 1;
        yield "begun";
        await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
        ended += 1;
      }),
    };
    serve = (socket) => void new RPCHandler(router).upgrade(socket);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, {
      headers: { Cookie: await launch(), Host: `localhost:${port}`, Origin: `http://localhost:${port}` },
    });
    await once(socket, "open");
    const wire: unknown = Reflect.get(socket, "_socket");
    if (!(wire instanceof Socket)) throw new Error("This release of ws keeps its socket elsewhere.");
    const client: RouterClient<typeof router> = createORPCClient(new RPCLink({ websocket: asInPage(socket) }));
    for (let at = 0; at < 5; at += 1) {
      wire.cork();
      const stop = new AbortController();
      const given = client.watch(undefined, { signal: stop.signal }).catch(() => "given up");
      await setImmediate();
      stop.abort();
      await setImmediate();
      wire.uncork();
      expect(await given).toBe("given up");
    }
    const stream = await client.watch();
    for await (const _begun of stream) break;
    await expect.poll(() => ended).toBe(begun);
    socket.close();
  });

  test("a page that sends a message over the limit is cut off", async () => {
    const cookie = await launch();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, {
      headers: { Cookie: cookie, Host: `localhost:${port}`, Origin: `http://localhost:${port}` },
    });
    const code = await new Promise<number>((resolve) => {
      socket.on("open", () => socket.send(Buffer.alloc(10 * 1_024 * 1_024)));
      socket.on("close", resolve);
      socket.on("error", () => {});
    });
    expect([1006, 1009]).toContain(code);
  });

  test("a page that floods is cut off", async () => {
    const cookie = await launch();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, {
      headers: { Cookie: cookie, Host: `localhost:${port}`, Origin: `http://localhost:${port}` },
    });
    const code = await new Promise<number>((resolve) => {
      socket.on("open", () => {
        for (let n = 0; n < 20_000; n += 1) socket.send("x");
      });
      socket.on("close", resolve);
      socket.on("error", () => {});
    });
    expect(code).toBe(1008);
  });
});
