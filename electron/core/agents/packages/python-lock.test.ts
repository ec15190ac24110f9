import { expect, test } from "vitest";
import { canonicalPythonName } from "#shared/domain/python-name.ts";
import { readPrograms, readReport, requirementsOf } from "./python-lock.ts";

const sha256 = "a".repeat(64);
const wheel = (name: string, more: object = {}, url = `https://files.example/${name}-1.0-py3-none-any.whl`) => ({
  ...{ is_direct: false, is_yanked: false, requested: name === "tool", metadata: { name, version: "1.0" } },
  download_info: { url, archive_info: { hashes: { sha256 } } },
  ...more,
});
const report = (...install: readonly object[]) => ({ version: "1", pip_version: "23.2", install });

test("what pip would install becomes names, exact versions and hashes in one order", () => {
  expect(readReport(report(wheel("tool"), wheel("A_dep.One")), "tool")).toEqual([
    { name: "a-dep-one", version: "1.0", sha256 },
    { name: "tool", version: "1.0", sha256 },
  ]);
});

test.each([
  ["an address of its own", wheel("dep", { is_direct: true })],
  ["a source archive", wheel("dep", {}, "https://files.example/dep-1.0.tar.gz")],
  ["a git repository", wheel("dep", { download_info: { url: "git+https://example.org/dep", vcs_info: {} } })],
  ["a file of this computer", wheel("dep", {}, "file:///tmp/dep-1.0-py3-none-any.whl")],
  ["a version that its makers withdrew", wheel("dep", { is_yanked: true })],
  ["no hash", wheel("dep", { download_info: { url: "https://files.example/dep-1.0-py3-none-any.whl", archive_info: { hashes: {} } } })],
  ["an older hash", wheel("dep", { download_info: { url: "https://files.example/dep.whl", archive_info: { hashes: { md5: "a" } } } })],
  ["a version with a line of its own", wheel("dep", { metadata: { name: "dep", version: "1.0\n--index-url=https://evil.example" } })],
  ["a name that is an option", wheel("dep", { metadata: { name: "--pre", version: "1.0" } })],
  ["the same name twice", wheel("TOOL")],
])("a package with %s cannot be pinned, and refuses all of it", (_what, other) => {
  expect(() => readReport(report(wheel("tool"), other), "tool")).toThrow(expect.objectContaining({ code: "PACKAGE_REFUSED" }));
});

test("a report of something else, or of another format, is refused", () => {
  for (const other of [report(wheel("other")), { ...report(wheel("tool")), version: "2" }, null])
    expect(() => readReport(other, "tool")).toThrow(expect.objectContaining({ code: "PACKAGE_REFUSED" }));
});

test("only console scripts that name a module and what is called in it can be started", () => {
  const told = {
    plain: "pkg:main",
    deep: "pkg.sub.mod : App.run [extra]",
    "no-attribute": "pkg",
    path: "../../etc:main",
    code: "os:system('id')",
    "a b": "pkg:main",
    "../x": "pkg:main",
  };
  expect(readPrograms(told)).toEqual({
    plain: { module: "pkg", attribute: "main" },
    deep: { module: "pkg.sub.mod", attribute: "App.run" },
  });
});

test("requirements hold each package to its hash, and names have one form", () => {
  expect(requirementsOf([{ name: "tool", version: "1.0", sha256 }])).toBe(`tool==1.0 --hash=sha256:${sha256}\n`);
  expect(canonicalPythonName("My__Tool.Server")).toBe("my-tool-server");
});
