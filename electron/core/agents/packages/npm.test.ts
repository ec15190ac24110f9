import { expect, test } from "vitest";
import { npmFailure } from "./npm.ts";

test("what npm says of a failure is told by its code, without npm's own prefixes and log", () => {
  const missing = "npm error code E404\nnpm error 404 Not Found - GET https://registry.example/x\nnpm error 404";
  expect(npmFailure(missing)).toMatchObject({ code: "PACKAGE_NOT_FOUND", message: "The registry has no such package or version." });
  const changed =
    "npm error code EINTEGRITY\nnpm error sha512-a integrity checksum failed when using sha512: wanted sha512-a but got sha512-b.";
  expect(npmFailure(changed)).toMatchObject({
    code: "PACKAGE_MISMATCH",
    message: expect.stringContaining("wanted sha512-a but got sha512-b."),
  });
  const away = [
    "npm ERR! code ENOTFOUND",
    "npm ERR! network request to https://registry.example/x failed",
    "npm ERR! A complete log of this run can be found in: /home/a/.npm/_logs/1.log",
  ].join("\n");
  expect(npmFailure(away)).toMatchObject({
    code: "AGENT_FAILED",
    message: "npm could not fetch the packages: network request to https://registry.example/x failed",
  });
});
