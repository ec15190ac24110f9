import { expect, test } from "vitest";
import { toRequest } from "./try-request.ts";

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
