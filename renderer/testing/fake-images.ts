import type { ImageLayer } from "#shared/contract/sandbox.ts";

/** A base, tools on it and an agent on those; and one that stands on an older base. */
export function fakeImages(): ImageLayer[] {
  const root = { name: "node:22-bookworm-slim", id: `sha256:${"4d3f8a".repeat(11).slice(0, 64)}` };
  const old = { name: root.name, id: `sha256:${"91b20c".repeat(11).slice(0, 64)}` };
  const day = 86_400_000;
  const base = "gatehouse-sandbox:c25b1f5c13dc0bb8";
  const tools = "gatehouse-tools:8b77f5556ecd8692";
  return [
    { ...image(base, "base", "git, Node, bash", 284, 12, null, root), madeAt: Date.now() - 3 * day },
    {
      ...image("gatehouse-sandbox:00aa11bb22cc33dd", "base", "git, Node, bash", 281, 12, null, old),
      madeAt: Date.now() - 40 * day,
      isOld: true,
    },
    { ...image(tools, "tools", "tools for python", 438, 153, base, root), madeAt: Date.now() - 2 * day },
    { ...image("gatehouse-agent:4971c65a1ad4ffe4", "agent", "the agent claude-code", 829, 391, tools, root), madeAt: Date.now() - day },
  ];
}

function image(
  name: string,
  kind: ImageLayer["kind"],
  holds: string,
  megabytes: number,
  ownMegabytes: number,
  below: string | null,
  root: ImageLayer["root"],
): ImageLayer {
  return { name, kind, holds, bytes: megabytes * 1_000_000, ownBytes: ownMegabytes * 1_000_000, below, root, madeAt: 0, isOld: false };
}
