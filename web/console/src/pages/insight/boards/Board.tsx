/// A dashboard: saved charts side by side, each with its answer of now; whose it is arranges it by hand, menu or keyboard.
import { App, Button, Form, Input, Select, Switch } from "antd";
import { Link, useNavigate, useParams as usePath } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState, type CSSProperties } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { api } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { LazyMenu } from "@/parts/LazyMenu";
import { Card, Page } from "@/parts/Page";
import { useNarrow } from "@/parts/room";
import { Bones, Loaded, Nothing } from "@/parts/States";
import { useClock } from "../explore/ask";
import { addressOf, isKind, paramsOf, type SavedChart } from "../explore/saved";
import { useDrag } from "./drag";
import { COLUMNS, inOrder, place, reorder, resizeTo, step, TILES_MAX, without, type Step, type Tile } from "./grid";
import { BOARD, BOARDS, type Board as BoardData } from "./put";
import { TileAnswer } from "./TileAnswer";
import { useBoard } from "./useBoard";
import "../insight.css";
import "../explore/explore.css";
import "./boards.css";

const ROW = 64, GAP = 14, HEAD = 54, PHONE_HEIGHT = 280;
const high = (h: number) => h * ROW + (h - 1) * GAP;

type Act = Step | "wider" | "narrower" | "taller" | "shorter" | "remove";
interface Fields { name: string; shared?: boolean }

export default function Board() {
  const { id } = usePath({ strict: false }) as { id: string };
  const { t } = useText();
  const { modal } = App.useApp();
  const may = useMay();
  const go = useNavigate();
  const client = useQueryClient();
  const board = useBoard(id);
  const [arranging, setArranging] = useState(false);
  const [adding, setAdding] = useState(false);
  const [settings, setSettings] = useState(false);
  const data = board.query.data;
  const mine = !!data?.may_change && may("chart.write");
  const drop = useAct(() => api.delete(BOARD, { path: { dashboard: id } }), { touches: [BOARDS], done: () => void go({ to: "/insight/dashboards" }) });
  const refresh = () => void client.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith("/v1/queries/") });
  const put = (chart: string) => {
    board.arrange(place(board.tiles, chart));
    setAdding(false);
  };
  return (
    <Page title={data?.name ?? t("nav.dashboards")} lead={data && <>{t(data.shared ? "boards.shared.by" : "boards.private", { name: data.owner })}{mine && <Saved saving={board.saving} />}</>}
      actions={<>
        <Link to="/insight/dashboards" className="ask-link">{t("boards.all")}</Link>
        <Button icon={<Icon name="refresh" size={15} />} aria-label={t("do.refresh")} onClick={refresh} />
        {mine && <Button icon={<Icon name="plus" size={16} />} disabled={board.tiles.length >= TILES_MAX} onClick={() => setAdding(true)}>{t("boards.add")}</Button>}
        {mine && board.tiles.length > 0 && <Button type={arranging ? "primary" : "default"} aria-pressed={arranging} icon={<Icon name="grid" size={15} />} onClick={() => setArranging(!arranging)}>{t(arranging ? "boards.arrange.done" : "boards.arrange")}</Button>}
        {mine && (
          <LazyMenu items={{ items: [{ key: "settings", label: t("boards.settings") }, { key: "drop", label: t("boards.drop"), danger: true }],
            onClick: ({ key }) => key === "settings" ? setSettings(true) : modal.confirm({ title: t("boards.drop.ask", { name: data.name }), okButtonProps: { danger: true }, onOk: () => drop.mutateAsync(undefined).catch(() => {}) }) }}>
            <Button aria-haspopup="menu" aria-label={t("charts.more")} icon={<Icon name="more" size={16} />} />
          </LazyMenu>
        )}
      </>}>
      {board.saving === "conflict" && (
        <div className="torn" role="alert">
          <span>{t("boards.conflict")}</span>
          <Button size="small" onClick={() => void board.settle(false)}>{t("boards.conflict.theirs")}</Button>
          <Button size="small" type="primary" onClick={() => void board.settle(true)}>{t("boards.conflict.mine")}</Button>
        </div>
      )}
      {board.saving === "failed" && <div className="torn" role="alert"><span>{t("boards.failed")}</span><Button size="small" onClick={() => void board.retry()}>{t("do.retry")}</Button></div>}
      <Loaded query={board.query} lines={10}>
        {(shown) => board.tiles.length === 0
          ? <Card><Nothing title={t("boards.empty")} text={t(mine ? "boards.empty.text" : "boards.empty.theirs")} action={mine && <Button type="primary" onClick={() => setAdding(true)}>{t("boards.add")}</Button>} /></Card>
          : <Tiles board={shown} tiles={board.tiles} arranging={arranging && mine} onArrange={board.arrange} />}
      </Loaded>
      <AddChart open={adding} had={board.tiles} onClose={() => setAdding(false)} onPick={put} />
      <FormSheet<Fields> open={settings} title={t("boards.settings")} initial={{ name: data?.name, shared: data?.shared }} onClose={() => setSettings(false)} submit={(fields) => board.send({ name: fields.name, shared: !!fields.shared })}>
        <Form.Item name="name" label={t("boards.name")} rules={[{ required: true, message: t("form.required") }]}><Input maxLength={60} /></Form.Item>
        <Form.Item name="shared" label={t("boards.shared")} extra={t("boards.shared.text")} valuePropName="checked"><Switch /></Form.Item>
      </FormSheet>
    </Page>
  );
}

