// The scripted model as a process: `scripted-model.mjs PORT`. Prints one line when it answers.
import { scriptedModel } from "./server.ts";

const port = Number(process.argv[2]);
scriptedModel().listen(port, "127.0.0.1", () => process.stdout.write("ready\n"));
