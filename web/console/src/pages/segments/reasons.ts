/// Why somebody came: "event:order_paid", "time", "merge", "unmerge", "rule_changed", "filled", "correction".
export function reasonOf(reason: string | null | undefined): { key: string; detail?: string } {
  if (!reason) return { key: "" };
  const at = reason.indexOf(":");
  return at < 0 ? { key: reason } : { key: reason.slice(0, at), detail: reason.slice(at + 1) };
}
