/// Who is here, what they may do, and the merchant's zone.
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, Problem, session as wire, type ReplyOf } from "@shared/client";

export interface Session {
  id: string;
  login: string;
  name: string;
  role: string;
  reach: string;
  unit: string;
  permissions: string[];
  /// What the role may do once it signs in with a second factor.
  locked: string[];
  totp: boolean;
  merchant: string;
  zone: string;
}

export function readSession(me: ReplyOf<"/v1/me", "get">, status: ReplyOf<"/v1/setup/status", "get">): Session {
  wire.csrf = me.csrf;
  return {
    id: me.id ?? "",
    login: me.login,
    name: me.name,
    role: me.role,
    reach: me.reach,
    unit: me.unit_name,
    permissions: me.permissions,
    locked: me.locked,
    totp: me.totp_on,
    merchant: status.merchant,
    zone: "zone" in status && typeof status.zone === "string" && status.zone ? status.zone : "Asia/Shanghai",
  };
}

export const sessionQuery = queryOptions<Session | null, Problem>({
  queryKey: ["session"],
  staleTime: 5 * 60_000,
  queryFn: async () => {
    try {
      const [me, status] = await Promise.all([api.get("/v1/me"), api.get("/v1/setup/status")]);
      return readSession(me.data, status.data);
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 401) return null;
      throw problem;
    }
  },
});

export function useSession(): Session | null | undefined {
  return useQuery(sessionQuery).data;
}

export function allows(permissions: string[], permission: string): boolean {
  return permissions.includes("*") || permissions.includes(permission);
}

export function useMay(): (permission: string) => boolean {
  const held = useSession()?.permissions ?? [];
  return (permission) => allows(held, permission);
}

/// What the role may do, but only after a sign-in with a second factor.
export function useLocked(): (permission: string) => boolean {
  const locked = useSession()?.locked ?? [];
  return (permission) => locked.includes(permission);
}