function Saved({ saving }: { saving: string }) {
  const { tr } = useText();
  return <span className="dim" role="status"> · {tr("boards.state.", saving)}</span>;
}

function AddChart({ open, had, onClose, onPick }: { open: boolean; had: Tile[]; onClose: () => void; onPick: (chart: string) => void }) {
  const { t, tr } = useText();
  const [q, setQ] = useState("");
  const list = useList("/v1/charts", { query: { limit: 100, ...(q && { q }) } as never }, (row) => row.id, { enabled: open });
  const free = (list.data ?? []).filter((one) => !had.some((tile) => tile.chart === one.id));
  return (
    <FormSheet<{ chart: string }> open={open} title={t("boards.add")} lead={t("boards.add.text")} submitText={t("boards.add")} onClose={onClose} submit={(fields) => Promise.resolve(onPick(fields.chart))}>
      <Form.Item name="chart" label={t("boards.chart")} rules={[{ required: true, message: t("form.required") }]}>
        <Select showSearch={{ filterOption: false, onSearch: setQ }} loading={list.isFetching} placeholder={t("boards.add.find")} notFoundContent={t("boards.add.none")}
          options={free.map((one) => ({ value: one.id, label: `${one.name} · ${tr("charts.kind.", one.kind)}` }))} />
      </Form.Item>
      <Link to="/explore/funnel">{t("boards.add.make")}</Link>
    </FormSheet>
  );
}

function Tiles({ board, tiles, arranging, onArrange }: { board: BoardData; tiles: Tile[]; arranging: boolean; onArrange: (tiles: Tile[]) => void }) {
  const { t } = useText();
  const narrow = useNarrow();
  const place = useRef<HTMLDivElement>(null);
  const drag = useDrag(place, tiles, { row: ROW, gap: GAP, enabled: arranging && !narrow, done: onArrange });
  const [said, setSaid] = useState("");
  const charts = useMemo(() => new Map(board.charts.map((one) => [one.id, one as SavedChart])), [board.charts]);
  const shown = drag.tiles;
  const act = (tile: Tile, what: Act) => {
    const next = what === "remove" ? without(tiles, tile.chart)
      : narrow && (what === "up" || what === "down") ? reorder(tiles, tile.chart, what === "up" ? -1 : 1)
      : what === "wider" || what === "narrower" ? resizeTo(tiles, tile.chart, tile.w + (what === "wider" ? 1 : -1), tile.h)
      : what === "taller" || what === "shorter" ? resizeTo(tiles, tile.chart, tile.w, tile.h + (what === "taller" ? 1 : -1))
      : step(tiles, tile.chart, what);
    onArrange(next);
    const now = next.find((one) => one.chart === tile.chart);
    setSaid(now ? t("boards.placed", { x: now.x + 1, y: now.y + 1, w: now.w, h: now.h }) : "");
  };
  const bottom = Math.max(...shown.map((one) => one.y + one.h));
  return (
    <>
      <div ref={place} className={`board${arranging ? " arranging" : ""}`} style={narrow ? undefined : { gridTemplateColumns: `repeat(${COLUMNS}, minmax(0, 1fr))`, gridTemplateRows: `repeat(${bottom}, ${ROW}px)`, gap: GAP }}>
        {inOrder(shown).map((tile) => (
          <OneTile key={tile.chart} tile={tile} chart={charts.get(tile.chart)} known={board.tiles.some((one) => one.chart === tile.chart)} narrow={narrow} arranging={arranging} held={drag.held === tile.chart} onGrab={drag.grab} onAct={(what) => act(tile, what)} />
        ))}
      </div>
      <p className="visually-hidden" role="status">{said}</p>
    </>
  );
}

