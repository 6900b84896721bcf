/// The last days, today included, as the server's days.
export function rangeOf(days: number, now = new Date()): { from: string; to: string } {
  const text = (at: Date) => at.toLocaleDateString("sv-SE");
  return { from: text(new Date(now.getTime() - (days - 1) * 86_400_000)), to: text(now) };
}
