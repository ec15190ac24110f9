import type { PasskeySummary } from "#shared/contract/unlock.ts";
import { AuthenticationResponse, RegistrationResponse } from "#shared/contract/unlock.ts";
import { UserError } from "../kernel/errors.ts";
import type { PasskeyWindow } from "../ports.ts";
import type { Proof } from "./unlock.ts";
import type { UnlockMethods } from "./unlock-methods.ts";

/**
 * The ceremonies in a window of the host, where the app's own pages cannot use passkeys: what the authenticator yields
 * goes from there to core and never reaches a page of the app. Throw PASSKEY_REFUSED, and as {@link UnlockMethods}.
 */
export async function addPasskeyInWindow(
  methods: UnlockMethods,
  window: PasskeyWindow | null,
  { proof, label }: { readonly proof: Proof; readonly label: string },
  signal: AbortSignal,
): Promise<PasskeySummary> {
  const question = async (origin: string) => ({ kind: "create" as const, options: await methods.beginPasskey(origin) });
  const { response, prf } = await needed(window).ask(question, signal);
  return await methods.finishPasskey(proof, label, read(RegistrationResponse.safeParse(response).data), prf);
}

/** One that yields a key opens by itself; any other together with the keychain's key. */
export async function unlockInWindow(methods: UnlockMethods, window: PasskeyWindow | null, signal: AbortSignal): Promise<void> {
  const question = async (origin: string) => ({ kind: "get" as const, options: await methods.askPasskey(origin) });
  const answer = await needed(window).ask(question, signal);
  const response = read(AuthenticationResponse.safeParse(answer.response).data);
  if (answer.prf === null) await methods.withKeychain({ pin: null, code: null, passkey: response }, signal);
  else await methods.withPasskey(response, answer.prf, signal);
}

function needed(window: PasskeyWindow | null): PasskeyWindow {
  if (window !== null) return window;
  throw new UserError("PASSKEY_REFUSED", "This host has no window for passkeys.", "Use the page at http://localhost, or the passphrase.");
}

function read<T>(response: T | undefined): T {
  if (response !== undefined) return response;
  throw new UserError("PASSKEY_REFUSED", "That passkey's answer cannot be read.", "Try again, or unlock with the passphrase.");
}
