import * as z from "zod";

/** Pictures that are shown and sent: decoded by every browser, and none can hold a script. */
export const ImageType = z.enum(["image/png", "image/jpeg", "image/gif", "image/webp"]);
export type ImageType = z.infer<typeof ImageType>;

export const maximumImageBytes = 5 * 1_024 * 1_024;
/** With one message. */
export const maximumImages = 10;

export const ImageId = z.string().regex(/^img-[0-9a-z]{6,32}$/);
/** A picture that a task keeps; its bytes are read apart. */
export const TaskImage = z.object({ id: ImageId, type: ImageType, bytes: z.int() });
export type TaskImage = z.infer<typeof TaskImage>;

/** Base64 (RFC 4648, section 4) of at most {@link maximumImageBytes}. */
export const ImageData = z
  .string()
  .max(Math.ceil(maximumImageBytes / 3) * 4, "A picture may have 5 MiB at most.")
  .regex(/^[A-Za-z0-9+/]*={0,2}$/, "Not base64.");
