/** A relay that has been taken over: opens streams, fills their windows with small frames, pings and resets, and reads nothing. */
export const floodingRelay = `
  const hello = JSON.stringify({ relay: 2, port: 3128, node: process.version }) + "\\n";
  const frame = (type, flags, stream, payload) => { const head = Buffer.alloc(9); head.writeUIntBE(payload.length, 0, 3); head[3] = type; head[4] = flags; head.writeUInt32BE(stream, 5); return Buffer.concat([head, payload]); };
  const block = Buffer.concat([Buffer.of(2, 7), Buffer.from("CONNECT"), Buffer.of(1, 7), Buffer.from("gateway")]);
  globalThis.gatehouseInput.pause();
  const out = process.stdout;
  out.write(hello);
  out.write(Buffer.concat([Buffer.from("PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n"), frame(4, 0, 0, Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff])), frame(8, 0, 0, Buffer.from([0x7f, 0xfe, 0, 0]))]));
  let next = 1; const sent = new Map();
  const more = () => {
    for (;;) {
      const parts = [];
      if (next < 3000) { parts.push(frame(1, 4, next, block)); sent.set(next, 0); next += 2; }
      for (const [id, bytes] of [...sent].slice(-200)) if (bytes < 32000) { parts.push(frame(0, 0, id, Buffer.alloc(16))); sent.set(id, bytes + 16); }
      for (let i = 0; i < 20; i++) parts.push(frame(2, 0, 1, Buffer.alloc(5)));
      if (!out.write(Buffer.concat(parts))) return void out.once("drain", more);
    }
  };
  more();
  setInterval(() => {}, 1000);
`;
