/// A rule as the server keeps it: its JSON form, member by member. src/segments/json_write.cc is the truth.
export type Value = string | number | boolean | { number: string } | { money: string } | { day: string } | { time: string } | { duration: string } | Calendar;
export interface Calendar { calendar: string; zone?: string }
export interface Selection { event: string; where?: Clause[] }
export type Window = { last: string } | { from_ago: string; to_ago: string } | Calendar | { from: Value; to: Value } | { since: Selection };
export interface Events extends Selection { window?: Window }
export interface Aggregate extends Events { fn: string; property?: string }
export interface Step extends Selection { times?: number; within?: string; unless?: Selection[] }

interface Compared { lens?: string; op: string; values: Value[] }
export interface FieldIs extends Compared { field: string; args?: string[] }
export interface AggregateIs extends Compared { aggregate: Aggregate }
export interface Did { did: Events }
export interface Without { did: Events; without: Selection; after: string; same?: string[] }
export interface Sequence { seq: Step[]; order?: "strict" | "any"; same?: string[]; window?: Window }
export type Element = { some: string; where: Clause[] } | { each: string; where: Clause[] };
export interface Changed { changed: string; from?: Value; to?: Value; window?: Window }
export interface InSegment { in_segment: string }
export interface InList { in_list: string }
export interface Bucket { bucket: { seed: string; from: number; to: number } }

export type Leaf = FieldIs | AggregateIs | Did | Without | Sequence | Element | Changed | InSegment | InList | Bucket;
export type Kind = "all" | "any" | "none";
export const KINDS: Kind[] = ["all", "any", "none"];
export type Group = { all: Clause[] } | { any: Clause[] } | { none: Clause[] };
export type Clause = Group | Leaf;

export const kindOf = (clause: Clause): Kind | undefined => KINDS.find((kind) => kind in clause);
export const membersOf = (group: Clause, kind: Kind): Clause[] => (group as Record<Kind, Clause[]>)[kind];
export const groupOf = (kind: Kind, of: Clause[]): Group => ({ [kind]: of }) as unknown as Group;

/// A member that says nothing leaves: the same rule has one spelling.
export function put<T extends object, K extends keyof T>(value: T, key: K, next: T[K] | undefined): T {
  const out = { ...value };
  if (next === undefined || next === "" || (Array.isArray(next) && next.length === 0)) delete out[key];
  else out[key] = next;
  return out;
}
