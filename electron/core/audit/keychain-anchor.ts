import { Secret } from "../kernel/secret.ts";
import { AnchorPoint, type AuditAnchor } from "./audit-anchor.ts";

/** The part of the system's keychain that an anchor needs. */
export interface AnchorKeychain {
  state(): Promise<{ readonly state: "available" | "unavailable" }>;
  get(account: string): Promise<Secret | null>;
  set(account: string, value: Secret): Promise<void>;
}

/** How long a start waits for the keychain, milliseconds: it may be asking the person for a password. */
const answersWithinMs = 3_000;

/**
 * The anchor in the system's keychain, where whoever can only change files does not reach it, and in a
 * file besides, for machines without one. The greater of the two counts. A keychain that does not
 * answer in time is left out until the next start.
 */
export function keychainAnchor(keychain: AnchorKeychain, account: string, file: AuditAnchor): AuditAnchor {
  let isUsable = false;
  const fromKeychain = async (): Promise<AnchorPoint | null> => {
    if ((await keychain.state()).state !== "available") return null;
    const stored = await keychain.get(account);
    isUsable = true;
    if (stored === null) return null;
    try {
      return AnchorPoint.parse(JSON.parse(stored.use((bytes) => bytes.toString("utf8"))));
    } finally {
      stored.destroy();
    }
  };
  return {
    read: async () => {
      const [kept, filed] = await Promise.all([inTime(fromKeychain()), file.read().catch(() => null)]);
      if (kept === null || filed === null) return kept ?? filed;
      return kept.size >= filed.size ? kept : filed;
    },
    write: async (point) => {
      await file.write(point);
      if (!isUsable) return;
      const value = Secret.fromText(JSON.stringify(point));
      try {
        await keychain.set(account, value);
      } finally {
        value.destroy();
      }
    },
  };
}

async function inTime(answer: Promise<AnchorPoint | null>): Promise<AnchorPoint | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), answersWithinMs);
  });
  try {
    return await Promise.race([answer.catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}
