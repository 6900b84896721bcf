/// One group code: its poster, what it brought, how its groups stand, its pictures, and which group the next visitor would see.
import { App, Button, Dropdown, InputNumber, type MenuProps } from "antd";
import { Link, useNavigate, useParams as usePath } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Copy } from "@/parts/Copy";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { asProblem, Bones, Failure, Nothing } from "@/parts/States";
import { Tabs } from "@/parts/Tabs";
import { CodeState } from "../codes/pills";
import { qrOf, TOUCHED, useGroupCode, type GroupCode as Data } from "./door";
import { GroupReport } from "./GroupReport";
import { Images } from "./Images";
import "../codes/codes.css";
import "./groups.css";

const TABS = ["report", "groups", "images", "try"] as const;

export default function GroupCode() {
  const { t } = useText();
  const { id } = usePath({ strict: false }) as { id: string };
  const query = useGroupCode(id);
  const code = query.data;
  useEffect(() => {
    document.title = `${code?.spec.name ?? t("nav.groupcodes")} · Koipond`;
  }, [code?.spec.name, t]);
  if (code) return <Whole code={code} />;
  return (
    <>
      <h1 className="visually-hidden">{t("nav.groupcodes")}</h1>
      {query.error ? <Failure problem={asProblem(query.error)} retry={() => void query.refetch()} /> : <Card><Bones lines={10} /></Card>}
    </>
  );
}

function Whole({ code }: { code: Data }) {
  const { t, tr, lang } = useText();
  const may = useMay()("code.write");
  const [{ tab }, setParams] = useParams();
  return (
    <>
      <header className="code-head">
        <a className="code-head-qr" href={qrOf(code.id, "png", 1024)} download={`${code.slug}.png`} title={t("code.qr.save")}><img src={qrOf(code.id)} alt={t("code.qr.of", { name: code.spec.name })} width={132} height={132} /></a>
        <div className="code-head-text">
          <div className="row"><h1 tabIndex={-1}>{code.spec.name}</h1><CodeState state={code.state} /></div>
          <p className="dim">{[tr("group.rule.", code.spec.rule), code.spec.channel, code.spec.folder].filter(Boolean).join(" · ")}</p>
          <div className="row"><Copy text={code.url} /><Button size="small" href={code.url} target="_blank" rel="noopener" icon={<Icon name="eye" size={14} />}>{t("code.open_page")}</Button></div>
          {code.spec.note && <p className="code-note">{code.spec.note}</p>}
        </div>
        <div className="row code-head-tools">
          {may && code.state !== "deleted" && <Link className="ant-btn-like" to="/group-codes/$id/edit" params={{ id: code.id }}><Icon name="edit" size={15} />{t("do.edit")}</Link>}
          <Menu code={code} />
        </div>
      </header>
      <Trouble code={code.id} />
      {code.advice.map((line) => <p key={line.code + line.pointer} className="code-hint"><Icon name="info" size={16} />{lang === "en" ? line.en : line.zh}</p>)}
      <Tabs label={code.spec.name} value={TABS.find((one) => one === tab) ?? "report"} onChange={(key) => setParams({ tab: key === "report" ? undefined : key })} items={[
        { key: "report", label: t("code.tab.report"), children: <GroupReport code={code.id} /> },
        { key: "groups", label: t("group.tab.groups"), children: <Stands code={code} /> },
        { key: "images", label: t("group.images"), children: <Images code={code} /> },
        { key: "try", label: t("code.tab.try"), children: <Try code={code} /> },
      ]} />
    </>
  );
}

function Menu({ code }: { code: Data }) {
  const { t } = useText();
  const { modal } = App.useApp();
  const go = useNavigate();
  const may = useMay()("code.write");
  const path = { code: code.id };
  const pause = useAct(() => api.post("/v1/group-codes/{code}:pause", { path }), { touches: [...TOUCHED] });
  const resume = useAct(() => api.post("/v1/group-codes/{code}:resume", { path }), { touches: [...TOUCHED] });
  const clone = useAct((name: string) => api.post("/v1/group-codes/{code}:clone", { path, body: { name } as never }), { touches: [...TOUCHED], done: (reply) => void go({ to: "/group-codes/$id", params: { id: reply.data.id } }) });
  const remove = useAct(() => api.post("/v1/group-codes/{code}:delete", { path }), { touches: [...TOUCHED], done: () => void go({ to: "/group-codes" }) });
  const live = may && code.state !== "deleted";
  const items: MenuProps["items"] = [
    { key: "svg", label: <a href={qrOf(code.id, "svg")} download={`${code.slug}.svg`}>{t("code.qr.svg")}</a> },
    { key: "png", label: <a href={qrOf(code.id, "png", 1024)} download={`${code.slug}.png`}>{t("code.qr.png")}</a> },
    ...(may ? [{ key: "copy", label: t("code.copy") }] : []),
    ...(live ? [{ key: code.state === "paused" ? "resume" : "pause", label: t(code.state === "paused" ? "code.resume" : "code.pause") }, { key: "delete", danger: true, label: t("do.delete") }] : []),
  ];
  const act = (key: string) => {
    if (key === "copy") clone.mutate(t("code.copy_of", { name: code.spec.name }));
    if (key === "resume") resume.mutate(undefined);
    if (key === "pause") modal.confirm({ title: t("code.pause.ask", { name: code.spec.name }), content: t("group.pause.text"), okText: t("code.pause"), onOk: () => pause.mutateAsync(undefined).catch(() => {}) });
    if (key === "delete") modal.confirm({ title: t("code.delete.ask", { name: code.spec.name }), content: t("group.delete.text"), okText: t("do.delete"), okButtonProps: { danger: true }, onOk: () => remove.mutateAsync(undefined).catch(() => {}) });
  };
  return <Dropdown trigger={["click"]} autoFocus menu={{ items, onClick: ({ key }) => act(key) }}><Button aria-haspopup="menu" aria-label={t("code.more")} icon={<Icon name="more" size={16} />} /></Dropdown>;
}

