/// What a corp does for the merchant's own staff: signing in by WeCom, and messages when something is wrong.
import { App, Button, Form, Select, Switch } from "antd";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { useWho } from "@/pages/codes/staff";
import { Copy } from "@/parts/Copy";
import { FormSheet } from "@/parts/FormSheet";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { Loaded } from "@/parts/States";
import { TONE } from "./door";

type Watch = ReplyOf<"/v1/channels/wecom/{corp}/watch", "get">;
type Notice = ReplyOf<"/v1/channels/wecom/{corp}/notices", "get">["data"][number];
const NOTICES = ["/v1/channels/wecom/{corp}/notices"] as const;

export default function Staff({ corp }: { corp: string }) {
  return <div className="stack"><SignIn corp={corp} /><Watching corp={corp} /><Notices corp={corp} /></div>;
}

function SignIn({ corp }: { corp: string }) {
  const { t } = useText();
  const write = useMay()("channel.write");
  const query = useGet("/v1/channels/wecom/{corp}/login", { path: { corp } });
  const save = useAct((enabled: boolean) => api.put("/v1/channels/wecom/{corp}/login", { path: { corp }, version: query.data?.ver, body: { enabled } }), { touches: ["/v1/channels/wecom/{corp}/login", "/v1/login/ways"] });
  return (
    <Card title={t("conn.login")} note={t("conn.login.note")}>
      <Loaded query={query} lines={3}>
        {(found) => (
          <div className="stack">
            <label className="row"><Switch checked={found.enabled} disabled={!write} loading={save.isPending} onChange={(on) => save.mutate(on)} />{t("conn.login.on")}</label>
            {found.enabled && (
              <div className="conn-told">
                <div><span>{t("conn.login.url")}</span><Copy text={found.url} /><small className="dim">{t("conn.login.url.note")}</small></div>
                <div><span>{t("conn.login.domain")}</span><Copy text={found.domain} /><small className="dim">{t("conn.login.domain.note")}</small></div>
              </div>
            )}
          </div>
        )}
      </Loaded>
    </Card>
  );
}

/// Who is told when something is wrong.
function Watching({ corp }: { corp: string }) {
  const { t } = useText();
  const write = useMay()("channel.write");
  const query = useGet("/v1/channels/wecom/{corp}/watch", { path: { corp } });
  const { nameOf } = useWho();
  const [editing, setEditing] = useState(false);
  const kinds = (found: Watch) => [found.codes && t("conn.watch.codes"), found.connection && t("conn.watch.connection")].filter(Boolean).join(" · ");
  return (
    <Card title={t("conn.watch")} note={t("conn.watch.note")} actions={write && query.data && <Button onClick={() => setEditing(true)}>{t(query.data.staff.length > 0 ? "do.edit" : "conn.watch.choose")}</Button>}>
      <Loaded query={query} lines={2}>
        {(found) => found.staff.length === 0 ? <p className="dim">{t("conn.watch.nobody")}</p> : (
          <div className="conn-told"><div><span className="row">{found.staff.map((id) => <span key={id} className="chip">{nameOf(id)}</span>)}</span><small className="dim">{kinds(found)}</small></div></div>
        )}
      </Loaded>
      {editing && query.data && <WatchSheet corp={corp} found={query.data} onClose={() => setEditing(false)} />}
    </Card>
  );
}

interface WatchFields { staff?: string[]; codes?: boolean; connection?: boolean }

