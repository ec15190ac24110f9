import { expect, test } from "vitest";
import type { ToolRequest } from "#shared/contract/policy.ts";
import { fromRequest, toRequest } from "./try-request.ts";

test("nothing typed is no request", () => {
  expect(toRequest("shell", "  \n")).toEqual({ ok: true, request: null });
});

test("a command is asked about exactly as it was typed", () => {
  expect(toRequest("shell", " ls  # x")).toMatchObject({ request: { tool: "shell", command: " ls  # x" } });
});

test("a connection has port 443 unless it names one", () => {
  expect(toRequest("egress", "example.org")).toMatchObject({ request: { host: "example.org", port: 443 } });
  expect(toRequest("egress", "example.org:8080")).toMatchObject({ request: { host: "example.org", port: 8080 } });
});

test("an address or a port that cannot be is refused with words", () => {
  for (const wrong of ["https://example.org/x", "example.org:0", "example.org:70000", ":443"]) {
    expect(toRequest("egress", wrong)).toMatchObject({ ok: false });
  }
});

test("a connection may name a method and a path, as the gateway sees them", () => {
  expect(toRequest("egress", "get api.example.com/v1/x")).toMatchObject({
    request: { host: "api.example.com", port: 443, method: "GET", path: "/v1/x" },
  });
  expect(toRequest("egress", "POST api.example.com:8443")).toMatchObject({ request: { port: 8443, method: "POST", path: "/" } });
  expect(toRequest("egress", "api.example.com/v1")).toMatchObject({ ok: false });
});

test("a secret may name the host it is for", () => {
  expect(toRequest("secret", "npm@registry.example.com")).toMatchObject({ request: { name: "npm", host: "registry.example.com" } });
  expect(toRequest("secret", "npm")).toMatchObject({ request: { name: "npm", host: null } });
  expect(toRequest("secret", "a b")).toMatchObject({ ok: false });
});

const cwd = "/workspace/tasks/example";
test.each<ToolRequest>([
  { tool: "shell", command: "npm test", cwd },
  { tool: "filesystem", action: "list", path: "src", cwd },
  { tool: "egress", host: "a.example", port: 8080, method: null, path: null },
  { tool: "egress", host: "a.example", port: 443, method: "GET", path: "/x" },
  { tool: "secret", name: "npm", host: "a.example" },
  { tool: "git", action: "hand-over", branch: "fix/x" },
  { tool: "mcp", server: "github", name: "search", input: "{}" },
  { tool: "websearch", query: "q" },
  { tool: "knowledge", query: "q" },
  { tool: "unknown", kind: "x", title: "x" },
])("what is written of a request of the past reads as the same request: $tool", (request) => {
  const { kind, typed } = fromRequest(request);
  expect(toRequest(kind, typed)).toEqual({ ok: true, request });
});
