import type { PostureBadge } from "#shared/contract/task.ts";

/** Where an agent runs, in a word or two. */
export const driverNames: Readonly<Record<PostureBadge["driver"], string>> = {
  docker: "Docker",
  local: "Local sandbox",
  "unsafe-local": "No sandbox",
};
