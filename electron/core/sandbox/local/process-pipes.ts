import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { chown, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { promisify } from "node:util";
import { feed, inlet, Outlet } from "../outlet.ts";

/** How long a process's streams may stay open after it ended because something it left behind holds them, milliseconds. */
const lingerMs = 2_000;

/** User and group that the sandbox's processes run as, where core may choose them. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface ConnectedPipes {
  readonly stdin: Writable;
  readonly stdout: Outlet;
  readonly stderr: Outlet;
  /** Resolves when both outputs are at their end; `exited` bounds how long others may hold them open. */
  ended(exited: Promise<unknown>): Promise<void>;
}

/** The three named pipes of one process: each has the kernel's own back-pressure. */
export interface ProcessPipes {
  /** To be called when the process holds the other ends. Removes the names. */
  connect(): Promise<ConnectedPipes>;
  /** Gives them up. */
  discard(): Promise<void>;
}

/**
 * Makes the pipes `<id>.in`, `<id>.out` and `<id>.err` in `folder`, which nothing in the sandbox can
 * write, so that no name can be replaced by a link before core opens it. The ends are opened without
 * blocking: both sides find the other already there.
 */
export async function makePipes(folder: string, id: string, owner: Owner | null): Promise<ProcessPipes> {
  const inPath = join(folder, `${id}.in`);
  const outPath = join(folder, `${id}.out`);
  const errPath = join(folder, `${id}.err`);
  const paths = [inPath, outPath, errPath];
  await promisify(execFile)("mkfifo", ["-m", "600", "--", ...paths]);
  if (owner !== null) await Promise.all(paths.map((path) => chown(path, owner.uid, owner.gid)));
  const held = openSync(inPath, constants.O_RDWR | constants.O_NONBLOCK);
  const out = openSync(outPath, constants.O_RDONLY | constants.O_NONBLOCK);
  const err = openSync(errPath, constants.O_RDONLY | constants.O_NONBLOCK);
  const removeNames = async () => void (await Promise.all(paths.map((path) => rm(path, { force: true }))));
  return {
    connect: async () => {
      const input = new Socket({ fd: openSync(inPath, constants.O_WRONLY | constants.O_NONBLOCK), readable: false, writable: true });
      closeSync(held);
      await removeNames();
      const stdout = reader(out);
      const stderr = reader(err);
      return {
        stdin: inlet(input, () => input.destroySoon()),
        stdout: stdout.outlet,
        stderr: stderr.outlet,
        ended: async (exited) => {
          void exited.then(() => [stdout, stderr].forEach(closeSoon));
          await Promise.all([stdout.ended, stderr.ended]);
          input.destroy();
        },
      };
    },
    discard: async () => {
      for (const end of [held, out, err]) closeSync(end);
      await removeNames();
    },
  };
}

interface Reader {
  readonly socket: Socket;
  readonly outlet: Outlet;
  readonly ended: Promise<void>;
}

function reader(fd: number): Reader {
  const socket = new Socket({ fd, readable: true, writable: false });
  const outlet = new Outlet();
  return { socket, outlet, ended: outlet.closeAfter(feed(socket, outlet)) };
}

/** The process has ended: what is in the pipe is taken to the last byte; something else that holds it open is not waited for. */
function closeSoon({ socket, outlet, ended }: Reader): void {
  outlet.takeRest();
  const limit = setTimeout(() => socket.destroy(), lingerMs);
  void ended.then(() => clearTimeout(limit));
}
