import type { Repository } from "#shared/contract/repository.ts";
import type { RepositorySettings, SettingsFile } from "#shared/contract/repository-settings.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import { Tag } from "../../ui/Tag.tsx";

/** `gatehouse.jsonc` of a repository: what it says, and letting it hold. */
export function RepositorySettingsDialog({ repository, onClose }: { readonly repository: Repository; readonly onClose: () => void }) {
  const key = ["repositories", repository.id, "settings"];
  const file = useRead(key, (client, signal) => client.repositorySettings.file({ repositoryId: repository.id }, { signal }));
  const adopt = useChange((client, sha256: string) => client.repositorySettings.adopt({ repositoryId: repository.id, sha256 }), {
    reloads: [key],
  });
  const shown = file.data ?? null;
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Settings of ${escapeControls(repository.name)}`}
      foot={
        <>
          <span className="small label flex-1">
            Read from the base branch only. What an agent writes there is a proposal until you merge and adopt it.
          </span>
          {shown !== null && !shown.isAdopted && (
            <Button look="primary" off={adopt.isRunning ? "It is being written" : false} onClick={() => adopt.run(shown.sha256)}>
              Adopt this file
            </Button>
          )}
        </>
      }
    >
      {file.problem !== null && <ErrorNote problem={file.problem} />}
      {adopt.problem !== null && <ErrorNote problem={adopt.problem} className="mb-3" />}
      {file.problem === null && file.data === undefined && <Loading what="the settings file" rows={4} />}
      {file.data === null && (
        <EmptyState>
          There is no gatehouse.jsonc on the base branch. It can name the agent, limits, hosts, rules, a set-up command and checks for this
          repository.
        </EmptyState>
      )}
      {shown !== null && <File file={shown} />}
    </Dialog>
  );
}

function File({ file }: { readonly file: SettingsFile }) {
  return (
    <div className="grid gap-3">
      <p>
        {file.isAdopted ? <Tag meaning="allow">Adopted</Tag> : <Tag meaning="ask">Not adopted</Tag>}{" "}
        <span className="soft">
          {file.isAdopted
            ? "All of it holds."
            : "Only its deny and ask rules hold. Once adopted, so do its allow rules, hosts, set-up and checks; a changed file has to be adopted again."}
        </span>
      </p>
      {file.problems.length > 0 && (
        <div className="is-deny" role="alert">
          <p className="strong">The file on the base branch cannot be read; this is the last good one.</p>
          <ul>
            {file.problems.map(({ line, column, problem }) => (
              <li key={`${line}:${column}:${problem}`}>
                Line {line}, column {column}: {escapeControls(problem)}
              </li>
            ))}
          </ul>
        </div>
      )}
      <dl className="settings-facts">
        {factsOf(file.settings).map(([name, words]) => (
          <div key={name}>
            <dt className="label">{name}</dt>
            <dd>
              <code>{escapeControls(words, { keepLines: true })}</code>
            </dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>The whole file</summary>
        <pre className="settings-file">{escapeControls(file.content, { keepLines: true })}</pre>
      </details>
    </div>
  );
}

function factsOf(settings: RepositorySettings): readonly (readonly [string, string])[] {
  const { rules, setUp, checks } = settings;
  const lines: readonly (readonly [string, readonly string[]])[] = [
    ["Set-up", setUp === undefined ? [] : [setUp.command]],
    ["Checks", checks.map(({ name, command }) => `${name}: ${command}`)],
    ["Hosts", settings.network],
    ["Secrets", settings.secrets],
    ["Deny", rules.deny],
    ["Ask", rules.ask],
    ["Allow", rules.allow],
    ["Agent", [settings.agent ?? "", settings.model ?? "", settings.effort ?? ""].filter(Boolean)],
    ["Limits", limitWords(settings.limits ?? {})],
  ];
  return lines.filter(([, list]) => list.length > 0).map(([name, list]) => [name, list.join("\n")]);
}

function limitWords({
  wallClockMinutes,
  memoryMiB,
  cpuPercent,
  pids,
  diskMiB,
}: NonNullable<RepositorySettings["limits"]>): readonly string[] {
  return [
    ...(wallClockMinutes === undefined ? [] : [`${wallClockMinutes} minutes`]),
    ...(memoryMiB === undefined ? [] : [`${memoryMiB} MiB of memory`]),
    ...(cpuPercent === undefined ? [] : [`${cpuPercent} % of a CPU`]),
    ...(pids === undefined ? [] : [`${pids} processes`]),
    ...(diskMiB === undefined ? [] : [`${diskMiB} MiB of disk`]),
  ];
}
