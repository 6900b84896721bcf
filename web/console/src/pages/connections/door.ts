/// What the server says of connected channels.
import type { ReplyOf } from "@shared/client";

export type Corp = ReplyOf<"/v1/channels/wecom", "get">["data"][number];
export type Finding = ReplyOf<"/v1/channels/wecom/{corp}:check", "post">["data"][number];
export type Push = ReplyOf<"/v1/channels/wecom/{corp}/pushes", "get">["data"][number];
export type Run = NonNullable<ReplyOf<"/v1/channels/wecom/{corp}/sync", "get">["run"]>;
export type Account = ReplyOf<"/v1/channels/wechat", "get">["data"][number];

export type Gateway = ReplyOf<"/v1/channels/sms", "get">;
export type TextLine = ReplyOf<"/v1/channels/sms/messages", "get">["data"][number];

export const SMS = ["/v1/channels/sms", "/v1/channels/sms/messages"] as const;
export const WECHAT = ["/v1/channels/wechat"] as const;
/// Queries that a changed corp makes old.
export const TOUCHED = ["/v1/channels/wecom", "/v1/channels/wecom/{corp}/health", "/v1/channels/wecom/{corp}/pushes", "/v1/channels/wecom/{corp}/sync"] as const;

export const TONE: Record<string, string> = { well: "good", quiet: "plain", late: "gold", failing: "bad", off: "plain", good: "good", warn: "gold", bad: "bad", done: "good", waiting: "gold", failed: "bad", unknown: "plain", running: "gold", queued: "gold", sent: "good" };
