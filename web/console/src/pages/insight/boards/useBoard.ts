/// A dashboard that saves itself: what was changed is on screen at once, and on the server a moment later.
import { useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useCallback, useEffect, useRef, useState } from "react";
import { api, Problem } from "@shared/client";
import { keyOf, sayProblem, useGet } from "@/app/queries";
import { useText } from "@/i18n/use";
import { sameTiles, type Tile } from "./grid";
import { BOARD, BOARDS, type Board } from "./put";

const SETTLE_MS = 600;
export interface BoardChange { name?: string; shared?: boolean; tiles?: Tile[] }
export type Saving = "saved" | "waiting" | "saving" | "conflict" | "failed";

export function useBoard(id: string) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const { t } = useText();
  const query = useGet(BOARD, { path: { dashboard: id } });
  const [draft, setDraft] = useState<Tile[]>();
  const [saving, setSaving] = useState<Saving>("saved");
  const wanted = useRef<Tile[]>(undefined); // not on the server yet
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const busy = useRef(false);
  const torn = useRef(false);

  const known = useCallback(() => client.getQueryData<Board>(keyOf(BOARD, { path: { dashboard: id } })), [client, id]);
  const send = useCallback(async (body: BoardChange) => {
    const made = (await api.patch(BOARD, { path: { dashboard: id }, version: known()?.ver, body: body as never })).data;
    client.setQueryData(keyOf(BOARD, { path: { dashboard: id } }), made);
    void client.invalidateQueries({ queryKey: [BOARDS] });
    return made;
  }, [client, id, known]);

  /// One request at a time, always with the latest tiles.
  const flush = useCallback(async () => {
    clearTimeout(timer.current);
    if (busy.current || !wanted.current) return;
    busy.current = true;
    setSaving("saving");
    const tiles = wanted.current;
    try {
      await send({ tiles });
      if (wanted.current === tiles) {
        wanted.current = undefined;
        setDraft(undefined);
        setSaving("saved");
      }
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(0, "web.error", String(error));
      torn.current = problem.status === 412;
      setSaving(torn.current ? "conflict" : "failed");
      if (problem.status !== 412) void message.error(problem.status === 0 ? t("state.offline") : sayProblem(problem));
      return;
    } finally {
      busy.current = false;
    }
    if (wanted.current) void flush();
  }, [send, message, t]);

  const arrange = useCallback((tiles: Tile[]) => {
    const now = wanted.current ?? (known()?.tiles as Tile[] | undefined);
    if (now && sameTiles(now, tiles)) return;
    wanted.current = tiles;
    setDraft(tiles);
    clearTimeout(timer.current);
    if (torn.current) return; // first it is decided whose arrangement stays
    setSaving("waiting");
    timer.current = setTimeout(() => void flush(), SETTLE_MS);
  }, [flush, known]);

  /// Somebody else changed it meanwhile: theirs is loaded; mine goes on top of it, or goes.
  const settle = useCallback(async (mine: boolean) => {
    if (!mine) wanted.current = undefined;
    await query.refetch();
    torn.current = false;
    if (mine) await flush();
    else {
      setDraft(undefined);
      setSaving("saved");
    }
  }, [flush, query.refetch]);

  // Who leaves the page leaves nothing behind.
  useEffect(() => () => { if (wanted.current) void flush(); }, [flush]);
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => { if (wanted.current) event.preventDefault(); };
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, []);

  return { query, tiles: draft ?? (query.data?.tiles as Tile[] | undefined) ?? [], saving, arrange, send, settle, retry: flush };
}
