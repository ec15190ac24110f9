import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createTcp, type Server as TcpServer } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { ScriptedResolver } from "../../../testing/scripted-egress.ts";
import { DialError } from "./dial-error.ts";
import { Dialler } from "./dialler.ts";
import { isBypassed, proxyOfEnvironment, upstreamOf } from "./upstream-proxy.ts";

const never = new AbortController().signal;
const nothingListed = () => false;

test("a connection goes through the proxy of the environment, with its login, which is in no error and no setting", async () => {
  const origin = await listening();
  const proxy = await connectProxy("ada:s3cret/+pass");
  const environment = { https_proxy: `http://ada:${encodeURIComponent("s3cret/+pass")}@127.0.0.1:${proxy.port}`, NO_PROXY: "" };
  const dialler = diallerWith(environment, { "far.test": ["93.184.216.34"] });
  proxy.routes.set("far.test:443", origin.port);
  const { socket, address } = await dialler.dial({ host: "far.test", port: 443 }, nothingListed, never);
  socket.end("hello");
  expect([await text(socket), address]).toEqual(["hello back", null]);
  expect(proxy.seen).toEqual(["CONNECT far.test:443 Basic"]);
  const refused = dialler.dial({ host: "unknown.test", port: 443 }, nothingListed, never);
  await expect(refused).rejects.toThrow("the proxy of this computer did not connect unknown.test:443 (it answers 502)");
  await expect(refused).rejects.not.toThrow("s3cret");
});

test("without the login that it wants, a proxy answers 407, and the error says so", async () => {
  const proxy = await connectProxy("ada:other");
  for (const login of ["", "ada:wrong@"]) {
    const dialler = diallerWith({ HTTPS_PROXY: `http://${login}127.0.0.1:${proxy.port}` });
    const error = await dialler.dial({ host: "far.test", port: 443 }, nothingListed, never).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DialError);
    expect(error).toMatchObject({ fault: "proxy", message: expect.stringContaining("it answers 407") });
    expect(JSON.stringify(error)).not.toContain("wrong");
  }
});

test("a proxy that is not there, hangs up, or does not speak HTTP is named as what failed", async () => {
  const gone = await listening();
  await new Promise<void>((resolve) => gone.server.close(() => resolve()));
  const rude = await listening("220 mail.test ESMTP\r\n\r\n");
  const silent = await tcp((socket) => socket.destroy());
  for (const [port, why] of [
    [gone.port, /ECONNREFUSED/],
    [rude.port, /its answer cannot be read/],
    [silent, /it closed the connection|ECONNRESET|EPIPE/],
  ] as const) {
    const dialler = diallerWith({ HTTPS_PROXY: `http://127.0.0.1:${port}` });
    const dialled = dialler.dial({ host: "far.test", port: 443 }, nothingListed, never);
    await expect(dialled).rejects.toThrow(/^the proxy of this computer did not connect far\.test:443/);
    await expect(dialled).rejects.toThrow(why);
  }
});

test("hosts that NO_PROXY names are dialled directly, and checked like any other", async () => {
  const origin = await listening();
  const proxy = await connectProxy(null);
  const environment = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: ".inner.test, exact.test:444,127.0.0.1" };
  const dialler = diallerWith(environment, { "a.inner.test": ["127.0.0.1"], "evil.inner.test": ["10.0.0.1"] });
  const listed = (address: string) => address === "127.0.0.1";
  const { socket, address } = await dialler.dial({ host: "a.inner.test", port: origin.port }, listed, never);
  socket.end("x");
  expect([await text(socket), address, proxy.seen]).toEqual(["x back", "127.0.0.1", []]);
  await expect(dialler.dial({ host: "evil.inner.test", port: 443 }, nothingListed, never)).rejects.toThrow(
    "leads to 10.0.0.1, a private address",
  );
  const upstream = proxyOfEnvironment(environment);
  if (upstream === null) throw new Error("There is a proxy.");
  const bypassed = ["inner.test:443", "b.inner.test:1", "notinner.test:443", "exact.test:444", "exact.test:443", "sub.exact.test:444"];
  expect(bypassed.filter((one) => isBypassed(upstream, { host: one.split(":")[0] ?? "", port: Number(one.split(":")[1]) }))).toEqual([
    ...["inner.test:443", "b.inner.test:1", "exact.test:444", "sub.exact.test:444"],
  ]);
});

