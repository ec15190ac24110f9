/** The one form of a Python project's name, however it is written (names and normalization, packaging.python.org). */
export function canonicalPythonName(name: string): string {
  return name.replaceAll(/[-_.]+/gu, "-").toLowerCase();
}
