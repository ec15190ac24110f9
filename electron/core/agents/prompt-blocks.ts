import type { ContentBlock } from "@agentclientprotocol/sdk";
import type { Prompt } from "./agent-session.ts";

/** A prompt as ACP has it: the words first. */
export function promptBlocks(prompt: string | Prompt): ContentBlock[] {
  if (typeof prompt === "string") return [{ type: "text", text: prompt }];
  return [
    { type: "text", text: prompt.text },
    ...prompt.images.map(({ type, data }): ContentBlock => ({ type: "image", mimeType: type, data })),
  ];
}
