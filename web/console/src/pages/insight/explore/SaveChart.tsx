/// The question on screen as a saved chart: kept, changed, kept under another name, put on a dashboard.
import { Button, Form, Input, Select, Switch } from "antd";
import { Link } from "@tanstack/react-router";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { LazyMenu } from "@/parts/LazyMenu";
import { useOwnBoards, usePutOnBoard } from "../boards/put";
import { lookOf, sameThing, type AnySpec, type ChartKind, type SavedChart } from "./saved";

interface Fields { name: string; shared?: boolean; dashboard?: string }
type Open = "save" | "copy" | "settings" | "board" | undefined;

export function SaveChart({ kind, spec }: { kind: ChartKind; spec: AnySpec }) {
  const { t } = useText();
  const may = useMay();
  const [params, setParams] = useParams();
  const [open, setOpen] = useState<Open>();
  const client = useQueryClient();
  const id = params.chart ?? "";
  const chart = useGet("/v1/charts/{chart}", { path: { chart: id } }, { enabled: !!id && may("chart.read") });
  const boards = useOwnBoards();
  const put = usePutOnBoard();
  const saved = id && chart.data?.kind === kind ? chart.data : undefined;
  const look = lookOf(kind, params);
  const changed = !!saved && !(sameThing(saved.spec, spec) && sameThing(saved.look, look));
  const keep = async (made: SavedChart) => {
    client.setQueryData(["/v1/charts/{chart}", { chart: made.id }, null], made);
    await client.invalidateQueries({ queryKey: ["/v1/charts"] });
    await client.invalidateQueries({ queryKey: ["/v1/dashboards/{dashboard}"] });
  };
  const create = async (fields: Fields) => {
    const made = (await api.post("/v1/charts", { body: { name: fields.name, kind, spec: spec as never, look, shared: !!fields.shared } as never })).data;
    await keep(made);
    setParams({ chart: made.id });
    if (fields.dashboard) await put(fields.dashboard, made.id);
  };
  const change = async (one: SavedChart, body: object) => keep((await api.patch("/v1/charts/{chart}", { path: { chart: one.id }, version: one.ver, body: body as never })).data);
  const update = useAct((one: SavedChart) => change(one, { spec, look }), { touches: ["/v1/charts/{chart}"] });
  if (!may("chart.read")) return null;
  const writes = may("chart.write");
  const items = [
    ...(writes && saved ? [{ key: "copy", label: t("charts.copy") }, { key: "board", label: t("charts.to_board"), disabled: !boards.length }] : []),
    ...(writes && saved?.may_change ? [{ key: "settings", label: t("charts.settings") }] : []),
  ];
  const board = <Form.Item name="dashboard" label={t("charts.to_board")}><Select allowClear placeholder={t("charts.to_board.none")} options={boards.map((one) => ({ value: one.id, label: one.name }))} /></Form.Item>;
  const name = <Form.Item name="name" label={t("charts.name")} rules={[{ required: true, message: t("form.required") }]}><Input maxLength={60} autoFocus /></Form.Item>;
  const shared = <Form.Item name="shared" label={t("charts.shared")} extra={t("charts.shared.text")} valuePropName="checked"><Switch /></Form.Item>;
  return (
    <>
      {saved && <span className="chip plain" title={saved.owner}>{saved.name}{changed && ` · ${t("charts.changed")}`}</span>}
      {saved?.may_change && writes && changed && <Button type="primary" loading={update.isPending} onClick={() => update.mutate(saved)}>{t("charts.update")}</Button>}
      {writes && !saved && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setOpen("save")}>{t("charts.save")}</Button>}
      {items.length > 0 && (
        <LazyMenu items={{ items, onClick: ({ key }) => setOpen(key as Open) }}>
          <Button aria-haspopup="menu" aria-label={t("charts.more")} icon={<Icon name="more" size={16} />} />
        </LazyMenu>
      )}
      <Link to="/insight/charts" search={{ kind } as never} className="ask-link">{t("charts.all")}</Link>
      <FormSheet<Fields> open={open === "save" || open === "copy"} title={t(open === "copy" ? "charts.copy" : "charts.save")} lead={t("charts.save.text")} initial={{ name: open === "copy" && saved ? t("charts.copy.of", { name: saved.name }).slice(0, 60) : "", shared: false }}
        onClose={() => setOpen(undefined)} submit={create}>
        {name}{boards.length > 0 && board}{shared}
      </FormSheet>
      <FormSheet<Fields> open={open === "settings" && !!saved} title={t("charts.settings")} initial={{ name: saved?.name, shared: saved?.shared }} onClose={() => setOpen(undefined)} submit={(fields) => change(saved!, { name: fields.name, shared: !!fields.shared })}>
        {name}{shared}
      </FormSheet>
      <FormSheet<Fields> open={open === "board" && !!saved} title={t("charts.to_board")} onClose={() => setOpen(undefined)} submit={(fields) => (fields.dashboard ? put(fields.dashboard, saved!.id) : Promise.resolve())}>
        {board}
      </FormSheet>
    </>
  );
}
