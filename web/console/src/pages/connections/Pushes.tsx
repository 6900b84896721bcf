/// What the platform pushed: what was done with it, and a way to do it again.
import { Button, Select } from "antd";
import { api } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { TONE, TOUCHED, type Push } from "./door";

const STATES = ["failed", "waiting", "unknown", "done"] as const;

export function Pushes({ corp }: { corp: string }) {
  const { t, tr, dateTime } = useText();
  const write = useMay()("channel.write");
  const [params, setParams] = useParams();
  const state = STATES.find((one) => one === params.state);
  const list = useList("/v1/channels/wecom/{corp}/pushes", { path: { corp }, query: { limit: 50, ...(state && { state }) } }, (row) => row.id, { refetchInterval: 10_000, cursor: "cursor" });
  const replay = useAct((push?: string) => api.post("/v1/channels/wecom/{corp}/pushes:replay", { path: { corp }, body: { ...(push && { push }) } as never }), { touches: [...TOUCHED] });
  return (
    <Card flush>
      <div className="flush-head"><h2>{t("conn.tab.pushes")}</h2>
        <span className="row" style={{ marginInlineStart: "auto" }}>
          <Select allowClear value={state} placeholder={t("conn.push.any")} aria-label={t("conn.state")} options={STATES.map((value) => ({ value, label: tr("conn.push.", value) }))} onChange={(value?: string) => setParams({ state: value })} style={{ minWidth: 120 }} />
          {write && <Button loading={replay.isPending && !replay.variables} onClick={() => replay.mutate(undefined)}>{t("conn.replay.all")}</Button>}
        </span></div>
      <Rows<Push> label={t("conn.tab.pushes")} rowKey="id" list={list} empty={{ title: t("conn.push.none"), text: t("conn.push.none.text") }}
        columns={[
          { title: t("conn.push.kind"), key: "kind", render: (_, one) => <details className="conn-body"><summary>{one.kind}{one.times > 1 && <small className="dim"> ×{one.times}</small>}</summary>{one.body && <pre>{one.body}</pre>}</details> },
          { title: t("conn.state"), key: "state", render: (_, one) => <span className={`chip ${TONE[one.state]}`} title={one.error}>{tr("conn.push.", one.state)}</span> },
          { title: t("conn.push.at"), key: "at", render: (_, one) => <span className="num">{dateTime(one.received_at)}</span> },
          { title: t("conn.push.error"), key: "error", render: (_, one) => (one.error ? <code>{one.error}</code> : "–") },
          ...(write ? [{ title: t("conn.replay"), key: "do", align: "right" as const, render: (_: unknown, one: Push) => one.state !== "waiting" && <Button size="small" loading={replay.isPending && replay.variables === one.id} onClick={() => replay.mutate(one.id)}>{t("conn.replay")}</Button> }] : []),
        ]} />
    </Card>
  );
}
