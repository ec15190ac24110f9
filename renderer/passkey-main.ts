import * as z from "zod";
import { askPasskey, createPasskey } from "./rpc/passkeys.ts";
import "./ui/styles.css";
import "./ui/passkey-page.css";

/** The page of the desktop app's passkey window: asks core for one question, the authenticator for its answer, and gives that back. */
const Question = z.object({ kind: z.enum(["create", "get"]), options: z.unknown() });

const token = window.location.hash.slice(1);
window.history.replaceState(null, "", window.location.pathname);
const words = document.getElementById("words");
const again = document.getElementById("again");

async function ask(): Promise<void> {
  say("Waiting for your passkey. It must verify that it is you.");
  try {
    const { kind, options } = Question.parse(await (await call("/question")).json());
    const answer = kind === "create" ? await createPasskey(options) : await askPasskey(options);
    await call("/answer", JSON.stringify(answer));
    say("Done. This window closes.");
  } catch (error) {
    say(error instanceof Error ? error.message : "That did not work.");
  }
}

async function call(path: string, body: string | null = null): Promise<Response> {
  const shared: RequestInit = { headers: { Authorization: `Bearer ${token}` }, cache: "no-store" };
  const response = await fetch(path, body === null ? shared : { ...shared, method: "POST", body });
  if (!response.ok) throw new Error("Gatehouse does not wait for this passkey any more. Close this window and begin again.");
  return response;
}

function say(text: string): void {
  if (words !== null) words.textContent = text;
}

again?.addEventListener("click", () => void ask());
void ask();
