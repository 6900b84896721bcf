/// Dashboards: one's own and those others share.
import { App, Button, Form, Input, Switch } from "antd";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
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
import { BOARD, BOARDS } from "./put";
import "./boards.css";

type Row = ReplyOf<"/v1/dashboards", "get">["data"][number];
interface Fields { name: string; shared?: boolean }

export default function Boards() {
  const { t, dateTime, exact } = useText();
  const { modal } = App.useApp();
  const may = useMay();
  const go = useNavigate();
  const client = useQueryClient();
  const [params, setParams] = useParams();
  const [making, setMaking] = useState(false);
  const list = useList(BOARDS, { query: { ...(params.q && { q: params.q }), limit: 50 } as never }, (row) => row.id);
  const writes = may("chart.write");
  const drop = useAct((row: Row) => api.delete(BOARD, { path: { dashboard: row.id } }), { touches: [BOARDS] });
  const make = async (fields: Fields) => {
    const made = (await api.post(BOARDS, { body: { name: fields.name, shared: !!fields.shared, tiles: [] } as never })).data;
    void client.invalidateQueries({ queryKey: [BOARDS] });
    void go({ to: "/insight/dashboards/$id", params: { id: made.id } });
  };
  const add = writes && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>{t("boards.new")}</Button>;
  return (
    <Page title={t("nav.dashboards")} lead={t("boards.lead")} actions={add}>
      <div className="people-bar"><Input.Search className="find" allowClear placeholder={t("boards.find")} aria-label={t("boards.find")} defaultValue={params.q} onSearch={(q) => setParams({ q: q.trim() || undefined })} /></div>
      <Card flush>
        <Rows<Row> label={t("nav.dashboards")} rowKey="id" list={list} empty={params.q ? { title: t("boards.none") } : { title: t("boards.none"), text: t("boards.none.text"), action: add }}
          columns={[
            { title: t("boards.name"), key: "name", render: (_, row) => <Link to="/insight/dashboards/$id" params={{ id: row.id }}>{row.name}</Link> },
            { title: t("boards.charts"), key: "tiles", align: "right", render: (_, row) => <span className="num">{exact(row.tiles.length)}</span> },
            { title: t("charts.owner"), key: "owner", render: (_, row) => <>{row.mine ? t("charts.mine") : row.owner}{row.shared && <> <span className="chip plain">{t("charts.shared.chip")}</span></>}</> },
            { title: t("charts.updated"), key: "updated", render: (_, row) => <span className="num">{dateTime(row.updated_at)}</span> },
            { title: <span className="visually-hidden">{t("charts.more")}</span>, key: "more", align: "right", render: (_, row) => writes && row.may_change && (
              <LazyMenu items={{ items: [{ key: "drop", label: t("boards.drop"), danger: true }], onClick: () => modal.confirm({ title: t("boards.drop.ask", { name: row.name }), okButtonProps: { danger: true }, onOk: () => drop.mutateAsync(row).catch(() => {}) }) }}>
                <Button type="text" size="small" aria-haspopup="menu" aria-label={t("boards.tile.more", { name: row.name })} icon={<Icon name="more" size={16} />} />
              </LazyMenu>
            ) },
          ]} />
      </Card>
      <FormSheet<Fields> open={making} title={t("boards.new")} lead={t("boards.new.text")} onClose={() => setMaking(false)} submit={make}>
        <Form.Item name="name" label={t("boards.name")} rules={[{ required: true, message: t("form.required") }]}><Input maxLength={60} autoFocus /></Form.Item>
        <Form.Item name="shared" label={t("boards.shared")} extra={t("boards.shared.text")} valuePropName="checked"><Switch /></Form.Item>
      </FormSheet>
    </Page>
  );
}
