import type { TaskId } from "#shared/contract/ids.ts";

export function WelcomeScreen(_: {
  readonly hasVault: boolean;
  readonly onVaultMade?: () => void;
  readonly onDone?: (taskId: TaskId | null) => void;
}) {
  return null;
}
