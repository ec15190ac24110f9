import type { Outcome, Turn } from "./turn.ts";

const sampleBug = "if (quantity > volumeDiscountFrom) {";
const sampleMended = "if (quantity >= volumeDiscountFrom) {";

export const greeting =
  "I am the practice agent of Gatehouse: a small fixed program, no model. I use no key and no network. " +
  "What I do is real, though: I read, run and change this repository in its sandbox, and I ask like any other agent.";

/** What the agent does by itself in the first turn. */
export async function firstTurn(turn: Turn): Promise<void> {
  const pricing = await isSample(turn);
  if (pricing !== null) await mendSample(turn, pricing);
  else await leaveNote(turn);
}

/** A later message of the person: it is acknowledged, and kept in a file, so that there is something to review. */
export async function laterTurn(turn: Turn, prompt: string): Promise<void> {
  await turn.say(
    "Thank you for the message. I am no model and cannot take it to heart; I put it down in `PRACTICE.md`, so that you see a change come back.",
  );
  const before = await contentOf(turn, "PRACTICE.md");
  const quoted = prompt
    .trim()
    .slice(0, 2_000)
    .split("\n")
    .map((line) => `> ${line}`);
  await turn.write("PRACTICE.md", `${before ?? noteHeading}\n${quoted.join("\n")}\n`);
  await commit(turn, "PRACTICE.md", "Put down a message for the practice agent");
}

async function mendSample(turn: Turn, pricing: string): Promise<void> {
  const plan = ["Look around", "Run the tests", "Find the fault", "Mend it", "Run the tests again", "Commit"];
  await turn.plan(plan, 0);
  await turn.run("ls -la");
  await turn.read("README.md");
  await turn.plan(plan, 1);
  const before = await turn.run("node --test");
  await tellTests(turn, before);
  await turn.plan(plan, 2);
  await turn.read("test/pricing.test.js");
  await turn.think(
    "Ten of an article should be cheaper, and only more than ten are. The comparison in src/pricing.js leaves out ten itself.",
  );
  await tryForbidden(turn);
  await turn.plan(plan, 3);
  await turn.write("src/pricing.js", pricing.replace(sampleBug, sampleMended));
  await turn.plan(plan, 4);
  await tellTests(turn, await turn.run("node --test"));
  await turn.plan(plan, 5);
  await commit(turn, "src/pricing.js", "Give the volume discount from ten on");
  await turn.plan(plan, 6);
  await turn.say("Done: `src/pricing.js` now compares with `>=`, so ten of an article get the volume discount. Please review the change.");
}

async function leaveNote(turn: Turn): Promise<void> {
  const plan = ["Look around", "Leave a note", "Commit"];
  await turn.say(
    "This is not the sample repository, and I do not understand other programs. I look around and leave a small note, so that there is something to review.",
  );
  await turn.plan(plan, 0);
  const listing = await turn.run("ls");
  await turn.run("git log --oneline -5");
  await turn.read("README.md");
  await tryForbidden(turn);
  await turn.plan(plan, 1);
  const names = listing.kind === "done" ? listing.output.split("\n").filter((name) => name !== "") : [];
  const seen = names.slice(0, 50).map((name) => `- ${JSON.stringify(name)}`);
  const before = await contentOf(turn, "PRACTICE.md");
  await turn.write("PRACTICE.md", `${before ?? noteHeading}\nIt saw at the top of this repository:\n\n${seen.join("\n")}\n`);
  await turn.plan(plan, 2);
  await commit(turn, "PRACTICE.md", "Add a note of the practice agent");
  await turn.plan(plan, 3);
  await turn.say("Done: I added `PRACTICE.md`. You can accept the branch, or discard it without loss.");
}

/** Something that the default rules deny. The path does not exist, so it would do nothing if they did not. */
async function tryForbidden(turn: Turn): Promise<void> {
  await turn.say("Now something that no agent should get away with, to show what a rule does:");
  const outcome = await turn.run("rm -rf /gatehouse-practice-no-such-folder");
  await turn.say(
    outcome.kind === "refused" ? "It was refused, as it should be. I go on." : "It was *not* refused. Look at your deny rules.",
  );
}

async function tellTests(turn: Turn, outcome: Outcome): Promise<void> {
  if (outcome.kind === "refused") return await turn.say(`The tests were not run: ${outcome.why}`);
  const count = (word: string) => new RegExp(`(?:#|ℹ) ${word} (\\d+)`, "u").exec(outcome.output)?.[1] ?? "?";
  await turn.say(`Tests: ${count("pass")} passed, ${count("fail")} failed.`);
}

async function commit(turn: Turn, path: string, message: string): Promise<void> {
  await turn.run(`git add ${path}`);
  const outcome = await turn.run(`git commit --quiet -m "${message}"`);
  if (outcome.kind === "done" && outcome.exitCode === 0) return;
  await turn.say("I could not commit; what I changed lies in the worktree.");
}

const noteHeading = "# Notes of the practice agent\n\nA fixed program that ships with Gatehouse wrote this file. It can be removed.\n";

/** The text of `src/pricing.js` where this is the sample repository with its open bug; else null. */
async function isSample(turn: Turn): Promise<string | null> {
  const manifest = await contentOf(turn, "package.json");
  if (manifest === null || !/"name": "till"/u.test(manifest)) return null;
  const pricing = await contentOf(turn, "src/pricing.js");
  return pricing?.includes(sampleBug) === true ? pricing : null;
}

async function contentOf(turn: Turn, path: string): Promise<string | null> {
  const outcome = await turn.read(path);
  return outcome.kind === "done" ? outcome.output : null;
}
