import { type Command, useRegisteredCommands } from "../ui/commands.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { Kbd } from "../ui/Kbd.tsx";

/** Every key that works now: this page's first, then what works everywhere. */
export function ShortcutSheet({ onClose }: { readonly onClose: () => void }) {
  const groups = new Map<string, Map<string, Command>>();
  for (const command of useRegisteredCommands().toReversed()) {
    if (command.keys === undefined || command.keys.length === 0) continue;
    const group = groups.get(command.group) ?? new Map<string, Command>();
    if (!group.has(command.id)) group.set(command.id, command);
    groups.set(command.group, group);
  }
  return (
    <Dialog open onClose={onClose} title="Keyboard shortcuts" className="shortcut-sheet">
      <div className="columns-[260px_2] gap-8">
        {[...groups].map(([group, commands]) => (
          <section key={group} className="mb-4 break-inside-avoid">
            <h3 className="caption label mb-1">{group}</h3>
            <ul>
              {[...commands.values()].toReversed().map((command) => (
                <li key={command.id} className="flex h-7 items-center gap-2 border-b border-line">
                  <span className="clip flex-1">{command.label}</span>
                  {command.keys?.map((keys) => (
                    <Kbd key={keys} keys={keys} />
                  ))}
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
