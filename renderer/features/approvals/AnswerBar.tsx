import type { KeyboardEvent } from "react";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { Answer, PermissionRequest } from "#shared/contract/permission.ts";
import { briefAllowance } from "#shared/domain/brief-allowance.ts";
import { Button, IconButton } from "../../ui/Button.tsx";
import { useRegisteredCommands } from "../../ui/commands.ts";
import type { IconName } from "../../ui/Icon.tsx";
import { Menu } from "../../ui/Menu.tsx";
import type { PromptPlace } from "./PromptFrame.tsx";
import { cutOff, onlyJustShown } from "./held-words.ts";
import { SettledLine } from "./SettledLine.tsx";
import { answerKeys, type Hold } from "./answer-guard.ts";
import { denyMarked, type Prompting } from "./use-prompt.ts";
import "./answers.css";

/** Allow left, deny right, always there and always in this order; none is primary, none has focus. */
export function AnswerBar({
  request,
  place,
  prompt,
  onAnswer,
}: {
  readonly request: PermissionRequest;
  readonly place: PromptPlace;
  readonly prompt: Pick<Prompting, "version" | "isRead" | "answering" | "isConnected" | "held">;
  /** Of "always in this repository": the rule is shown before it is written. */
  readonly onAnswer: (answer: Answer) => void;
}) {
  // Then the key is theirs.
  const areMarked = useRegisteredCommands().some(({ id }) => id === denyMarked);
  if (request.status.status !== "pending") return <SettledLine request={request} place={place} />;
  const busy = busyWith(prompt);
  const allowOff = busy === false && !prompt.isRead ? "Scroll through all of it first" : busy;
  const hint = heldWords(prompt.held) ?? (busy === false && allowOff !== false ? allowWhen[place] : prompt.isConnected ? null : cutOff);
  const brief = briefAllowance(request);
  const once = (
    <Button
      size="large"
      keys={answerKeys["allow-once"]}
      off={allowOff}
      onClick={() => onAnswer(brief.answer)}
      {...unpressable}
      aria-keyshortcuts="A"
    >
      {brief.words}
    </Button>
  );
  const thisRun =
    brief.answer === "allow-run" ? null : (
      <Button
        size={place === "window" ? "small" : "large"}
        look={place === "window" ? "quiet" : "plain"}
        keys={answerKeys["allow-run"]}
        off={allowOff}
        onClick={() => onAnswer("allow-run")}
        {...unpressable}
        aria-keyshortcuts="Shift+A"
      >
        {place === "window" ? "Allow for this run" : "This run"}
      </Button>
    );
  const entry = (answer: Answer, label: string, icon: IconName, isOff: boolean) => ({
    ...{ label, icon, isOff },
    ...(answer === "deny-run" && areMarked ? {} : { keys: answerKeys[answer] }),
    run: () => onAnswer(answer),
  });
  const more = (
    <Menu
      // Opened for one request, it does not stay open for another.
      key={prompt.version}
      trigger={<IconButton icon="more" name="More answers" size={place === "window" ? "small" : "large"} look="plain" />}
      entries={[
        entry("allow-hour", "Allow for an hour in this task", "clock", allowOff !== false),
        entry("allow-repository", "Always allow like this in this repository…", "check", allowOff !== false),
        null,
        { ...entry("deny-run", "Deny all that this run asks", "deny", busy !== false), isGrave: true },
      ]}
    />
  );
  const deny = (
    <Button
      size="large"
      look="deny"
      keys={answerKeys.deny}
      off={busy}
      onClick={() => onAnswer("deny")}
      {...unpressable}
      aria-keyshortcuts="D"
    >
      Deny and stop
    </Button>
  );
  if (place === "window") {
    return (
      <div className="answers answers-window">
        <div className="two">
          {once}
          {deny}
        </div>
        <div className="two">
          <span className="for-run">
            {thisRun}
            {more}
          </span>
          <span className="hint" role="status">
            {hint ?? "Denying ends the run"}
          </span>
        </div>
      </div>
    );
  }
  return (
    <div className="answers">
      <span className="joined" role="group" aria-label="Allow">
        {once}
        {thisRun}
        {more}
      </span>
      <span className="hint" role="status">
        {hint}
      </span>
      <span className="hint push">Ends the run</span>
      {deny}
    </div>
  );
}

const allowWhen: Readonly<Record<PromptPlace, string>> = {
  page: "Scroll through all of it to allow it",
  dialog: "Scroll through all of it to allow it",
  window: "Scroll to its end to allow it",
};

/** Why no answer can be given, not even a denial. */
function busyWith({ answering, isConnected }: Pick<Prompting, "answering" | "isConnected">): string | false {
  if (answering !== null) return "The answer is on its way";
  return isConnected ? false : cutOff;
}

/** What became of a press that was not taken, where the buttons do not say it already. */
function heldWords(hold: Hold): string | null {
  switch (hold) {
    case "too-soon":
      return onlyJustShown;
    case "unread":
    case "answering":
    case "not-pending":
    case "cut-off":
    case null:
      return null;
    default:
      return assertNever(hold);
  }
}

/** Enter and Space answer nothing, wherever focus is; the letters do. */
function refuse(event: KeyboardEvent): void {
  if (event.key === "Enter" || event.key === " ") event.preventDefault();
}
const unpressable = { onKeyDown: refuse, onKeyUp: refuse } as const;
