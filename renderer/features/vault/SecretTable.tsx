import type { SecretSummary } from "#shared/contract/vault.ts";
import { Button, IconButton } from "../../ui/Button.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { writeDay } from "../../ui/format.ts";
import { Icon } from "../../ui/Icon.tsx";
import { Table } from "../../ui/Table.tsx";
import { VisuallyHidden } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";
import { useNow } from "../../ui/use-now.ts";

const columns = [
  { title: "Name", width: "24%" },
  { title: "How to name it", width: "26%" },
  { title: "Note" },
  { title: "Stored", width: "96px" },
  { title: "Replaced", width: "110px" },
  { title: <VisuallyHidden>Actions</VisuallyHidden>, width: "132px" },
];

export function SecretTable({
  secrets,
  onReplace,
  onRemove,
}: {
  readonly secrets: readonly SecretSummary[];
  readonly onReplace: (secret: SecretSummary) => void;
  readonly onRemove: (secret: SecretSummary) => void;
}) {
  const now = useNow();
  return (
    <Table name="Secrets" columns={columns}>
      {secrets.map((secret) => (
        <tr key={secret.id}>
          <td>
            <Icon name="key" size={14} className="label mr-2" />
            <span className="font-medium">{secret.name}</span>
          </td>
          <td>
            <span className="flex items-center gap-1">
              <code className="clip soft">{`{{secret:${secret.name}}}`}</code>
              <CopyButton text={`{{secret:${secret.name}}}`} name={`Copy how to name ${secret.name}`} />
            </span>
          </td>
          <td className="soft" title={secret.note}>
            {secret.note}
          </td>
          <td className="num soft">{writeDay(secret.createdAt, now)}</td>
          <td className="num soft">{secret.replacedAt === null ? <span className="label">never</span> : <Ago at={secret.replacedAt} />}</td>
          <td>
            <span className="flex justify-end gap-1">
              <Button size="small" look="quiet" onClick={() => onReplace(secret)} aria-label={`Replace the value of ${secret.name}`}>
                Replace
              </Button>
              <IconButton icon="trash" name={`Delete ${secret.name}`} onClick={() => onRemove(secret)} />
            </span>
          </td>
        </tr>
      ))}
    </Table>
  );
}
