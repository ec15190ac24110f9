import { maximumImageBytes, maximumImages } from "#shared/contract/image.ts";
import { imageTypeOf } from "#shared/domain/image-type.ts";
import type { ChosenImage } from "./ImageStrip.tsx";

/** Reads what was pasted, dropped or picked; what cannot go along is named, with why. */
export async function chooseImages(
  files: readonly File[],
  already: number,
): Promise<{ readonly images: readonly ChosenImage[]; readonly problem: string | null }> {
  const images: ChosenImage[] = [];
  for (const file of files) {
    if (already + images.length >= maximumImages) return { images, problem: `At most ${maximumImages} pictures go with one message.` };
    if (file.size > maximumImageBytes) return { images, problem: `${file.name} has more than 5 MiB.` };
    const bytes = new Uint8Array(await file.arrayBuffer());
    const type = imageTypeOf(bytes);
    if (type === null) return { images, problem: `${file.name} is no PNG, JPEG, GIF or WebP.` };
    images.push({ key: crypto.randomUUID(), name: file.name, type, data: toBase64(bytes) });
  }
  return { images, problem: null };
}

function toBase64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += 32_768) pieces.push(String.fromCharCode(...bytes.subarray(at, at + 32_768)));
  return btoa(pieces.join(""));
}
