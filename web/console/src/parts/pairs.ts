/// A small JSON object as "key, value" pairs; what is nested stays JSON.
export function detailPairs(detail: unknown): [string, string][] {
  if (typeof detail !== "object" || detail === null || Array.isArray(detail)) return [];
  return Object.entries(detail).map(([key, value]) => [key, typeof value === "object" ? JSON.stringify(value) : String(value)]);
}
