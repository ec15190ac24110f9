import { expect, test } from "vitest";
import { readLock } from "./package-lock.ts";

const sha512 = `sha512-${"A".repeat(86)}==`;
const lock = (packages: Readonly<Record<string, object>>) => JSON.stringify({ lockfileVersion: 3, packages: { "": {}, ...packages } });
const main = { version: "1.2.3", integrity: sha512, bin: { tool: "dist/index.js" } };

test("every package of a lock is read with its hash, and who would run a script is told", () => {
  const text = lock({
    "node_modules/@a/tool": main,
    "node_modules/@a/tool/node_modules/deep": { version: "2.0.0", integrity: sha512, hasInstallScript: true },
    "node_modules/carried": { version: "3.0.0", inBundle: true },
  });
  expect(readLock(text, "@a/tool")).toEqual({
    main: { name: "@a/tool", version: "1.2.3", integrity: sha512, hasInstallScript: false },
    programs: { tool: "dist/index.js" },
    packages: [
      { name: "@a/tool", version: "1.2.3", integrity: sha512, hasInstallScript: false },
      { name: "deep", version: "2.0.0", integrity: sha512, hasInstallScript: true },
      { name: "carried", version: "3.0.0", integrity: null, hasInstallScript: false },
    ],
  });
});

test.each([
  ["a package of a git repository", { version: "1.0.0", resolved: "git+ssh://git@example.org/x.git#abc" }],
  ["an archive from somewhere", { version: "1.0.0", integrity: sha512, resolved: "https://example.org/x.tgz" }],
  ["a link", { version: "1.0.0", link: true, integrity: sha512 }],
  ["an older hash", { version: "1.0.0", integrity: "sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=" }],
  ["no hash", { version: "1.0.0" }],
  ["a program outside of it", { version: "1.0.0", integrity: sha512, bin: { x: "../../etc/x" } }],
])("%s cannot be pinned, and is refused", (_what, entry) => {
  const text = lock({ "node_modules/tool": main, "node_modules/other": entry });
  expect(() => readLock(text, "tool")).toThrow(expect.objectContaining({ code: "PACKAGE_REFUSED" }));
});

test("a lock of something else is refused", () => {
  expect(() => readLock(lock({ "node_modules/other": main }), "tool")).toThrow(expect.objectContaining({ code: "PACKAGE_REFUSED" }));
  expect(() => readLock(lock({ "elsewhere/tool": main }), "tool")).toThrow(expect.objectContaining({ code: "PACKAGE_REFUSED" }));
});
