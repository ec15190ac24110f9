import { type KeyboardEvent, type Ref, useImperativeHandle, useRef, useState } from "react";
import type { SessionOffer, Task, TimelineEntry } from "#shared/contract/task.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { useClient } from "../../rpc/client.ts";
import { useChange } from "../../rpc/queries.ts";
import { useLive } from "../../rpc/use-live.ts";
import { Button } from "../../ui/Button.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { AttachButton } from "./images/AttachButton.tsx";
import { ImageStrip } from "./images/ImageStrip.tsx";
import { useChosenImages } from "./images/use-chosen-images.ts";
import { CommandList, useCommandList } from "./CommandList.tsx";
import { QueuedMessages } from "./QueuedMessages.tsx";
import { SessionMenus } from "./SessionMenus.tsx";
import "./composer.css";

export interface ComposerHandle {
  readonly focus: () => void;
}

/** Writes to the agent. What was sent and has not been delivered stays in sight above it. */
export function Composer({
  task,
  entries,
  ref,
}: {
  readonly task: Task;
  readonly entries: readonly TimelineEntry[];
  readonly ref?: Ref<ComposerHandle>;
}) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState("");
  const chosen = useChosenImages();
  const send = useChange(
    async (client, message: { readonly text: string; readonly when: "after-turn" | "now" }) => {
      const images: string[] = [];
      for (const { data } of chosen.images) images.push((await client.tasks.attach({ id: task.id, data })).id);
      return await client.tasks.message({ id: task.id, ...message, images });
    },
    {
      onDone: () => {
        setText("");
        chosen.clear();
      },
    },
  );
  const offer = useOffer(task);
  const { canWrite, hint } = delivery(task);
  const noImages = offer.takesImages === false ? `${task.agentName} takes no pictures` : false;
  const isEmpty = text.trim() === "" && chosen.images.length === 0;
  useImperativeHandle(ref, () => ({ focus: () => field.current?.focus() }));
  const submit = (when: "after-turn" | "now") => {
    const words = text.trim() === "" && chosen.images.length > 0 ? "See what is attached." : text.trim();
    if (words !== "" && canWrite && !send.isRunning) send.run({ text: words, when });
  };
  const startWith = (words: string) => {
    setText((before) => words + before);
    field.current?.focus();
  };
  const list = useCommandList(offer.commands, text, setText);
  const press = (event: KeyboardEvent) => {
    if (list.press(event)) return;
    if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
    event.preventDefault();
    submit(event.shiftKey && isWorking(task) ? "now" : "after-turn");
  };
  return (
    <div className="composer">
      <QueuedMessages task={task} entries={entries} />
      {send.problem !== null && <ErrorNote problem={send.problem} />}
      {(offer.options.length > 0 || offer.commands.length > 0) && (
        <div className="row" role="group" aria-label="What the agent offers">
          <SessionMenus task={task} offer={offer} onCommand={startWith} />
        </div>
      )}
      {chosen.problem !== null && (
        <p className="field-error" role="alert">
          {chosen.problem}
        </p>
      )}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- a place to drop on; the button beside the field does the same by keyboard */}
      <div
        className="composer-box"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          if (canWrite && noImages === false) void chosen.add([...event.dataTransfer.files]);
        }}
      >
        <ImageStrip images={chosen.images} onRemove={chosen.remove} />
        {list.shown.length > 0 && <CommandList list={list} />}
        <textarea
          ref={field}
          {...list.field}
          aria-label="Message the agent"
          placeholder={canWrite ? "Message the agent" : hint}
          rows={Math.min(10, Math.max(1, text.split("\n").length))}
          value={text}
          disabled={!canWrite}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={press}
          onPaste={(event) => {
            const files = [...event.clipboardData.files];
            if (files.length === 0 || noImages !== false) return;
            event.preventDefault();
            void chosen.add(files);
          }}
        />
        {canWrite && (
          <div className="row">
            <AttachButton off={noImages} onFiles={(files) => void chosen.add(files)} />
            <span className="label small">{hint}</span>
            {isWorking(task) && (
              <Button
                size="small"
                look="plain"
                keys="mod+shift+enter"
                className="push"
                off={isEmpty ? "Write something first" : send.isRunning ? "It is being sent" : false}
                onClick={() => submit("now")}
              >
                Interrupt
              </Button>
            )}
            <Button
              size="small"
              look={isEmpty ? "plain" : "primary"}
              keys="mod+enter"
              className={isWorking(task) ? "" : "push"}
              off={isEmpty ? "Write something first" : send.isRunning ? "It is being sent" : false}
              onClick={() => submit("after-turn")}
            >
              Send
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

const noOffer: SessionOffer = { options: [], commands: [], takesImages: null };

/** Of an agent at work; another offers nothing. */
function useOffer(task: Task): SessionOffer {
  const client = useClient();
  const key = `${task.id}:${isWorking(task)}`;
  const { value } = useLive(
    key,
    (signal) => client.tasks.session({ id: task.id }, { signal }),
    (_: SessionOffer | null, offer) => offer,
  );
  return isWorking(task) ? (value ?? noOffer) : noOffer;
}

function isWorking({ state }: Task): boolean {
  return state.state === "running" && state.stage === "working";
}

function delivery(task: Task): { readonly canWrite: boolean; readonly hint: string } {
  switch (task.state.state) {
    case "running":
      return { canWrite: true, hint: "Delivered after this turn" };
    case "stopped":
      return { canWrite: true, hint: "Goes on with this task where it stopped" };
    case "review":
      return { canWrite: true, hint: "Sends the work back with your message" };
    case "queued":
      return { canWrite: true, hint: "Delivered once the task runs" };
    case "backlog":
      return { canWrite: true, hint: "Delivered once the task runs" };
    case "accepted":
      return { canWrite: false, hint: "The work was accepted; make a new task to go on" };
    case "discarded":
      return { canWrite: false, hint: "The task was discarded" };
    default:
      return assertNever(task.state);
  }
}
