import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { never } from "../../testing/never.ts";
import { scriptedAgent } from "../../testing/scripted-agent.ts";

test("an edit that was allowed with its content is not asked again; another content is", async () => {
  const { starting, host, worktree } = scriptedAgent(`agent.prompt = async () => {
    const path = process.cwd() + "/a.txt";
    await ask({ toolCallId: "e", kind: "edit", title: "Edit", content: [{ type: "diff", path, oldText: null, newText: "good" }] });
    await request("fs/write_text_file", { path, content: "good" });
    await request("fs/write_text_file", { path, content: "good" });
    await request("fs/write_text_file", { path, content: "evil" });
  };`);
  await (await starting).prompt("go", never());
  expect(host.calls.map(({ edit }) => edit?.after)).toEqual(["good", "good", "evil"]);
  expect(readFileSync(join(worktree, "a.txt"), "utf8")).toBe("evil");
});

test("an edit that was allowed is decided anew where its path leads elsewhere by then", async () => {
  const { starting, host, folder, worktree } = scriptedAgent(
    `agent.prompt = async () => {
    const fs = await import("node:fs");
    const path = process.cwd() + "/sub/a.txt";
    await ask({ toolCallId: "e", kind: "edit", title: "Edit", content: [{ type: "diff", path, oldText: null, newText: "good" }] });
    fs.renameSync("sub", "was");
    fs.symlinkSync("../../home", "sub");
    const answer = await request("fs/write_text_file", { path, content: "good" });
    await say(String(answer.error?.code));
  };`,
    { decide: (call) => (call.realPath === join(folder, "home/a.txt") ? "refused" : "allowed") },
  );
  mkdirSync(join(worktree, "sub"));
  await (await starting).prompt("go", never());
  expect(host.calls.map(({ realPath }) => realPath)).toEqual([join(worktree, "sub/a.txt"), join(folder, "home/a.txt")]);
  expect(host.said).toBe("-32003");
  expect(existsSync(join(folder, "home/a.txt"))).toBe(false);
});

test("a search of a file is one call, and reading that file for it is not asked about again; reading another is", async () => {
  const { starting, host, worktree } = scriptedAgent(`agent.prompt = async () => {
    const path = process.cwd() + "/a.txt";
    await ask({ toolCallId: "s", kind: "search", title: "Search", rawInput: { pattern: "x", path } });
    await request("fs/read_text_file", { path });
    await request("fs/read_text_file", { path: process.cwd() + "/b.txt" });
  };`);
  for (const name of ["a.txt", "b.txt"]) writeFileSync(join(worktree, name), "x");
  await (await starting).prompt("go", never());
  const asked = host.calls.map(({ request }) => (request.tool === "filesystem" ? `${request.action} ${request.path}` : request.tool));
  expect(asked).toEqual([`search ${join(worktree, "a.txt")}`, `read ${join(worktree, "b.txt")}`]);
});
