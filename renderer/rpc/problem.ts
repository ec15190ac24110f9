import { ORPCError } from "@orpc/client";

/** An error as a screen shows it: what happened, and what to do next. `code` is one of the contract's, or DISCONNECTED. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** Reads any failure of a call; a lost connection and an unknown failure become words too. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ORPCError && error.code !== "INTERNAL_SERVER_ERROR") {
    return { code: error.code, message: error.message, remedy: remedyIn(error.data) };
  }
  if (isDisconnect(error)) {
    return {
      code: "DISCONNECTED",
      message: "The connection to Gatehouse was lost.",
      remedy: "It is being made again. Then try once more.",
    };
  }
  return {
    code: "INTERNAL",
    message: error instanceof Error && error.message !== "" ? error.message : "Something failed that should not.",
    remedy: "Try once more. If it fails again, restart Gatehouse.",
  };
}

/** True for a call that was given up on purpose (its screen closed), which nobody needs to hear about. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function isDisconnect(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || /not open|closed|disconnected/i.test(error.message));
}

function remedyIn(data: unknown): string {
  if (typeof data === "object" && data !== null && "remedy" in data && typeof data.remedy === "string") return data.remedy;
  return "";
}
