import type { ImageLayer } from "#shared/contract/sandbox.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { writeBytes } from "../../ui/format.ts";
import { Table } from "../../ui/Table.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { Ago } from "../../ui/time.tsx";

const columns = [
  { title: "Layer", width: "84px" },
  { title: "Holds" },
  { title: "Itself", width: "90px", end: true },
  { title: "With all below", width: "120px", end: true },
  { title: "Stands on", width: "290px" },
  { title: "Made", width: "84px", end: true },
];

const kindWords = { base: "Base", tools: "Tools", agent: "Agent", servers: "MCP" } as const;

/** The images that sandboxes are made from, layer by layer, and what each takes. */
export function ImageTable({ images }: { readonly images: readonly ImageLayer[] }) {
  return (
    <Table name="Images" columns={columns}>
      {images.map((image) => (
        <tr key={image.name} title={image.name}>
          <td>{kindWords[image.kind]}</td>
          <td>
            {image.holds === "" ? <span className="label">made by an older Gatehouse</span> : escapeControls(image.holds)}{" "}
            {image.isOld && (
              <Tag meaning="ask" title="The base image is another one by now. New sandboxes are made from a new image.">
                base changed
              </Tag>
            )}
          </td>
          <td className="end">{writeBytes(image.ownBytes)}</td>
          <td className="end">{writeBytes(image.bytes)}</td>
          <td title={image.root.id}>
            {image.root.name === "" ? (
              <span className="label">not known</span>
            ) : (
              <>
                {escapeControls(image.root.name)} <code className="label small">{shortId(image.root.id)}</code>
              </>
            )}
          </td>
          <td className="end">
            <Ago at={image.madeAt} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

function shortId(id: string): string {
  return id.replace("sha256:", "").slice(0, 12);
}
