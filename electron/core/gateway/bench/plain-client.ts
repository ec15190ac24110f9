/**
 * What a benchmark's client does, as a script for `node -e`: it runs on the host and in sandboxes alike. Its argument is a
 * {@link ClientQuestion}; its last line is the figures.
 */
export interface ClientQuestion {
  /** Null for a direct connection. */
  readonly proxy: { readonly host: string; readonly port: number } | null;
  readonly host: string;
  readonly port: number;
  readonly bytes: number;
}

export const plainClient = `
const net = require("net");
const { proxy, host, port, bytes } = JSON.parse(process.argv[1]);
const open = () => new Promise((resolve, reject) => {
  const s = proxy ? net.connect(proxy.port, proxy.host) : net.connect(port, "127.0.0.1");
  s.setNoDelay(true); s.on("error", reject);
  s.once("connect", () => {
    if (!proxy) return resolve(s);
    s.write("CONNECT " + host + ":" + port + " HTTP/1.1\\r\\nHost: " + host + ":" + port + "\\r\\n\\r\\n");
    let t = "";
    s.on("data", function take(c) { t += c.toString("latin1"); if (!t.includes("\\r\\n\\r\\n")) return; s.off("data", take); if (/^HTTP\\/1.. 200/.test(t)) resolve(s); else reject(new Error(t.slice(0, 80))); });
  });
});
const ask = (s, path, { last = false, send = 0, onBody = () => {} } = {}) => new Promise((resolve, reject) => {
  let head = "", left = -1; s.removeAllListeners("data"); s.removeAllListeners("error"); s.on("error", reject); s.once("close", resolve);
  s.on("data", (c) => {
    if (left >= 0) { left -= c.length; onBody(c); }
    else { head += c.toString("latin1"); const end = head.indexOf("\\r\\n\\r\\n"); if (end < 0) return; left = Number(/content-length: (\\d+)/i.exec(head)?.[1] ?? Infinity) - (head.length - end - 4); }
    if (left <= 0) { s.removeListener("close", resolve); resolve(); }
  });
  s.write((send ? "POST " : "GET ") + path + " HTTP/1.1\\r\\nHost: x\\r\\n" + (send ? "Content-Length: " + send + "\\r\\n" : "") + (last ? "Connection: close\\r\\n" : "") + "\\r\\n");
  if (!send) return;
  const block = Buffer.alloc(65536, "x"); let rest = send;
  const more = () => { while (rest > 0) { const part = block.subarray(0, rest); rest -= part.length; if (!s.write(part)) return void s.once("drain", more); } };
  more();
});
const percentiles = (v) => { v.sort((a, b) => a - b); const r = (x) => Math.round(x * 100) / 100; return { p50: r(v[v.length >> 1]), p99: r(v[Math.floor(v.length * 0.99)]) }; };
const timed = async (size, work) => { const t = performance.now(); await work(); return Math.round(size / 1e3 / (performance.now() - t)); };
const best = async (work) => Math.max(await work(), await work());
(async () => {
  const figures = {};
  figures.downMBps = await best(async () => { const s = await open(); const r = await timed(bytes, () => ask(s, "/bytes/" + bytes, { last: true })); s.destroy(); return r; });
  figures.upMBps = await best(async () => { const s = await open(); const r = await timed(bytes, () => ask(s, "/up", { last: true, send: bytes })); s.destroy(); return r; });
  { const s = await open(); const v = []; for (let i = 0; i < 1100; i++) { const t = performance.now(); await ask(s, "/ping"); v.push(performance.now() - t); } figures.requestMs = percentiles(v.slice(100)); s.destroy(); }
  { const v = []; for (let i = 0; i < 220; i++) { const t = performance.now(); const s = await open(); await ask(s, "/ping", { last: true }); v.push(performance.now() - t); s.destroy(); } figures.newConnectionMs = percentiles(v.slice(20)); }
  { const each = Math.floor(bytes / 400); const all = await Promise.all(Array.from({ length: 200 }, open)); figures.streams200MBps = await timed(each * 200, () => Promise.all(all.map((s) => ask(s, "/bytes/" + each, { last: true })))); for (const s of all) s.destroy(); }
  { const late = []; const all = await Promise.all(Array.from({ length: 200 }, open)); await Promise.all(all.map((s) => ask(s, "/events", { onBody: (c) => { for (const [, at] of c.toString().matchAll(/data: (\\d+)/g)) late.push(Date.now() - Number(at)); } }))); figures.events200Ms = { ...percentiles(late), events: late.length }; }
  console.log(JSON.stringify(figures));
  process.exit(0);
})().catch((e) => { console.log(JSON.stringify({ failed: String(e.message) })); process.exit(0); });
`;

/** Opens as many connections as its argument says, then stays. */
export const holder = `
const net = require("net"); const { proxy, host, port, connections } = JSON.parse(process.argv[1]); let ready = 0, begun = 0;
const next = () => { if (begun === connections) return; begun++; const s = net.connect(proxy.port, proxy.host); s.write("CONNECT " + host + ":" + port + " HTTP/1.1\\r\\n\\r\\n"); s.once("data", () => { if (++ready === connections) console.log("ready"); next(); }); s.on("error", (e) => { console.log("failed " + e.message); process.exit(1); }); };
for (let i = 0; i < 50; i++) next();
setInterval(() => {}, 1000);
`;

/** The server that all of them ask; it says its port. */
export const origin = `
const block = Buffer.alloc(65536, "x");
const server = require("http").createServer((request, response) => {
  if (request.url === "/up") { request.resume(); request.on("end", () => { response.setHeader("content-length", 2); response.end("ok"); }); return; }
  if (request.url === "/events") {
    response.writeHead(200, { "content-type": "text/event-stream", connection: "close" });
    let left = 20; const timer = setInterval(() => { response.write("data: " + Date.now() + "\\n\\n"); if (--left > 0) return; clearInterval(timer); response.end(); }, 100);
    return;
  }
  let left = Number(/^\\/bytes\\/(\\d+)$/.exec(request.url)?.[1] ?? 2);
  response.setHeader("content-length", left);
  const more = () => { while (left > 0) { const part = block.subarray(0, left); left -= part.length; if (!response.write(part)) return void response.once("drain", more); } response.end(); };
  more();
});
server.keepAliveTimeout = 0; server.headersTimeout = 0; server.requestTimeout = 0;
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`;
