import { useState } from "react";
import { chooseImages } from "./choose-images.ts";
import type { ChosenImage } from "./ImageStrip.tsx";

/** Pictures that a person has chosen for the next message. */
export function useChosenImages() {
  const [images, setImages] = useState<readonly ChosenImage[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  return {
    images,
    problem,
    add: async (files: readonly File[]) => {
      const read = await chooseImages(files, images.length);
      setImages((held) => [...held, ...read.images]);
      setProblem(read.problem);
    },
    remove: (key: string) => setImages((held) => held.filter((image) => image.key !== key)),
    clear: () => {
      setImages([]);
      setProblem(null);
    },
  };
}
