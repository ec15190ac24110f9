/**
 * Calls back once each of these edges has been within `frame` (null: on the screen, whatever scrolls around it); what it returns
 * stops looking.
 */
export function whenSeen(frame: HTMLElement | null, edges: readonly (Element | null)[], callback: () => void): () => void {
  const unseen = new Set(edges);
  const note = (seen: readonly IntersectionObserverEntry[]) => {
    for (const each of seen) if (each.isIntersecting) unseen.delete(each.target);
    if (unseen.size === 0) callback();
  };
  const watch = new IntersectionObserver(note, { root: frame, rootMargin: frame === null ? "0px" : "2px 0px" });
  for (const edge of edges) if (edge !== null) watch.observe(edge);
  return () => watch.disconnect();
}