/// What is wrong with the code right now.
function Trouble({ code }: { code: string }) {
  const { t, tr, ago } = useText();
  const may = useMay()("code.write");
  const list = useGet("/v1/group-codes/{code}/alarms", { path: { code } }, { refetchInterval: 30_000 });
  const close = useAct((id: string) => api.post("/v1/code-alarms/{alarm}:close", { path: { alarm: id } }), { touches: [...TOUCHED] });
  const open = (list.data?.data ?? []).filter((alarm) => !alarm.closed_at);
  if (open.length === 0) return null;
  return (
    <section className="code-alarms" aria-label={t("code.alarms")}>
      <ul>
        {open.map((alarm) => (
          <li key={alarm.id}><Icon name="alert" size={17} />
            <span><b>{tr("group.alarm.", alarm.kind)}</b> {alarm.detail}<small className="dim">{tr("group.alarm.do.", alarm.kind)} · {ago(alarm.last_at)}</small></span>
            {may && <Button size="small" loading={close.isPending && close.variables === alarm.id} onClick={() => close.mutate(alarm.id)}>{t("code.alarm.close")}</Button>}</li>
        ))}
      </ul>
    </section>
  );
}

/// Every way into groups: whether it works, how many hold a seat, how full its groups are.
function Stands({ code }: { code: Data }) {
  const { t, tr, exact } = useText();
  if (code.entries.length === 0) return <Card><Nothing title={t("group.open.empty")} text={t("group.first.text")} /></Card>;
  return (
    <div className="stack">
      {code.entries.map((stand, at) => {
        const entry = code.spec.entries[at];
        return (
          <Card key={stand.id} title={entry?.name || t(entry?.kind === "image" ? "group.kind.image" : "group.kind.join")}
            actions={<span className={`chip ${!entry?.on ? "plain" : stand.ready ? "good" : "bad"}`}>{t(!entry?.on ? "group.off" : stand.ready ? "group.works" : "group.waits")}</span>}>
            <p className="dim">{t("group.stand", { joined: exact(stand.joined), held: exact(stand.held), left: stand.left === null ? t("code.cap.none") : exact(stand.left) })}</p>
            {stand.auto_stopped && <p className="code-hint"><Icon name="info" size={16} />{tr("group.alarm.", "group_auto_stopped")}</p>}
            {stand.error && <p className="code-hint"><Icon name="alert" size={16} />{stand.error}</p>}
            <ul className="stack tight">
              {stand.groups.map((group) => (
                <li key={group.id} className="row between"><span>{group.name || group.chat_id}{group.extra && <small className="dim"> {t("group.made")}</small>}</span>
                  <span className="row"><span className={`chip ${group.state === "open" ? "good" : "bad"}`}>{tr("group.state.", group.state)}</span><span className="num">{group.people} / {code.spec.group_cap}</span></span></li>
              ))}
            </ul>
          </Card>
        );
      })}
    </div>
  );
}

type Line = ReplyOf<"/v1/group-codes/{code}/preview", "post">["data"][number];
const MOST = 100;

/// Which group the next visitors would be shown, and why.
function Try({ code }: { code: Data }) {
  const { t, tr, lang } = useText();
  const [visitors, setVisitors] = useState(5);
  const ask = useAct(() => api.post("/v1/group-codes/{code}/preview", { path: { code: code.id }, body: { visitors } as never }));
  const said = (words: Line["reason"]) => (lang === "en" ? words.en : words.zh);
  const lines = ask.data?.data.data;
  return (
    <Card title={t("code.try")} note={t("group.try.note")}
      actions={<><InputNumber min={1} max={MOST} value={visitors} aria-label={t("code.try.visitors")} suffix={t("code.try.people")} onChange={(value) => setVisitors(value ?? 1)} /><Button type="primary" icon={<Icon name="refresh" size={15} />} loading={ask.isPending} onClick={() => ask.mutate(undefined)}>{t("code.try.go")}</Button></>}>
      {!lines ? <Nothing title={t("code.try.none")} text={t("group.try.none.text")} /> : (
        <ol className="code-tries">
          {lines.map((line) => <li key={line.visitor}><i aria-hidden="true">{line.visitor}</i><span><b>{line.name || tr("group.answer.", line.kind)}</b><small>{said(line.reason)}</small></span></li>)}
        </ol>
      )}
    </Card>
  );
}
