/// The definition of a short link as the sheet edits it.
import type { LinkSpec, Target } from "./door";

export const KINDS = ["url", "code", "page", "form"] as const;
export const AGENTS = ["wechat", "wecom", "qq", "alipay", "douyin", "weibo", "xiaohongshu", "ios", "android", "mobile", "desktop"] as const;

export const emptyTarget = (): Target => ({ key: "", name: "", kind: "url", to: "", weight: 1, agents: [], regions: [], hours: [] });
export const emptyLink = (): LinkSpec => ({
  name: "", folder: "", channel: "", note: "", targets: [emptyTarget()], starts_at: null, ends_at: null, click_cap: 0, browser_only: false, carry: true,
  utm: { source: "", medium: "", campaign: "", term: "", content: "" }, fallback_url: "", fallback_text: "", cost_total_fen: 0,
});

/// Whether a target is for some people only.
export const isMeant = (target: Target): boolean => target.agents.length + target.regions.length + target.hours.length > 0;
/// Whether the sheet holds all that a link needs.
export const isReady = (spec: LinkSpec): boolean => spec.name.trim() !== "" && spec.targets.length > 0 && spec.targets.every((one) => one.to.trim() !== "") && spec.targets.some((one) => one.weight > 0);
/// The part of those without conditions that a target gets, in parts of ten thousand.
export function shareOf(target: Target, all: Target[]): number | null {
  const whole = all.filter((one) => !isMeant(one)).reduce((sum, one) => sum + one.weight, 0);
  return isMeant(target) || whole === 0 ? null : Math.round((target.weight / whole) * 10_000);
}
