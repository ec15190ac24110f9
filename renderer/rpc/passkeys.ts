import type { PublicKeyCredentialCreationOptionsJSON, PublicKeyCredentialRequestOptionsJSON } from "@simplewebauthn/browser";
import * as z from "zod";
import { AuthenticationResponse, type PasskeySummary, RegistrationResponse } from "#shared/contract/unlock.ts";
import type { Client } from "./client.ts";

/** Where the app's status says that passkeys can be used. */
export type PasskeyPlace = "page" | "window" | "none";

interface Proof {
  readonly passphrase: string;
  readonly code: string | null;
}

/** Whether passkeys can be used from this page: WebAuthn takes plain http on localhost alone. */
export function passkeyPlace(place: PasskeyPlace): PasskeyPlace {
  return place === "page" && (window.location.hostname !== "localhost" || window.PublicKeyCredential === undefined) ? "none" : place;
}

/** Registers a passkey. With the PRF extension it yields a key of its own; without, it is a gate. */
export async function addPasskey(
  client: Client,
  place: PasskeyPlace,
  { proof, label }: { readonly proof: Proof; readonly label: string },
): Promise<PasskeySummary> {
  if (place === "window") return await client.unlock.addPasskeyInWindow({ proof, label });
  const options = await client.unlock.beginPasskey({ origin: window.location.origin });
  const { response, prf } = await createPasskey(options);
  return await client.unlock.finishPasskey({ proof, label, response, prf });
}

/** Unlocks with a passkey: by itself where it yields a key, else together with this machine's keychain. */
export async function unlockWithPasskey(client: Client, place: PasskeyPlace): Promise<void> {
  if (place === "window") return void (await client.unlock.withPasskeyWindow({}));
  const { response, prf } = await askPasskey(await client.unlock.askPasskey({ origin: window.location.origin }));
  if (prf === null) await client.unlock.withKeychain({ passkey: response });
  else await client.unlock.withPasskey({ response, prf });
}

/** The browser's registration. Where the key comes only with a use of the passkey, it is used once at once. */
export async function createPasskey(options: unknown) {
  const { startRegistration } = await import("@simplewebauthn/browser");
  const asked = CreationOptions.parse(options);
  const made = await orExplained(startRegistration({ optionsJSON: { ...asked, ...withInput(asked) } }));
  const prf = Prf.safeParse(made.clientExtensionResults).data?.prf;
  const response = RegistrationResponse.parse(made);
  if (prf?.results !== undefined || prf?.enabled !== true) return { response, prf: outputOf(prf) };
  const again = { challenge: asked.challenge, rpId: asked.rp.id ?? "", allowCredentials: [{ id: made.id, type: "public-key" as const }] };
  const used = await askPasskey({ ...again, userVerification: "required", extensions: asked.extensions });
  return { response, prf: used.prf };
}

/** The browser's question to a passkey that is registered. */
export async function askPasskey(options: unknown) {
  const { startAuthentication } = await import("@simplewebauthn/browser");
  const asked = RequestOptions.parse(options);
  const used = await orExplained(startAuthentication({ optionsJSON: { ...asked, ...withInput(asked) } }));
  return { response: AuthenticationResponse.parse(used), prf: outputOf(Prf.safeParse(used.clientExtensionResults).data?.prf) };
}

const Input = z.object({ first: z.string() });
const PrfInput = z.object({ prf: z.object({ eval: Input.optional(), evalByCredential: z.record(z.string(), Input).optional() }) });
const CreationOptions = z.custom<PublicKeyCredentialCreationOptionsJSON>(isObject);
const RequestOptions = z.custom<PublicKeyCredentialRequestOptionsJSON>(isObject);

const Prf = z.object({
  prf: z.object({ enabled: z.boolean().optional(), results: z.object({ first: z.instanceof(ArrayBuffer) }).optional() }).optional(),
});

/** The browser's call takes the PRF inputs as bytes; their JSON form is base64url. */
function withInput({ extensions }: { readonly extensions?: unknown }) {
  const asked = PrfInput.safeParse(extensions).data?.prf;
  if (asked === undefined) return {};
  const bytes = ({ first }: z.infer<typeof Input>) => ({ first: decode(first) });
  const each = Object.entries(asked.evalByCredential ?? {}).map(([id, input]) => [id, bytes(input)]);
  const prf = {
    ...(asked.eval === undefined ? {} : { eval: bytes(asked.eval) }),
    ...(asked.evalByCredential === undefined ? {} : { evalByCredential: Object.fromEntries(each) }),
  };
  return { extensions: { prf } };
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function outputOf(prf: z.infer<typeof Prf>["prf"]): string | null {
  const first = prf?.results?.first;
  if (first === undefined) return null;
  const text = btoa(String.fromCharCode(...new Uint8Array(first)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decode(text: string): ArrayBuffer {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
}

/** What the browser says in names of its own, in words. */
async function orExplained<T>(ceremony: Promise<T>): Promise<T> {
  try {
    return await ceremony;
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    const words =
      name === "NotAllowedError"
        ? "No passkey was used: it was cancelled, took too long, is not on this device, or could not verify that it is you."
        : name === "InvalidStateError"
          ? "This passkey is registered already."
          : `The browser refused the passkey: ${error instanceof Error ? error.message : "for no stated reason"}`;
    throw new Error(words, { cause: error });
  }
}
