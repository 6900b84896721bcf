/// Channels the merchant has connected: how each is doing, and the way to another.
import { Button } from "antd";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { TONE, type Corp } from "./door";
import { Sms } from "./Sms";
import { Wechat } from "./Wechat";
import "./connections.css";

const CorpSheet = lazy(() => import("./CorpSheet"));

export default function Connections() {
  const { t, tr, ago } = useText();
  const write = useMay()("channel.write");
  const [adding, setAdding] = useState(false);
  const query = useGet("/v1/channels/wecom", {}, { refetchInterval: 10_000 });
  const add = write && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setAdding(true)}>{t("conn.add")}</Button>;
  return (
    <Page title={t("nav.connections")} lead={t("conn.lead")} actions={add}>
      <div className="stack">
        <Card flush title={t("conn.wecom")}>
          <Rows<Corp> label={t("nav.connections")} rowKey="corp_id" list={{ data: query.data?.data, error: query.error, refetch: () => void query.refetch() }}
            empty={{ title: t("conn.none"), text: t("conn.none.text"), action: add }}
            columns={[
              { title: t("keys.name"), key: "name", render: (_, one) => <span className="conn-name"><Link to="/connections/$corp" params={{ corp: one.corp_id }}>{one.name}</Link><small>{one.corp_id}</small></span> },
              { title: t("conn.state"), key: "state", render: (_, one) => <span className={`chip ${TONE[one.state]}`}>{tr("conn.state.", one.state)}</span> },
              { title: t("conn.last"), key: "last", render: (_, one) => (one.last_at ? ago(one.last_at) : "–") },
              { title: t("conn.lag"), key: "lag", align: "right", render: (_, one) => <span className="num">{one.waiting > 0 ? t("conn.seconds", { count: one.lag_s }) : "–"}</span> },
              { title: t("conn.failed"), key: "failed", align: "right", render: (_, one) => <span className="num">{one.failed || "–"}</span> },
            ]} />
        </Card>
        <Wechat />
        <Sms />
      </div>
      <Suspense fallback={null}>{adding && <CorpSheet onClose={() => setAdding(false)} />}</Suspense>
    </Page>
  );
}
