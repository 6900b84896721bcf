/// The links of a flow as the drawing wants them: a node is an event on its level.
export interface Link { level: number; from: string; to: string; times: number }
export interface Node { name: string; depth: number; event: string; level: number; times: number }

/// Levels beyond the anchor go to the right, or to the left of it when the question looks back.
export function flowOf(links: Link[], back: boolean): { nodes: Node[]; links: { source: string; target: string; value: number }[] } {
  const deepest = Math.max(0, ...links.map((link) => link.level + 1));
  const nodes = new Map<string, Node>();
  const key = (level: number, event: string) => `${level}:${event}`;
  const touch = (level: number, event: string) => {
    const name = key(level, event);
    const found = nodes.get(name) ?? { name, depth: back ? deepest - level : level, event, level, times: 0 };
    nodes.set(name, found);
    return found;
  };
  for (const link of links) {
    if (link.level === 0) touch(0, link.from).times += link.times;
    else touch(link.level, link.from);
    touch(link.level + 1, link.to).times += link.times;
  }
  const drawn = links.map((link) => {
    const ends = [key(link.level, link.from), key(link.level + 1, link.to)] as const;
    return { source: back ? ends[1] : ends[0], target: back ? ends[0] : ends[1], value: link.times };
  });
  return { nodes: [...nodes.values()], links: drawn };
}
