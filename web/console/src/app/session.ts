/// Who is here, what they may do, and the merchant's zone.
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, Problem, session as wire } from "@shared/client";
import { queries } from "./queries";

export interface Session {
  id: string;
  login: string;
  name: string;
  role: string;
  reach: string;
  permissions: string[];
  merchant: string;
  zone: string;
  totp: boolean;
}

export const sessionQuery = queryOptions<Session | null, Problem>({
  queryKey: ["session"],
  staleTime: 5 * 60_000,
  queryFn: async () => {
    try {
      return readSession((await api.get("/v1/session")).data);
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
