import { Link } from "@tanstack/react-router";
import type { SecretKind, SecretSummary } from "#shared/contract/vault.ts";
import { attentionOf, type SecretAttention } from "#shared/domain/secret-attention.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useBoard } from "../../rpc/board-store.ts";
import { IconButton } from "../../ui/Button.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { writeDay } from "../../ui/format.ts";
import { Icon } from "../../ui/Icon.tsx";
import { Menu } from "../../ui/Menu.tsx";
import { VisuallyHidden } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { type Meaning, Tag } from "../../ui/Tag.tsx";
import { Ago } from "../../ui/time.tsx";
import { useNow } from "../../ui/use-now.ts";
import { type ScopeNames, writeScopes } from "./scope-words.ts";

const columns = [
  { title: "Name", width: "26%" },
  { title: "Who may use it", width: "20%" },
  { title: "Where it may go" },
  { title: "Last used", width: "150px" },
  { title: "Value of", width: "96px" },
  { title: <VisuallyHidden>Actions</VisuallyHidden>, width: "84px" },
];

export const kindWords: Readonly<Record<SecretKind, string>> = {
  generic: "Any text",
  anthropic: "Anthropic key",
  openai: "OpenAI key",
  gemini: "Gemini key",
  github: "GitHub token",
  "ssh-key": "SSH private key",
  file: "File",
};

const attention: Readonly<
  Record<SecretAttention, { readonly word: string; readonly meaning: Meaning | "outline"; readonly title: string }>
> = {
  expired: { word: "expired", meaning: "deny", title: "It is refused as if it were not there. Replace its value or change its expiry." },
  "expires-soon": { word: "expires soon", meaning: "ask", title: "Within 14 days." },
  nobody: { word: "nobody's", meaning: "outline", title: "No scope: nobody may use it until you say who." },
  nowhere: { word: "no destination", meaning: "outline", title: "It may be used, but no host is named that it may be sent to." },
  old: { word: "old", meaning: "ask", title: "The same value for more than 180 days: worth replacing." },
  unused: { word: "unused", meaning: "outline", title: "Not used for more than 90 days: worth deleting." },
};

/** What is known of each secret. Values are not, and there is no way to get one back. */
export function SecretTable({
  secrets,
  names,
  onReplace,
  onEdit,
  onPut,
  onRemove,
}: {
  readonly secrets: readonly SecretSummary[];
  readonly names: ScopeNames;
  readonly onReplace: (secret: SecretSummary) => void;
  readonly onEdit: (secret: SecretSummary) => void;
  readonly onPut: (secret: SecretSummary) => void;
  readonly onRemove: (secret: SecretSummary) => void;
}) {
  const now = useNow();
  return (
    <Table name="Secrets" columns={columns}>
      {secrets.map((secret) => (
        <tr key={secret.id}>
          <td>
            <span className="flex items-center gap-2">
              <Icon name="key" size={14} className="label" />
              <span className="font-medium clip" title={secret.note === "" ? secret.name : `${secret.name}: ${secret.note}`}>
                {secret.name}
              </span>
              {attentionOf(secret, now).map((one) => (
                <Tag key={one} meaning={attention[one].meaning} title={attention[one].title}>
                  {attention[one].word}
                </Tag>
              ))}
            </span>
          </td>
          <td className="soft" title={writeScopes(secret.scopes, names).join("\n")}>
            {secret.scopes.length === 0 ? <span className="label">nobody</span> : short(writeScopes(secret.scopes, names))}
          </td>
          <td className="soft" title={secret.bindings.map(({ host }) => host).join("\n")}>
            {secret.bindings.length === 0 ? <span className="label">nowhere</span> : short(secret.bindings.map(({ host }) => host))}
          </td>
          <td className="num soft" title={secret.lastUse?.runId ?? undefined}>
            {secret.lastUse === null ? (
              <span className="label">never</span>
            ) : (
              <>
                <Ago at={secret.lastUse.at} />
                <UsedBy {...secret.lastUse} />
              </>
            )}
          </td>
          <td className="num soft" title={secret.expiresAt === null ? "It does not expire" : `Expires ${writeDay(secret.expiresAt, now)}`}>
            {writeDay(secret.replacedAt ?? secret.createdAt, now)}
          </td>
          <td>
            <span className="flex justify-end gap-1">
              <CopyButton text={`{{secret:${secret.name}}}`} name={`Copy {{secret:${secret.name}}}, as agents name it`} />
              <Menu
                trigger={<IconButton icon="more" name={`Actions for ${secret.name}`} />}
                entries={[
                  { label: "Replace the value…", icon: "refresh", run: () => onReplace(secret) },
                  { label: "Who, where and until when…", icon: "edit", run: () => onEdit(secret) },
                  { label: "Put it into a running sandbox…", icon: "shieldoff", run: () => onPut(secret) },
                  null,
                  { label: "Delete…", icon: "trash", isGrave: true, run: () => onRemove(secret) },
                ]}
              />
            </span>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function short(words: readonly string[]): string {
  const [first = "", ...more] = words;
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

/** The task whose run used it, as long as it is there; else the run, whose id stands in the log. */
function UsedBy({ runId, taskId }: NonNullable<SecretSummary["lastUse"]>) {
  const title = useBoard((board) => (taskId === null ? undefined : board.tasks.get(taskId)?.title));
  if (runId === null) return null;
  if (taskId === null || title === undefined) return <span className="label block clip">{runId}</span>;
  return (
    <Link className="block clip" to="/tasks/$taskId" params={{ taskId }} title={`${escapeControls(title)}, ${runId}`}>
      {escapeControls(title)}
    </Link>
  );
}