/// Whether it has ever come near the screen: what nobody looks at is not asked.
function useSeen() {
  const place = useRef<HTMLElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (seen || !place.current) return;
    const watch = new IntersectionObserver(([entry]) => entry?.isIntersecting && setSeen(true), { rootMargin: "400px" });
    watch.observe(place.current);
    return () => watch.disconnect();
  }, [seen]);
  return [place, seen] as const;
}

const KEYS: Record<string, Step> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
const SIZES: Record<string, Act> = { ArrowLeft: "narrower", ArrowRight: "wider", ArrowUp: "shorter", ArrowDown: "taller" };

function OneTile({ tile, chart, known, narrow, arranging, held, onGrab, onAct }: {
  tile: Tile; chart: SavedChart | undefined; known: boolean; narrow: boolean; arranging: boolean; held: boolean;
  onGrab: (event: React.PointerEvent, chart: string, how: "move" | "size") => void; onAct: (what: Act) => void;
}) {
  const { t, tr } = useText();
  const clock = useClock();
  const [place, seen] = useSeen();
  const name = chart?.name ?? t(known ? "boards.tile.gone" : "boards.tile.new");
  const style: CSSProperties | undefined = narrow ? undefined : { gridColumn: `${tile.x + 1} / span ${tile.w}`, gridRow: `${tile.y + 1} / span ${tile.h}` };
  const items = (["up", "down", ...(narrow ? [] : (["left", "right", "wider", "narrower", "taller", "shorter"] as const)), "remove"] as const).map((key) => ({ key, label: tr("boards.act.", key), danger: key === "remove" }));
  return (
    <section ref={place} className={`card tile${held ? " held" : ""}`} style={style} aria-label={name}>
      <header>
        {arranging && !narrow && (
          <button type="button" className="grip" aria-label={t("boards.grip", { name })} title={t("boards.grip.text")} onPointerDown={(event) => onGrab(event, tile.chart, "move")}
            onKeyDown={(event) => {
              const what = event.shiftKey ? SIZES[event.key] : KEYS[event.key];
              if (!what) return;
              event.preventDefault();
              onAct(what);
            }}><Icon name="columns" size={15} /></button>
        )}
        <h2>{chart && isKind(chart.kind)
          ? <Link to={addressOf(chart.kind)} search={{ ...paramsOf(chart.kind, chart.spec as never, chart.look as never, clock), chart: chart.id } as never}>{name}</Link>
          : name}</h2>
        {arranging && (
          <LazyMenu items={{ items, onClick: ({ key }) => onAct(key as Act) }}>
            <Button size="small" type="text" aria-haspopup="menu" aria-label={t("boards.tile.more", { name })} icon={<Icon name="more" size={16} />} />
          </LazyMenu>
        )}
      </header>
      <div className="tile-body">
        {!chart ? (known ? <p className="tile-empty">{t("boards.tile.gone.text")}</p> : <Bones lines={4} />)
          : seen ? <TileAnswer chart={chart} height={narrow ? PHONE_HEIGHT : high(tile.h) - HEAD - 18} />
          : <Bones lines={4} />}
      </div>
      {arranging && !narrow && <span className="sizer" aria-hidden="true" onPointerDown={(event) => onGrab(event, tile.chart, "size")} />}
    </section>
  );
}
