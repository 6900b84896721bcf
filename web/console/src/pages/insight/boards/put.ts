/// Dashboards one may change, and a chart put on one of them.
import { useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { api, type ReplyOf } from "@shared/client";
import { useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { place, TILES_MAX, type Tile } from "./grid";

export type Board = ReplyOf<"/v1/dashboards/{dashboard}", "get">;
export const BOARD = "/v1/dashboards/{dashboard}", BOARDS = "/v1/dashboards";

export function useOwnBoards() {
  const may = useMay();
  const found = useGet(BOARDS, { query: { limit: 200 } as never }, { enabled: may("chart.write") });
  return (found.data?.data ?? []).filter((one) => one.may_change && one.tiles.length < TILES_MAX);
}

/// Where there is room; a chart that stands there already stays where it is.
export function usePutOnBoard() {
  const client = useQueryClient();
  const { message } = App.useApp();
  const { t } = useText();
  return async (id: string, chart: string) => {
    const board = (await api.get(BOARD, { path: { dashboard: id } })).data;
    if (!board.tiles.some((one) => one.chart === chart))
      await api.patch(BOARD, { path: { dashboard: id }, version: board.ver, body: { tiles: place(board.tiles as Tile[], chart) } as never });
    await Promise.all([BOARD, BOARDS].map((path) => client.invalidateQueries({ queryKey: [path] })));
    void message.success(t("charts.on_board", { name: board.name }));
  };
}
