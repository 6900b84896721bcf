/// One corp of WeCom: its pushes, its health, what the doctor says, how far it is in step.
import { App, Button } from "antd";
import { useNavigate, useParams as usePath } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { api } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Bones, Loaded, Nothing } from "@/parts/States";
import { Tabs } from "@/parts/Tabs";
import { Doctor } from "./Doctor";
import { TONE, TOUCHED, type Corp as Data } from "./door";
import { Pushes } from "./Pushes";
import { Sync } from "./Sync";
import "./connections.css";

const CorpSheet = lazy(() => import("./CorpSheet")), Archive = lazy(() => import("./Archive")), Staff = lazy(() => import("./Staff"));
const TABS = ["health", "pushes", "sync", "staff", "archive"] as const;

export default function Corp() {
  const { t } = useText();
  const { corp: id } = usePath({ strict: false }) as { corp: string };
  const query = useGet("/v1/channels/wecom", {}, { refetchInterval: 10_000 });
  const corp = query.data?.data.find((one) => one.corp_id === id);
  if (corp) return <Whole corp={corp} />;
  return <Page title={t("nav.connections")} lead={id}><Loaded query={query} lines={6}>{() => <Card><Nothing title={t("conn.gone")} text={t("conn.gone.text")} /></Card>}</Loaded></Page>;
}

function Whole({ corp }: { corp: Data }) {
  const { t, tr } = useText();
  const { modal } = App.useApp();
  const go = useNavigate();
  const write = useMay()("channel.write");
  const [{ tab }, setParams] = useParams();
  const [editing, setEditing] = useState(false);
  const drop = useAct(() => api.delete("/v1/channels/wecom/{corp}", { path: { corp: corp.corp_id } }), { touches: [...TOUCHED], done: () => void go({ to: "/connections" }) });
  const shown = TABS.find((one) => one === tab) ?? "health";
  const ask = () => modal.confirm({ title: t("conn.drop.ask", { name: corp.name }), content: t("conn.drop.text"), okText: t("conn.drop"), okButtonProps: { danger: true }, onOk: () => drop.mutateAsync(undefined).catch(() => {}) });
  return (
    <Page title={corp.name} lead={`${t("conn.wecom")} · ${corp.corp_id}`}
      actions={<><span className={`chip ${TONE[corp.state]}`}>{tr("conn.state.", corp.state)}</span>
        {write && <><Button icon={<Icon name="edit" size={15} />} onClick={() => setEditing(true)}>{t("do.edit")}</Button><Button danger onClick={ask}>{t("conn.drop")}</Button></>}</>}>
      <Tabs label={corp.name} value={shown} onChange={(key) => setParams({ tab: key === "health" ? undefined : key })} items={[
        { key: "health", label: t("conn.tab.health"), children: <Health corp={corp.corp_id} /> },
        { key: "pushes", label: t("conn.tab.pushes"), children: <Pushes corp={corp.corp_id} /> },
        { key: "sync", label: t("conn.tab.sync"), children: <Sync corp={corp.corp_id} /> },
        { key: "staff", label: t("conn.tab.staff"), children: <Suspense fallback={<Bones lines={6} />}><Staff corp={corp.corp_id} /></Suspense> },
        { key: "archive", label: t("conn.tab.archive"), children: <Suspense fallback={<Bones lines={6} />}><Archive corp={corp.corp_id} /></Suspense> },
      ]} />
      <Suspense fallback={null}>{editing && <CorpSheet corp={corp} onClose={() => setEditing(false)} />}</Suspense>
    </Page>
  );
}

function Health({ corp }: { corp: string }) {
  const { t, tr, exact, ago } = useText();
  const query = useGet("/v1/channels/wecom/{corp}/health", { path: { corp } }, { refetchInterval: 5_000 });
  return (
    <div className="stack">
      <Loaded query={query} lines={4}>
        {(health) => (
          <>
            <dl className="conn-figures">
              {([["last", health.last_at ? ago(health.last_at) : "–"], ["waiting", exact(health.waiting)], ["lag", t("conn.seconds", { count: health.lag_s })], ["done_day", exact(health.done_day)], ["failed", exact(health.failed)],
                ["welcomes", exact(health.welcomes_sent)], ["welcomes_failed", exact(health.welcomes_failed)], ["welcome_p99", health.welcome_p99_ms === null ? "–" : t("conn.ms", { count: health.welcome_p99_ms })]] as const)
                .map(([key, value]) => <div key={key}><dt>{tr("conn.figure.", key)}</dt><dd className="num">{value}</dd></div>)}
            </dl>
            {health.refused.length > 0 && <Card title={t("conn.refused")} note={t("conn.refused.note")}><ul className="conn-refused">{health.refused.map((one) => <li key={one.reason}><code>{one.reason}</code><b className="num">{exact(one.times)}</b></li>)}</ul></Card>}
          </>
        )}
      </Loaded>
      <Doctor corp={corp} />
    </div>
  );
}