test("a name that this computer knows to be private does not go through the proxy either", async () => {
  const proxy = await connectProxy(null);
  const dialler = diallerWith({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` }, { "db.test": ["192.168.1.9"] });
  await expect(dialler.dial({ host: "db.test", port: 5432 }, nothingListed, never)).rejects.toMatchObject({ fault: "forbidden" });
  expect(proxy.seen).toEqual([]);
});

test("why nothing was connected is told by its kind", async () => {
  const gone = await listening();
  await new Promise<void>((resolve) => gone.server.close(() => resolve()));
  const dialler = diallerWith({}, { "here.test": ["127.0.0.1"], "inner.test": ["10.0.0.1"] });
  const fault = async (host: string, isListed: boolean, signal = never) =>
    await dialler.dial({ host, port: gone.port }, () => isListed, signal).catch((error: unknown) => error);
  expect(await fault("unknown.test", true)).toMatchObject({ fault: "dns" });
  expect(await fault("inner.test", false)).toMatchObject({ fault: "forbidden" });
  expect(await fault("here.test", true)).toMatchObject({ fault: "refused", message: expect.stringContaining("ECONNREFUSED") });
  expect(await fault("127.0.0.1", true, AbortSignal.abort())).toMatchObject({ fault: "timeout" });
});

test("the settings' proxy takes the environment's login only where it is the same proxy", () => {
  const environment = proxyOfEnvironment({ HTTPS_PROXY: "http://ada:pw@proxy.test:3128", NO_PROXY: "a.test" });
  const has = (named: string | null) => {
    const found = upstreamOf({ upstreamProxy: named }, environment);
    return [found?.host, found?.port, found?.credentials !== null, found?.bypass];
  };
  expect(has(null)).toEqual(["proxy.test", 3128, true, ["a.test"]]);
  expect(has("http://proxy.test:3128")).toEqual(["proxy.test", 3128, true, ["a.test"]]);
  expect(has("http://other.test:3128")).toEqual(["other.test", 3128, false, ["a.test"]]);
  expect(proxyOfEnvironment({ HTTPS_PROXY: "socks5://proxy.test:1080" })).toBeNull();
});

test("a cloud's metadata service is reached by no listing, under whatever name and form", async () => {
  const forms = [
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "fd00:ec2::254",
    "100.100.100.200",
  ];
  const names = Object.fromEntries(forms.map((address, at) => [`n${at}.test`, [address]]));
  const dialler = diallerWith({}, names);
  for (const host of Object.keys(names))
    await expect(
      dialler.dial({ host, port: 80 }, () => true, never),
      names[host]?.[0],
    ).rejects.toThrow("where a cloud hands out keys; nothing lets it");
});

function diallerWith(environment: Readonly<Record<string, string>>, names: Readonly<Record<string, readonly string[]>> = {}): Dialler {
  const resolver = new ScriptedResolver();
  for (const [name, addresses] of Object.entries(names)) resolver.set(name, addresses);
  const upstream = proxyOfEnvironment(environment);
  return new Dialler(resolver, () => upstream);
}

/** A proxy that speaks CONNECT, and leads where `routes` say. */
async function connectProxy(login: string | null) {
  const seen: string[] = [];
  const routes = new Map<string, number>();
  const wanted = login === null ? null : `Basic ${Buffer.from(login).toString("base64")}`;
  const server = createServer();
  server.on("connect", (request, client) => {
    client.on("error", () => undefined);
    const given = request.headers["proxy-authorization"];
    seen.push(`CONNECT ${request.url ?? ""}${given === undefined ? "" : ` ${given.split(" ")[0]}`}`);
    const port = routes.get(request.url ?? "");
    if (wanted !== null && given !== wanted) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    if (port === undefined) {
      client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
      return;
    }
    const far = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    client.pipe(far).pipe(client);
  });
  return { seen, routes, port: await open(server) };
}

/** Echoes a text once it has all of it; or says what it is told to at once. */
async function listening(greeting: string | null = null) {
  const server = createTcp({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    let said = "";
    if (greeting !== null) socket.end(greeting);
    else socket.on("data", (chunk: Buffer) => (said += chunk.toString())).on("end", () => socket.end(`${said} back`));
  });
  return { server, port: await open(server) };
}

async function tcp(onSocket: Parameters<typeof createTcp>[1]): Promise<number> {
  return await open(createTcp(onSocket));
}

async function open(server: Server | TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return address.port;
}