function WatchSheet({ corp, found, onClose }: { corp: string; found: Watch; onClose: () => void }) {
  const { t } = useText();
  const who = useWho();
  const save = useAct((values: WatchFields) => api.put("/v1/channels/wecom/{corp}/watch", { path: { corp }, version: found.ver, body: { staff: values.staff ?? [], codes: !!values.codes, connection: !!values.connection } }),
    { touches: ["/v1/channels/wecom/{corp}/watch"], quiet: true });
  const options = who.people.filter((one) => one.active || found.staff.includes(one.value)).map((one) => ({ value: one.value, label: one.place ? `${one.label} · ${one.place}` : one.label }));
  return (
    <FormSheet<WatchFields> open onClose={onClose} title={t("conn.watch")} lead={t("conn.watch.sheet")} initial={{ staff: found.staff, codes: found.codes, connection: found.connection }} submit={(values) => save.mutateAsync(values)}>
      <Form.Item name="staff" label={t("conn.watch.who")}><Select mode="multiple" allowClear optionFilterProp="label" maxCount={50} loading={!who.ready} options={options} /></Form.Item>
      <Form.Item name="codes" label={t("conn.watch.codes")} valuePropName="checked"><Switch /></Form.Item>
      <Form.Item name="connection" label={t("conn.watch.connection")} valuePropName="checked"><Switch /></Form.Item>
    </FormSheet>
  );
}

/// What was sent to staff, and whom it did not reach.
function Notices({ corp }: { corp: string }) {
  const { t, ago } = useText();
  const { message } = App.useApp();
  const may = useMay()("channel.send");
  const list = useGet("/v1/channels/wecom/{corp}/notices", { path: { corp }, query: { limit: 20 } }, { refetchInterval: 5_000 });
  const test = useAct((_: void, key) => api.post("/v1/channels/wecom/{corp}/notices:test", { path: { corp }, key }), { touches: [...NOTICES], done: () => void message.success(t("conn.notice.queued")) });
  const again = useAct((id: string, key) => api.post("/v1/channels/wecom/{corp}/notices/{notice}:again", { path: { corp, notice: id }, key }), { touches: [...NOTICES] });
  return (
    <Card flush title={t("conn.notice")} note={t("conn.notice.note")} actions={may && <Button loading={test.isPending} onClick={() => test.mutate()}>{t("conn.notice.test")}</Button>}>
      <Rows<Notice> label={t("conn.notice")} rowKey="id" list={{ data: list.data?.data, error: list.error, refetch: () => void list.refetch() }}
        empty={{ title: t("conn.notice.none"), text: t("conn.notice.none.text") }}
        columns={[
          { title: t("conn.notice.words"), key: "words", render: (_, one) => <span className="conn-name"><span>{one.title}</span><small>{one.body}</small></span> },
          { title: t("conn.state"), key: "state", render: (_, one) => <Went notice={one} onAgain={may ? () => again.mutate(one.id) : undefined} /> },
          { title: t("conn.sms.at"), key: "at", align: "right", render: (_, one) => <span className="num">{ago(one.created_at)}</span> },
        ]} />
    </Card>
  );
}

/// Why it did not reach somebody: our own words where we have them, else the platform's.
function Went({ notice, onAgain }: { notice: Notice; onAgain?: () => void }) {
  const { t, tr } = useText();
  const missed = notice.people.filter((one) => one.state !== "sent" && one.error);
  const known = ["notice_invalid", "notice_unlicensed", "wecom_unknown_outcome"];
  const why = (error: string) => (known.includes(error.replace("connect.", "")) ? tr("conn.notice.error.", error.replace("connect.", "")) : error.replace("connect.wecom_refused ", ""));
  return (
    <span className="conn-name">
      <span className="row">
        {(["sent", "waiting", "failed", "unknown"] as const).filter((state) => notice[state] > 0).map((state) => <span key={state} className={`chip ${state === "unknown" ? "gold" : TONE[state]}`}>{tr("conn.notice.state.", state)} <b className="num">{notice[state]}</b></span>)}
        {onAgain && notice.failed + notice.unknown > 0 && <Button size="small" onClick={onAgain}>{t("conn.notice.again")}</Button>}
      </span>
      {missed.slice(0, 3).map((one) => <small key={one.userid}>{one.userid} · {why(one.error)}</small>)}
    </span>
  );
}
