import { Secret } from "../kernel/secret.ts";

/** Lends secret text of a call's input as a `Secret`, overwritten when the consumer has finished with it. */
export async function lend<T>(text: string, consumer: (secret: Secret) => T | Promise<T>): Promise<T> {
  const secret = Secret.fromText(text);
  try {
    return await consumer(secret);
  } finally {
    secret.destroy();
  }
}
