import type Docker from "dockerode";
import { randomId } from "../../kernel/ids.ts";
import type { ExecSpec, ExitStatus, SandboxProcess } from "../driver.ts";
import { callEnvironment } from "../call-variable.ts";
import { statusOf } from "../exit-status.ts";
import { inlet } from "../outlet.ts";
import { demultiplex, type Outputs } from "./demultiplex.ts";
import { markVariable, signalScript } from "./signal-script.ts";

/** How often a process with a reader that does not keep up is looked at, milliseconds; see {@link takeRestAtEnd}. */
const lookAfterMs = 250;

/** Within this a process that was asked for runs, milliseconds. */
const startsWithinMs = 10_000;

export interface ProcessHost {
  readonly container: Docker.Container;
  /** Path of a small init that can stand over a process and adopt what it leaves; null where there is none. */
  readonly subreaper: string | null;
  /** A frozen sandbox neither starts nor signals anything. */
  wake(): Promise<void>;
  /** Ends the sandbox: what a process that cannot be killed leaves as the only choice. */
  killSandbox(): Promise<void>;
}

/** Starts a process in a running container and gives its streams, in the driver's terms. */
export async function startProcess(host: ProcessHost, spec: ExecSpec): Promise<SandboxProcess> {
  const mark = randomId("p", 20);
  const tty = spec.tty ?? null;
  const exec = await host.container.exec({
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: tty !== null,
    WorkingDir: spec.cwd,
    Env: [
      ...Object.entries({ ...spec.environment, ...callEnvironment() }).map(([key, value]) => `${key}=${value}`),
      ...(tty === null ? [] : ["TERM=xterm-256color"]),
      `${markVariable}=${mark}`,
    ],
    Cmd: wrapped(spec, host.subreaper),
  });
  const socket = await exec.start({ hijack: true, stdin: true, Tty: tty !== null });
  const outputs = demultiplex(socket, tty === null ? "frames" : "raw");
  takeRestAtEnd(exec, outputs);
  const stdin = inlet(socket, () => void (socket.writableEnded || socket.end()));
  let hasEnded = false;
  const exited = outputs.ended.then(async () => {
    const status = await exitStatus(exec);
    hasEnded = true;
    stdin.destroy();
    socket.destroy();
    return status;
  });
  return {
    stdin,
    stdout: outputs.stdout,
    stderr: outputs.stderr,
    exited,
    resize: async (size) => {
      if (tty === null || hasEnded) return;
      await exec.resize({ h: size.rows, w: size.columns }).catch(() => undefined);
    },
    kill: async (signal) => {
      const until = performance.now() + startsWithinMs;
      for (;;) {
        const isDone = await signalTree(host, mark, signal);
        if (signal !== "SIGKILL") return;
        if (!isDone) return await host.killSandbox();
        // One that the engine has only just started shows no mark yet.
        if (hasEnded || performance.now() >= until || !(await isRunning(exec))) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

/** Runs a short program to its end and gives what it wrote to standard output. */
export async function readOutput(
  container: Docker.Container,
  argv: readonly string[],
): Promise<{ readonly text: string; readonly code: number | null }> {
  const exec = await container.exec({ AttachStdout: true, AttachStderr: true, Cmd: [...argv] });
  const socket = await exec.start({ hijack: true, stdin: true });
  const outputs = demultiplex(socket, "frames");
  outputs.stderr.resume();
  const chunks: Buffer[] = [];
  outputs.stdout.on("data", (chunk: Buffer) => void chunks.push(chunk));
  await outputs.ended;
  socket.destroy();
  const { code } = await exitStatus(exec);
  return { text: Buffer.concat(chunks).toString("utf8"), code };
}

/**
 * An engine gives the streams of a process that ended two seconds to be read, then cuts them off, and
 * meanwhile notices the end of no other process in the container. So while a reader is behind, its
 * process is watched, and what it left is taken over into memory as soon as it has ended.
 */
function takeRestAtEnd(exec: Docker.Exec, outputs: Outputs): void {
  const outlets = [outputs.stdout, outputs.stderr];
  const look = setInterval(() => {
    if (outlets.some((outlet) => outlet.isFull))
      void isRunning(exec).then((runs) => runs || outlets.forEach((outlet) => outlet.takeRest()));
  }, lookAfterMs);
  void outputs.ended.then(() => clearInterval(look));
}

async function isRunning(exec: Docker.Exec): Promise<boolean> {
  try {
    return (await exec.inspect()).Running;
  } catch {
    return false;
  }
}

/** False when some of the processes are still there, or none could be looked for. */
async function signalTree(host: ProcessHost, mark: string, signal: "SIGINT" | "SIGTERM" | "SIGKILL"): Promise<boolean> {
  const keep = host.subreaper === null ? "all" : "keep";
  try {
    await host.wake();
    const { code } = await readOutput(host.container, ["/bin/bash", "-c", signalScript, "gatehouse", mark, signal.slice(3), keep]);
    return code === 0;
  } catch {
    return false;
  }
}

/** A terminal gets its size before the program starts: engines before API 1.42 cannot be told at creation. */
function wrapped(spec: ExecSpec, subreaper: string | null): string[] {
  const argv = subreaper === null ? [...spec.argv] : [subreaper, "-s", "--", ...spec.argv];
  if (spec.tty === undefined || spec.tty === null) return argv;
  const { rows, columns } = spec.tty;
  return [
    "/bin/bash",
    "-c",
    'stty rows "$1" cols "$2" 2>/dev/null; shift 2; exec "$@"',
    "gatehouse",
    String(rows),
    String(columns),
    ...argv,
  ];
}

/** The engine may take a moment to notice the end; a container that is gone killed its processes. */
async function exitStatus(exec: Docker.Exec): Promise<ExitStatus> {
  for (let waitMs = 5; ; waitMs = Math.min(waitMs * 2, 500)) {
    try {
      const { Running, ExitCode } = await exec.inspect();
      if (!Running && ExitCode !== null) return statusOf(ExitCode);
    } catch {
      return { code: null, signal: "SIGKILL" };
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}
