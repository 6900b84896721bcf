/// The rule as the builder holds it: nodes with names of their own, so that a row stays itself while it moves.
/// Pure; `nodeOf` and `ruleOf` are each other's way back, but for an `all` of one at the root, which is that one.
import { groupOf, kindOf, membersOf, type Clause, type Kind, type Leaf } from "./rule";

export interface GroupNode { id: number; kind: Kind; of: Node[] }
/// `not`: the plain opposite, a `none` around this one clause.
export interface LeafNode { id: number; not: boolean; leaf: Leaf }
export type Node = GroupNode | LeafNode;
export const isGroup = (node: Node): node is GroupNode => "of" in node;

let last = 0;
const fresh = () => ++last;
export const leafNode = (leaf: Leaf, not = false): LeafNode => ({ id: fresh(), not, leaf });
export const groupNode = (kind: Kind, of: Node[] = []): GroupNode => ({ id: fresh(), kind, of });

export function nodeOf(clause: Clause): Node {
  const kind = kindOf(clause);
  if (!kind) return leafNode(clause as Leaf);
  const of = membersOf(clause, kind);
  if (kind === "none" && of.length === 1 && !kindOf(of[0]!)) return leafNode(of[0] as Leaf, true);
  return groupNode(kind, of.map(nodeOf));
}

/// The builder always has a group to add to.
export function rootOf(clause: Clause): GroupNode {
  const node = nodeOf(clause);
  return isGroup(node) ? node : groupNode("all", [node]);
}

function clauseOf(node: Node): Clause {
  if (isGroup(node)) return groupOf(node.kind, node.of.map(clauseOf));
  return node.not ? { none: [node.leaf] } : node.leaf;
}
const alone = (root: GroupNode) => root.kind === "all" && root.of.length === 1;
export const ruleOf = (root: GroupNode): Clause => (alone(root) ? clauseOf(root.of[0]!) : clauseOf(root));

/// Where each node stands in the rule's JSON: of a negated clause, the clause itself.
export function pointersOf(root: GroupNode): Map<number, string> {
  const out = new Map<number, string>();
  const walk = (node: Node, at: string) => {
    out.set(node.id, !isGroup(node) && node.not ? `${at}/none/0` : at);
    if (isGroup(node)) node.of.forEach((one, index) => walk(one, `${at}/${node.kind}/${index}`));
  };
  if (alone(root)) {
    out.set(root.id, "");
    walk(root.of[0]!, "");
  } else walk(root, "");
  return out;
}

/// The innermost node a pointer of the server speaks of.
export function nodeAt(root: GroupNode, pointer: string): number {
  let found = root.id;
  let length = -1;
  for (const [id, at] of pointersOf(root))
    if (at.length >= length && (pointer === at || pointer.startsWith(`${at}/`) || at === "")) [found, length] = [id, at.length];
  return found;
}

// ---- edits: each gives a new tree, the same one when there is nothing to do ----------------------------------------

type Change = (siblings: Node[], at: number) => Node[];
function among(group: GroupNode, id: number, change: Change): GroupNode {
  const at = group.of.findIndex((node) => node.id === id);
  if (at >= 0) return { ...group, of: change(group.of, at) };
  let changed = false;
  const of = group.of.map((node) => {
    if (!isGroup(node)) return node;
    const next = among(node, id, change);
    changed ||= next !== node;
    return next;
  });
  return changed ? { ...group, of } : group;
}
const replaced = (make: (node: Node) => Node[]): Change => (siblings, at) => [...siblings.slice(0, at), ...make(siblings[at]!), ...siblings.slice(at + 1)];

export const remove = (root: GroupNode, id: number) => among(root, id, replaced(() => []));
export const replace = (root: GroupNode, id: number, leaf: Leaf, not: boolean) =>
  among(root, id, replaced((node) => [isGroup(node) ? node : { ...node, leaf, not }]));
export const duplicate = (root: GroupNode, id: number) => among(root, id, replaced((node) => [node, copyOf(node)]));
export const wrap = (root: GroupNode, id: number, kind: Kind) => among(root, id, replaced((node) => [groupNode(kind, [node])]));
/// A group's members take its place. Where the words differ the meaning does too: the builder asks before.
export const dissolve = (root: GroupNode, id: number) => among(root, id, replaced((node) => (isGroup(node) ? node.of : [node])));

function copyOf(node: Node): Node {
  return isGroup(node) ? groupNode(node.kind, node.of.map(copyOf)) : leafNode(structuredClone(node.leaf), node.not);
}

/// `id` is a group: the root, or any below it.
function inGroup(group: GroupNode, id: number, change: (group: GroupNode) => GroupNode): GroupNode {
  if (group.id === id) return change(group);
  let changed = false;
  const of = group.of.map((node) => {
    const next = isGroup(node) ? inGroup(node, id, change) : node;
    changed ||= next !== node;
    return next;
  });
  return changed ? { ...group, of } : group;
}
export const add = (root: GroupNode, group: number, node: Node) => inGroup(root, group, (one) => ({ ...one, of: [...one.of, node] }));
export const setKind = (root: GroupNode, group: number, kind: Kind) => inGroup(root, group, (one) => ({ ...one, kind }));

export function find(root: GroupNode, id: number): Node | undefined {
  if (root.id === id) return root;
  for (const node of root.of) {
    if (node.id === id) return node;
    const below = isGroup(node) ? find(node, id) : undefined;
    if (below) return below;
  }
  return undefined;
}
export function parentOf(root: GroupNode, id: number): GroupNode | undefined {
  for (const node of root.of) {
    if (node.id === id) return root;
    const below = isGroup(node) ? parentOf(node, id) : undefined;
    if (below) return below;
  }
  return undefined;
}

/// A line up or down, as it is seen: over a clause, into a group that comes, out of the group it is in.
export function move(root: GroupNode, id: number, by: 1 | -1): GroupNode {
  const parent = parentOf(root, id), node = find(root, id);
  if (!parent || !node) return root;
  const at = parent.of.indexOf(node);
  const next = parent.of[at + by];
  const without = remove(root, id);
  if (next && isGroup(next)) return inGroup(without, next.id, (group) => ({ ...group, of: by === 1 ? [node, ...group.of] : [...group.of, node] }));
  if (next) return inGroup(without, parent.id, (group) => ({ ...group, of: [...group.of.slice(0, at + by), node, ...group.of.slice(at + by)] }));
  if (parent === root) return root;
  return among(without, parent.id, replaced((group) => (by === 1 ? [group, node] : [node, group])));
}

export function leavesOf(node: Node): LeafNode[] {
  return isGroup(node) ? node.of.flatMap(leavesOf) : [node];
}
