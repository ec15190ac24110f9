import { expect, test } from "vitest";
import { programFiles } from "./program-files.ts";

test.each<[readonly string[], readonly string[]]>([
  [["/opt/guard", "--config", "/etc/guard.json"], ["/opt/guard!"]],
  [["opt/guard"], ["/opt/guard!"]],
  [["guard"], ["/usr/local/bin/guard!"]],
  [
    ["/usr/bin/python3", "-u", "/opt/guard.py", "/var/data"],
    ["/opt/guard.py", "/var/data"],
  ],
  [["python3.12", "/opt/guard.py", "/var/data"], ["/opt/guard.py"]],
  [
    ["node", "--require", "/opt/first.cjs", "/opt/guard.mjs", "/x"],
    ["/opt/first.cjs", "/opt/guard.mjs"],
  ],
  [["/usr/bin/env", "-i", "A=/b", "bash", "-e", "/opt/guard.sh"], ["/opt/guard.sh"]],
  [["env", "/opt/guard", "/x"], ["/opt/guard!"]],
  [["sh", "-c", "true"], []],
  [["/home/ada/bin/python3", "/opt/guard.py"], ["/home/ada/bin/python3!"]],
  [[], []],
])("of %j the content of %j is what it does", (command, files) => {
  expect(programFiles(command).map(({ places, isProgram }) => `${places[0] ?? ""}${isProgram ? "!" : ""}`)).toEqual(files);
});
