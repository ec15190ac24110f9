/** Oldest Node that runs the relay. */
export const minimumNode = 18;

/**
 * What `node -e` is given: takes the relay's source from standard input (its length in bytes on a line of
 * its own, then the source) and runs it, leaving the rest of standard input to it. So nothing is written
 * into the sandbox, and the command stays short enough for an engine that puts it into an address.
 */
const bootstrap = `
const n = parseInt(process.versions.node, 10);
if (n < ${minimumNode}) { process.stderr.write("node is " + process.version + "\\n"); process.exit(3); }
const input = new (require("net").Socket)({ fd: 0, readable: true, writable: false });
let held = Buffer.alloc(0);
const take = () => {
  for (let chunk; (chunk = input.read()) !== null; ) held = Buffer.concat([held, chunk]);
  const line = held.indexOf(10);
  const end = line + 1 + Number(held.subarray(0, line).toString());
  if (line < 0 || held.length < end) return;
  input.off("readable", take);
  const source = held.subarray(line + 1, end);
  if (held.length > end) input.unshift(held.subarray(end));
  globalThis.gatehouseInput = input;
  import("data:text/javascript;base64," + source.toString("base64")).catch((e) => { process.stderr.write(String(e) + "\\n"); process.exit(4); });
};
input.on("readable", take);
input.on("end", () => process.exit(5));
`;

/** Program and arguments; one worker less for V8, since a sandbox counts threads. */
export function relayCommand(options: object): readonly string[] {
  return ["node", "--v8-pool-size=0", "--max-old-space-size=192", "-e", bootstrap, JSON.stringify(options)];
}

/** The source as {@link relayCommand} reads it. */
export function framedSource(source: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${source.byteLength}\n`), source]);
}
