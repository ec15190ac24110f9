import { expect, test } from "vitest";
import { hostPath } from "./host-path.ts";

test("places and tasks that the host names become paths", () => {
  expect(hostPath({ gatehouseOpen: "Board" })).toBe("/");
  expect(hostPath({ gatehouseOpen: "approvals" })).toBe("/approvals");
  expect(hostPath({ gatehouseOpen: "task/t-7f3a00" })).toBe("/tasks/t-7f3a00");
});

test("any other message leads nowhere", () => {
  for (const message of [
    null,
    "gatehouse:port",
    {},
    { gatehouseOpen: 1 },
    { gatehouseOpen: "https://example.org" },
    { gatehouseOpen: "task/../x" },
  ]) {
    expect(hostPath(message)).toBeNull();
  }
});
