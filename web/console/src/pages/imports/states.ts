/// What can be done with an import in each state.
export type ImportState = "uploading" | "ready" | "checking" | "running" | "paused" | "done" | "failed" | "cancelled" | "undoing" | "undone";

export function busy(state: string): boolean {
  return ["uploading", "checking", "running", "undoing"].includes(state);
}

export function canMap(state: string): boolean {
  return state === "ready";
}

export function canStart(state: string): boolean {
  return ["ready", "paused", "failed", "cancelled"].includes(state);
}

export function canUndo(job: { state: string; dry: boolean }): boolean {
  return ["done", "failed", "cancelled", "paused"].includes(job.state) && !job.dry;
}

/// How far it is, in percent of the file's bytes; all of it when it is over.
export function share(job: { state: string; bytes_done: number; bytes_total: number }): number {
  if (["done", "undone"].includes(job.state)) return 100;
  return job.bytes_total > 0 ? Math.min(99, Math.floor((job.bytes_done / job.bytes_total) * 100)) : 0;
}

/// Seconds left at the present pace; nothing before there is a pace.
export function secondsLeft(job: { bytes_done: number; bytes_total: number; started_at?: string | null }, now: number): number | null {
  if (!job.started_at || job.bytes_done <= 0 || job.bytes_total <= job.bytes_done) return null;
  const spent = (now - new Date(job.started_at).getTime()) / 1000;
  return spent < 1 ? null : Math.ceil(((job.bytes_total - job.bytes_done) / job.bytes_done) * spent);
}

export const toneOfState: Record<string, string> = {
  done: "good", failed: "bad", cancelled: "plain", paused: "gold", ready: "violet", running: "koi", checking: "koi", uploading: "koi", undoing: "koi", undone: "plain",
};
