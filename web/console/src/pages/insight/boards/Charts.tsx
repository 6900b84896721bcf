/// Saved charts: found again, opened in their explorer, shared, put on a dashboard, thrown away.
import { App, Button, Form, Input, Select, Switch } from "antd";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { LazyMenu } from "@/parts/LazyMenu";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { useClock } from "../explore/ask";
import { addressOf, CHART_KINDS, isKind, paramsOf } from "../explore/saved";
import { BOARD, useOwnBoards, usePutOnBoard } from "./put";
import "./boards.css";

type Row = ReplyOf<"/v1/charts", "get">["data"][number];
interface Fields { name: string; shared?: boolean }
const CHARTS = "/v1/charts", CHART = "/v1/charts/{chart}";

export default function Charts() {
  const { t, tr, dateTime, exact } = useText();
  const { modal } = App.useApp();
  const may = useMay();
  const clock = useClock();
  const [params, setParams] = useParams();
  const [editing, setEditing] = useState<Row>();
  const [placing, setPlacing] = useState<Row>();
  const boards = useOwnBoards();
  const put = usePutOnBoard();
  const writes = may("chart.write");
  const list = useList(CHARTS, { query: { ...(params.q && { q: params.q }), ...(params.kind && { kind: params.kind }), limit: 50 } as never }, (row) => row.id);
  const touches = [CHARTS, CHART, BOARD] as const;
  const drop = useAct((row: Row) => api.delete(CHART, { path: { chart: row.id } }), { touches: [...touches] });
  const change = useAct(({ row, body }: { row: Row; body: Fields }) => api.patch(CHART, { path: { chart: row.id }, version: row.ver, body: body as never }), { touches: [...touches], quiet: true });
  const menu = (row: Row) => [
    { key: "board", label: t("charts.to_board"), disabled: boards.length === 0 },
    ...(row.may_change ? [{ key: "settings", label: t("charts.settings") }, { key: "drop", label: t("charts.drop"), danger: true }] : []),
  ];
  const act = (row: Row, what: string) => {
    if (what === "board") setPlacing(row);
    else if (what === "settings") setEditing(row);
    else modal.confirm({ title: t("charts.drop.ask", { name: row.name }), content: row.dashboards > 0 ? t("charts.drop.used", { count: row.dashboards }) : undefined, okButtonProps: { danger: true }, onOk: () => drop.mutateAsync(row).catch(() => {}) });
  };
  return (
    <Page title={t("nav.charts")} lead={t("charts.lead")} actions={<Link to="/insight/dashboards" className="ask-link">{t("nav.dashboards")}</Link>}>
      <div className="people-bar">
        <Input.Search className="find" allowClear placeholder={t("charts.find")} aria-label={t("charts.find")} defaultValue={params.q} onSearch={(q) => setParams({ q: q.trim() || undefined })} />
        <Select aria-label={t("charts.kind")} value={params.kind ?? ""} style={{ minWidth: 150 }} onChange={(kind) => setParams({ kind: kind || undefined })}
          options={[{ value: "", label: t("charts.kind.all") }, ...CHART_KINDS.map((kind) => ({ value: kind, label: tr("charts.kind.", kind) }))]} />
      </div>
      <Card flush>
        <Rows<Row> label={t("nav.charts")} rowKey="id" list={list} empty={{ title: t("charts.none"), text: t("charts.none.text"), action: <Link to="/explore/funnel">{t("boards.add.make")}</Link> }}
          columns={[
            { title: t("charts.name"), key: "name", render: (_, row) => isKind(row.kind)
              ? <Link to={addressOf(row.kind)} search={{ ...paramsOf(row.kind, row.spec as never, row.look as never, clock), chart: row.id } as never}>{row.name}</Link> : row.name },
            { title: t("charts.kind"), key: "kind", render: (_, row) => tr("charts.kind.", row.kind) },
            { title: t("charts.owner"), key: "owner", render: (_, row) => <>{row.mine ? t("charts.mine") : row.owner}{row.shared && <> <span className="chip plain">{t("charts.shared.chip")}</span></>}</> },
            { title: t("charts.boards"), key: "boards", align: "right", render: (_, row) => <span className="num">{exact(row.dashboards)}</span> },
            { title: t("charts.updated"), key: "updated", render: (_, row) => <span className="num">{dateTime(row.updated_at)}</span> },
            { title: <span className="visually-hidden">{t("charts.more")}</span>, key: "more", align: "right", render: (_, row) => writes && (
              <LazyMenu items={{ items: menu(row), onClick: ({ key }) => act(row, key) }}>
                <Button type="text" size="small" aria-haspopup="menu" aria-label={t("boards.tile.more", { name: row.name })} icon={<Icon name="more" size={16} />} />
              </LazyMenu>
            ) },
          ]} />
      </Card>
      <FormSheet<Fields> open={!!editing} title={t("charts.settings")} initial={{ name: editing?.name, shared: editing?.shared }} onClose={() => setEditing(undefined)} submit={(body) => change.mutateAsync({ row: editing!, body: { name: body.name, shared: !!body.shared } })}>
        <Form.Item name="name" label={t("charts.name")} rules={[{ required: true, message: t("form.required") }]}><Input maxLength={60} /></Form.Item>
        <Form.Item name="shared" label={t("charts.shared")} extra={t("charts.shared.text")} valuePropName="checked"><Switch /></Form.Item>
      </FormSheet>
      <FormSheet<{ dashboard: string }> open={!!placing} title={t("charts.to_board")} onClose={() => setPlacing(undefined)} submit={(fields) => put(fields.dashboard, placing!.id)}>
        <Form.Item name="dashboard" label={t("charts.to_board")} rules={[{ required: true, message: t("form.required") }]}><Select options={boards.map((one) => ({ value: one.id, label: one.name }))} /></Form.Item>
      </FormSheet>
    </Page>
  );
}
