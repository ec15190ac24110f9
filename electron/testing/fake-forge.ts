import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { FakeSite } from "./fake-internet.ts";

/** A forge over git's own `http-backend`: every repository in `folder` needs the token as the password. */
export function fakeForge(folder: string, token: string): FakeSite {
  const wanted = `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
  return (request, response) => {
    if (request.headers["authorization"] !== wanted) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="forge"' }).end(`not you: ${String(request.headers["authorization"])}`);
      return;
    }
    const [path = "", query = ""] = request.url.split("?");
    const child = spawn("git", ["http-backend"], {
      env: {
        PATH: process.env["PATH"],
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: "1",
        PATH_INFO: path,
        QUERY_STRING: query,
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers["content-type"] ?? "",
        HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
        HTTP_GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
        REMOTE_USER: "agent",
        REMOTE_ADDR: "127.0.0.1",
      },
    });
    child.stdin.on("error", () => undefined);
    request.pipe(child.stdin);
    let head = Buffer.alloc(0);
    let hasHead = false;
    child.stdout.on("data", (chunk: Buffer): void => {
      if (!hasHead) head = Buffer.concat([head, chunk]);
      else response.write(chunk);
      const end = hasHead ? -1 : head.indexOf("\r\n\r\n");
      if (end === -1) return;
      hasHead = true;
      const lines = head.subarray(0, end).toString().split("\r\n");
      const headers = Object.fromEntries(
        lines.map((line) => [line.split(": ")[0]?.toLowerCase() ?? "", line.slice(line.indexOf(": ") + 2)]),
      );
      const { status, ...rest } = headers;
      response.writeHead(Number.parseInt(status ?? "200", 10), rest);
      response.write(head.subarray(end + 4));
    });
    child.stdout.on("end", () => response.end());
    child.stderr.resume();
  };
}

/** A bare repository `name` with one commit on `main`, that takes pushes. */
export function bareRepository(folder: string, name: string): void {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  const git = (...parameters: string[]) => execFileSync("git", ["-C", path, ...parameters], { encoding: "utf8" }).trim();
  git("init", "-q", "--bare", "-b", "main");
  git("config", "http.receivepack", "true");
  const tree = git("hash-object", "-t", "tree", "-w", "/dev/null");
  const who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.test"];
  git("update-ref", "refs/heads/main", git(...who, "commit-tree", "-m", "first", tree));
}
