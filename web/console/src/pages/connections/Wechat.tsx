/// Official accounts, mini programs and merchants of WeChat Pay: what is connected, whether its secrets work.
import { App, Button } from "antd";
import { lazy, Suspense, useState } from "react";
import { api } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Copy } from "@/parts/Copy";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { WECHAT, type Account } from "./door";

const WechatSheet = lazy(() => import("./WechatSheet"));

export function Wechat() {
  const { t, tr } = useText();
  const write = useMay()("channel.write");
  const [sheet, setSheet] = useState<{ account?: Account }>();
  const query = useGet("/v1/channels/wechat", {});
  const add = write && <Button icon={<Icon name="plus" size={16} />} onClick={() => setSheet({})}>{t("conn.wechat.add")}</Button>;
  return (
    <Card flush title={t("conn.wechat")} note={t("conn.wechat.note")} actions={add}>
      <Rows<Account> label={t("conn.wechat")} rowKey="app" list={{ data: query.data?.data, error: query.error, refetch: () => void query.refetch() }}
        empty={{ title: t("conn.wechat.none"), text: t("conn.wechat.none.text") }}
        columns={[
          { title: t("keys.name"), key: "name", render: (_, one) => <span className="conn-name"><b>{one.name}</b><small>{tr("conn.wechat.kind.", one.kind)} · {one.app}</small></span> },
          { title: t("conn.state"), key: "state", render: (_, one) => <Standing account={one} /> },
          { title: t("conn.wechat.callback"), key: "callback", render: (_, one) => <Copy text={`${location.origin}${one.callback}`} /> },
          { title: "", key: "tools", align: "right", render: (_, one) => write && <Tools account={one} onEdit={() => setSheet({ account: one })} /> },
        ]} />
      <Suspense fallback={null}>{sheet && <WechatSheet account={sheet.account} onClose={() => setSheet(undefined)} />}</Suspense>
    </Card>
  );
}

function Standing({ account }: { account: Account }) {
  const { t, ago } = useText();
  if (account.disabled) return <span className="chip plain">{t("conn.state.off")}</span>;
  if (!account.checked_at) return <span className="chip plain">{t("conn.wechat.unchecked")}</span>;
  return (
    <span className="conn-name">
      <span><span className={`chip ${account.check_error ? "bad" : "good"}`}>{t(account.check_error ? "conn.wechat.bad" : "conn.wechat.good")}</span></span>
      <small>{account.check_error || ago(account.checked_at)}</small>
    </span>
  );
}

function Tools({ account, onEdit }: { account: Account; onEdit: () => void }) {
  const { t } = useText();
  const { modal, message } = App.useApp();
  const path = { app: account.app };
  const check = useAct(() => api.post("/v1/channels/wechat/{app}/check", { path }), {
    touches: [...WECHAT],
    done: ({ data }) => void (data.ok ? message.success(t("conn.wechat.good")) : message.error(`${t("conn.wechat.bad")} ${data.code} ${data.detail}`)),
  });
  const drop = useAct(() => api.delete("/v1/channels/wechat/{app}", { path }), { touches: [...WECHAT] });
  const ask = () => modal.confirm({ title: t("conn.drop.ask", { name: account.name }), content: t("conn.wechat.drop.text"), okText: t("conn.drop"), okButtonProps: { danger: true }, onOk: () => drop.mutateAsync(undefined).catch(() => {}) });
  return (
    <span className="row conn-tools">
      <Button size="small" loading={check.isPending} onClick={() => check.mutate(undefined)}>{t("conn.wechat.check")}</Button>
      <Button size="small" onClick={onEdit}>{t("do.edit")}</Button>
      <Button size="small" danger onClick={ask}>{t("conn.drop")}</Button>
    </span>
  );
}
