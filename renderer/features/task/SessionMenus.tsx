import type { SessionOffer, SessionOption, Task } from "#shared/contract/task.ts";
import { useChange } from "../../rpc/queries.ts";
import { Menu } from "../../ui/Menu.tsx";
import { Button } from "../../ui/Button.tsx";
import { ErrorNote } from "../../ui/states.tsx";

/** What the agent lets the person choose while it runs: model, effort and the like; and the commands it takes. */
export function SessionMenus({
  task,
  offer,
  onCommand,
}: {
  readonly task: Task;
  readonly offer: SessionOffer;
  /** A command was picked: the message begins with it. */
  readonly onCommand: (words: string) => void;
}) {
  const set = useChange((client, choice: { readonly optionId: string; readonly value: string }) =>
    client.tasks.setOption({ id: task.id, ...choice }),
  );
  return (
    <>
      {offer.options.map((option) => (
        <Menu
          key={option.id}
          title={option.description ?? option.name}
          trigger={
            <Button size="small" look="quiet" off={set.isRunning ? "It is being set" : false}>
              {`${option.name}: ${nameOf(option)}`}
            </Button>
          }
          entries={option.choices.map(({ value, name }) => ({
            label: name,
            isChecked: value === option.value,
            run: () => set.run({ optionId: option.id, value }),
          }))}
        />
      ))}
      {offer.commands.length > 0 && (
        <Menu
          title="Commands of the agent"
          trigger={
            <Button size="small" look="quiet">
              / Commands
            </Button>
          }
          entries={offer.commands.map(({ name, description }) => ({
            label: `/${name}${description === "" ? "" : ` – ${description.slice(0, 60)}`}`,
            run: () => onCommand(`/${name} `),
          }))}
        />
      )}
      {set.problem !== null && <ErrorNote problem={set.problem} />}
    </>
  );
}

function nameOf({ value, choices }: SessionOption): string {
  return choices.find((choice) => choice.value === value)?.name ?? value;
}
