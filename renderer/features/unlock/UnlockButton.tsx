import { Button } from "../../ui/Button.tsx";
import { writeElapsed } from "../../ui/format.ts";
import { ErrorNote } from "../../ui/states.tsx";
import type { Problem } from "../../rpc/problem.ts";

/** The button of every way in, with what became of the last try below it. */
export function UnlockButton({
  words,
  busyWords,
  isRunning,
  waitMs,
  problem,
  onOlder,
}: {
  readonly words: string;
  readonly busyWords: string;
  readonly isRunning: boolean;
  readonly waitMs: number;
  /** What is not said beside a field. */
  readonly problem: Problem | null;
  /** Offered after files were found to be older than they should be: the person restored a backup. */
  readonly onOlder?: () => void;
}) {
  const isWaiting = waitMs > 0;
  return (
    <>
      <Button
        type="submit"
        look="primary"
        size="large"
        keys="enter"
        className="w-full"
        off={isWaiting ? "Wait for the next try" : false}
        aria-busy={isRunning}
      >
        {isRunning ? busyWords : words}
      </Button>
      {isWaiting && (
        <p className="small is-deny" role="status">
          Too many wrong tries. <span className="num">The next one is taken in {writeElapsed(waitMs)}.</span>
        </p>
      )}
      {problem !== null && problem.code !== "TOO_MANY_ATTEMPTS" && (
        <ErrorNote
          problem={problem}
          {...(onOlder !== undefined && isRolledBack(problem) ? { action: { label: "I restored a backup", run: onOlder } } : {})}
        />
      )}
    </>
  );
}

function isRolledBack({ code, message }: Problem): boolean {
  return code === "VAULT_DAMAGED" && /older/i.test(message);
}
