import { finish } from "../core/sandbox/contract/kit.ts";
import type { Sandbox } from "../core/sandbox/driver.ts";

/** What a client in a sandbox does with one connection to its proxy: writes these bytes, one after another, and reads until the end. */
export interface RawExchange {
  /** Each is written as soon as something has come back for the one before. In latin1. */
  readonly write: readonly string[];
  /** Milliseconds after which it gives up. */
  readonly patienceMs?: number;
}

const script = `
const net = require("net");
const { exchanges, atOnce } = JSON.parse(process.argv[1]);
const proxy = new URL(process.env.HTTP_PROXY);
const run = ({ write, patienceMs }) => new Promise((resolve) => {
  let text = "", next = 0;
  const socket = net.connect(proxy.port, proxy.hostname);
  const done = (end) => { clearTimeout(timer); socket.destroy(); resolve(text + end); };
  const timer = setTimeout(() => done(" [gave up]"), patienceMs ?? 8000);
  const more = () => { if (next < write.length) socket.write(Buffer.from(write[next++], "latin1")); };
  socket.on("connect", more);
  socket.on("data", (chunk) => { text += chunk.toString("latin1"); more(); });
  socket.on("error", (error) => done(" [" + error.code + "]"));
  socket.on("close", () => done(""));
});
(async () => {
  const answers = new Array(exchanges.length);
  let at = 0;
  await Promise.all(Array.from({ length: atOnce }, async () => { while (at < exchanges.length) { const i = at++; answers[i] = await run(exchanges[i]); } }));
  process.stdout.write(JSON.stringify(answers));
})();
`;

/** Real sockets from inside a sandbox; the answers as they came, in order. */
export async function exchangeInside(sandbox: Sandbox, exchanges: readonly RawExchange[], atOnce = 8): Promise<readonly string[]> {
  const argv = ["node", "-e", script, JSON.stringify({ exchanges, atOnce })];
  const { out, err } = await finish(await sandbox.exec({ argv, cwd: sandbox.workspace }));
  const answers: unknown = out === "" ? null : JSON.parse(out);
  if (!Array.isArray(answers)) throw new Error(`The client in the sandbox failed: ${err.slice(0, 500)}`);
  return answers.map(String);
}

export function connectTo(authority: string, ...headers: readonly string[]): RawExchange {
  return {
    write: [`${[`CONNECT ${authority} HTTP/1.1`, ...(headers.length === 0 ? [`Host: ${authority}`] : headers)].join("\r\n")}\r\n\r\n`],
  };
}

export function get(url: string, ...headers: readonly string[]): RawExchange {
  return { write: [`${[`GET ${url} HTTP/1.1`, ...headers, "Connection: close"].join("\r\n")}\r\n\r\n`] };
}
