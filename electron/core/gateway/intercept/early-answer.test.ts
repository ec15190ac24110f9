import { expect, onTestFinished, test, vi } from "vitest";
import { http2, http2Session } from "../../../testing/raw-http.ts";
import { rawTlsServer } from "../../../testing/raw-tls-server.ts";
import { systemClock } from "../../kernel/clock.ts";
import { RunAuthority } from "./run-authority.ts";

const host = "api.example.com";
const line = "\r\n";
/** What an agent would have the server take for a request of its own: no rule saw it. */
const smuggled = `POST /smuggled HTTP/1.1${line}Host: ${host}${line}Content-Length: 0${line}${line}`;

/** A server that answers 401 as soon as it has a head, leaves its connections open, and keeps what each of them brought. */
async function earlyServer() {
  const connections: string[] = [];
  const run = await rawTlsServer({ authority: new RunAuthority(systemClock), name: host, inject: null }, (socket) => {
    const at = connections.push("") - 1;
    socket.on("data", (chunk: Buffer) => {
      const had = heads(connections[at] ?? "");
      connections[at] += chunk.toString("latin1");
      for (let more = heads(connections[at] ?? "") - had; more > 0; more--)
        socket.write(`HTTP/1.1 401 Unauthorized${line}Content-Length: 2${line}${line}no`);
    });
  });
  return { run, connections };
}

function heads(text: string): number {
  return text.split(`${line}${line}`).length - 1;
}

test("over HTTP/2 a body that the server did not wait for ends its connection: the next request is not read as its rest", async () => {
  const { run, connections } = await earlyServer();
  const session = http2Session(await run.openTls(host, { ALPNProtocols: ["h2"] }), host);
  onTestFinished(() => session.destroy());
  const head = { ":method": "POST", "content-length": smuggled.length + 2_000 };
  const first = session.request({ ...head, ":path": "/first" });
  first.write(Buffer.alloc(2_000, "a"));
  await new Promise((resolve) => first.resume().once("close", resolve));
  const second = await http2(session, { ...head, ":path": "/second" }, smuggled.padStart(smuggled.length + 2_000, "b"));
  expect(second.status).toBe(401);
  expect(connections.map((brought) => /^POST (\S+)/u.exec(brought)?.[1])).toEqual(["/first", "/second"]);
  expect(connections[0]).not.toContain("smuggled");
});

test("over HTTP/1.1 what follows an early answer goes nowhere, and the client's connection serves its next request", async () => {
  const { run, connections } = await earlyServer();
  const socket = await run.openTls(host);
  const answers: string[] = [];
  socket.on("data", (chunk: Buffer) => answers.push(chunk.toString("latin1")));
  const post = (path: string, length: number) =>
    socket.write(`POST ${path} HTTP/1.1${line}Host: ${host}${line}Content-Length: ${length}${line}${line}`);
  const isAnswered = async (times: number) =>
    await vi.waitFor(() => expect(answers.join("").split("HTTP/1.1 401")).toHaveLength(times + 1), { timeout: 10_000 });
  post("/first", 400_000);
  socket.write(Buffer.alloc(200_000, "a"));
  await isAnswered(1);
  socket.write(smuggled.padEnd(200_000, "b"));
  post("/second", 2);
  socket.write("hi");
  await isAnswered(2);
  expect(connections.map((brought) => /^POST (\S+)/u.exec(brought)?.[1])).toEqual(["/first", "/second"]);
  expect(connections.join("")).not.toContain("smuggled");
});
