import type { TaskId } from "#shared/contract/ids.ts";
import type { TaskImage } from "#shared/contract/image.ts";
import { useRead } from "../../../rpc/queries.ts";
import { writeBytes } from "../../../ui/format.ts";
import "./images.css";

/** A picture of the task. Its type was read from its bytes; the page takes pictures from `data:` addresses alone. */
export function OneImage({ taskId, image, alt }: { readonly taskId: TaskId; readonly image: TaskImage; readonly alt: string }) {
  const read = useRead(["tasks", taskId, "image", image.id], (client, signal) =>
    client.tasks.image({ id: taskId, imageId: image.id }, { signal }),
  );
  if (read.problem !== null) return <span className="label small">A picture that cannot be shown: {read.problem.message}</span>;
  if (read.data === undefined) return <span className="label small">A picture, {writeBytes(image.bytes)}</span>;
  return <img className="task-image" src={`data:${read.data.type};base64,${read.data.data}`} alt={alt} />;
}
