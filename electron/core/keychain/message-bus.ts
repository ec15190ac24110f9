import { createConnection, type Socket } from "node:net";

/** Whether the service that keeps secrets answers on the session's message bus, and why not. */
export type ServiceAnswer = { readonly answers: true } | { readonly answers: false; readonly why: string };

/**
 * Asks the Secret Service for a sign of life (`org.freedesktop.DBus.Peer.Ping`, which also starts it
 * where the bus can). Done here, in JavaScript and with a limit on time, because the native call
 * that follows blocks a thread for as long as a hung bus likes, and a process with a blocked thread cannot even end.
 */
export async function pingSecretService(address: string | undefined, timeoutMs: number): Promise<ServiceAnswer> {
  const target = socketOf(address);
  if (target === null) return no("this session has no message bus");
  return await new Promise<ServiceAnswer>((resolve) => {
    const socket = createConnection(target);
    const timer = setTimeout(() => finish(no("the message bus or the keyring service does not answer")), timeoutMs);
    const finish = (answer: ServiceAnswer) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    socket.once("error", () => finish(no("the session's message bus cannot be reached")));
    socket.once("close", () => finish(no("the message bus refused the connection")));
    converse(socket, finish);
  });
}

function no(why: string): ServiceAnswer {
  return { answers: false, why };
}

/** The first address of the list that is a Unix socket (D-Bus Specification, "Server Addresses"). */
function socketOf(address: string | undefined): { readonly path: string } | null {
  for (const one of (address ?? "").split(";")) {
    const [transport, rest = ""] = one.split(":", 2);
    if (transport !== "unix") continue;
    const pairs = new Map(
      rest.split(",").map((pair): [string, string] => {
        const [key = "", value = ""] = pair.split("=", 2);
        return [key, decodeURIComponent(value)];
      }),
    );
    const path = pairs.get("path") ?? (pairs.has("abstract") ? `\0${pairs.get("abstract")}` : undefined);
    if (path !== undefined) return { path };
  }
  return null;
}

const pingSerial = 2;
const methodCall = 1;
const errorReply = 3;

function converse(socket: Socket, finish: (answer: ServiceAnswer) => void): void {
  const user = Buffer.from(String(process.getuid?.() ?? 0)).toString("hex");
  socket.once("connect", () => socket.write(`\0AUTH EXTERNAL ${user}\r\n`));
  let received = Buffer.alloc(0);
  let isAuthenticated = false;
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (!isAuthenticated) {
      const end = received.indexOf("\r\n");
      if (end < 0) return;
      if (!received.toString("latin1", 0, end).startsWith("OK")) return finish(no("the message bus refused the connection"));
      isAuthenticated = true;
      received = received.subarray(end + 2);
      socket.write("BEGIN\r\n");
      socket.write(call(1, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello"));
      socket.write(call(pingSerial, "org.freedesktop.secrets", "/org/freedesktop/secrets", "org.freedesktop.DBus.Peer", "Ping"));
    }
    if (received.length > maximumBytes) return finish(no("the message bus answered nonsense"));
    for (let message = take(received); message !== null; message = take(received)) {
      received = received.subarray(message.length);
      if (message.replyTo !== pingSerial) continue;
      return finish(message.type === errorReply ? no("no keyring service (Secret Service) is running") : { answers: true });
    }
  });
}

/** What a bus says before it answers a ping is a few hundred bytes. */
const maximumBytes = 1_048_576;

/** A method call without arguments (D-Bus Specification, "Message Format"), little-endian. */
function call(serial: number, destination: string, path: string, face: string, member: string): Buffer {
  const fields = [field(1, "o", path), field(2, "s", face), field(3, "s", member), field(6, "s", destination)];
  const body = fields.reduce((all, one) => Buffer.concat([padded(all), one]), Buffer.alloc(0));
  const head = Buffer.alloc(16);
  head.write("l", 0, "latin1");
  head.writeUInt8(methodCall, 1);
  head.writeUInt8(1, 3);
  head.writeUInt32LE(serial, 8);
  head.writeUInt32LE(body.length, 12);
  return padded(Buffer.concat([head, body]));
}

function field(code: number, type: "o" | "s", text: string): Buffer {
  const head = Buffer.from([code, 1, type.charCodeAt(0), 0, 0, 0, 0, 0]);
  head.writeUInt32LE(Buffer.byteLength(text), 4);
  return Buffer.concat([head, Buffer.from(`${text}\0`)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
}

interface Message {
  readonly type: number;
  /** Serial of the call that it answers; null for signals. */
  readonly replyTo: number | null;
  readonly length: number;
}

/** The first message, once all of it is there. */
function take(bytes: Buffer): Message | null {
  if (bytes.length < 16) return null;
  const isLittle = bytes[0] === 0x6c;
  const number = (at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const fieldsEnd = 16 + number(12);
  const length = Math.ceil(fieldsEnd / 8) * 8 + number(4);
  if (bytes.length < length) return null;
  return { type: bytes.readUInt8(1), replyTo: replySerial(bytes, fieldsEnd, number), length };
}

const replySerialField = 5;

function replySerial(bytes: Buffer, end: number, number: (at: number) => number): number | null {
  for (let at = 16; at + 8 <= end; at = Math.ceil(at / 8) * 8) {
    const code = bytes[at];
    const type = String.fromCharCode(bytes[at + 2] ?? 0);
    if (type === "u") {
      if (code === replySerialField) return number(at + 4);
      at += 8;
    } else if (type === "s" || type === "o") at += 8 + number(at + 4) + 1;
    else if (type === "g") at += 4 + (bytes[at + 4] ?? 0) + 2;
    else return null;
  }
  return null;
}
