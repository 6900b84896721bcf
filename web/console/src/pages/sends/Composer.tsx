/// What is said and to whom; saved as a draft, then counted.
import { Button, Checkbox, Input, Segmented, Select } from "antd";
import { useNavigate, useParams as usePath } from "@tanstack/react-router";
import { useState } from "react";
import { api, type Problem } from "@shared/client";
import { queries, useGet } from "@/app/queries";
import { useParams, type Params } from "@/app/search";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { asProblem, Bones, Failure } from "@/parts/States";
import { Parts } from "../codes/Parts";
import { ChatPhone } from "../codes/Phone";
import { bytesOf } from "../codes/spec";
import { useWho } from "../codes/staff";
import FilterDrawer from "../people/FilterDrawer";
import { SetFilters } from "../people/SetFilters";
import { countSet } from "../people/filters";
import { draftOf, fromPeople, specOf, TOUCHED, type Draft, type Send } from "./door";
import "../codes/codes.css";
import "./sends.css";

const BYTES_MAX = 4000;

export default function Composer() {
  const { t } = useText();
  const { id } = usePath({ strict: false }) as { id?: string };
  const [params] = useParams();
  const query = useGet("/v1/sends/{send}", { path: { send: id ?? "" } }, { enabled: !!id });
  if (!id) return <Form initial={fromPeople(params)} />;
  if (query.data) return <Form initial={draftOf(query.data)} send={query.data} />;
  return <Page title={t("send.edit")}>{query.error ? <Failure problem={asProblem(query.error)} retry={() => void query.refetch()} /> : <Card><Bones lines={10} /></Card>}</Page>;
}

function Form({ initial, send }: { initial: Draft; send?: Send }) {
  const { t } = useText();
  const go = useNavigate();
  const [draft, setDraft] = useState(initial);
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const corps = useGet("/v1/channels/wecom");
  const corp = draft.corp ?? corps.data?.data[0]?.corp_id;
  const ready = !!corp && !!draft.name.trim() && (!!draft.text || draft.parts.length > 0) && bytesOf(draft.text) <= BYTES_MAX;

  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const spec = specOf(draft);
      const saved = send
        ? await api.put("/v1/sends/{send}", { path: { send: send.id }, body: { spec }, version: send.ver })
        : await api.post("/v1/sends", { body: { corp_id: corp!, kind: draft.kind, spec } });
      await api.post("/v1/sends/{send}:plan", { path: { send: saved.data.id } });
      await Promise.all(TOUCHED.map((path) => queries.invalidateQueries({ queryKey: [path] })));
      void go({ to: "/sends/$id", params: { id: saved.data.id } });
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Page title={t(send ? "send.edit" : "send.new")} lead={t("send.new.lead")}
      actions={<Button type="primary" disabled={!ready} loading={busy} onClick={() => void save()}>{t("send.count")}</Button>}>
      {problem && <Failure problem={problem} />}
      <div className="send-desk">
        <div className="send-stack">
          <Card title={t("send.whom")}>
            <Whom draft={draft} change={change} fixed={!!send} />
          </Card>
          <Card title={t("send.words")}>
            <div className="send-form">
              <label className="wide"><span>{t("send.name")}</span><Input value={draft.name} maxLength={60} placeholder={t("send.name.hint")} onChange={(event) => change({ name: event.target.value })} /></label>
              <div className="wide stack tight">
                <Input.TextArea value={draft.text} onChange={(event) => change({ text: event.target.value })} aria-label={t("send.text")} placeholder={t("send.text.hint")} autoSize={{ minRows: 4, maxRows: 14 }} status={bytesOf(draft.text) > BYTES_MAX ? "error" : undefined} />
                <span className="dim num">{t("code.welcome.bytes", { bytes: bytesOf(draft.text), max: BYTES_MAX })}</span>
                <Parts parts={draft.parts} onParts={(parts) => change({ parts })} />
              </div>
              {(corps.data?.data.length ?? 0) > 1 && (
                <label><span>{t("send.corp")}</span><Select disabled={!!send} value={corp} onChange={(next) => change({ corp: next })} options={corps.data!.data.map((one) => ({ value: one.corp_id, label: one.name || one.corp_id }))} /></label>
              )}
            </div>
            {corps.data?.data.length === 0 && <p className="send-hint" role="status"><Icon name="alert" size={16} />{t("send.no_corp")}</p>}
          </Card>
        </div>
        <ChatPhone text={draft.text} parts={draft.parts} title={t(draft.kind === "group" ? "send.preview.group" : "send.preview.chat")} />
      </div>
    </Page>
  );
}

function Whom({ draft, change, fixed }: { draft: Draft; change: (part: Partial<Draft>) => void; fixed: boolean }) {
  const { t } = useText();
  const who = useWho();
  const [filtering, setFiltering] = useState(false);
  const narrow = (next: Params) => change({ audience: Object.fromEntries(Object.entries({ ...draft.audience, ...next }).filter(([, value]) => value)) as Params });
  const staff = who.people.filter((one) => one.active).map((one) => ({ value: one.value, label: [one.label, one.place].filter(Boolean).join(" · ") }));
  return (
    <div className="send-form">
      <div className="wide"><Segmented disabled={fixed} value={draft.kind} onChange={(kind) => change({ kind: kind as Draft["kind"] })} aria-label={t("send.to")} options={[{ value: "person", label: t("send.kind.person") }, { value: "group", label: t("send.kind.group") }]} /></div>
      {draft.kind === "person" ? (
        <div className="wide stack tight">
          <div className="row">
            <Button icon={<Icon name="filter" size={15} />} onClick={() => setFiltering(true)}>{t("send.filter")}</Button>
            <span className="dim">{countSet(draft.audience) + (draft.audience.q ? 1 : 0) === 0 ? t("send.everybody") : t("send.filtered")}</span>
          </div>
          <SetFilters params={draft.audience} onChange={narrow} />
          <FilterDrawer open={filtering} params={draft.audience} onClose={() => setFiltering(false)} onApply={(next) => { narrow(next); setFiltering(false); }} />
        </div>
      ) : (
        <label><span>{t("send.groups_named")}</span><Input value={draft.groups_named} maxLength={40} placeholder={t("send.groups_named.hint")} onChange={(event) => change({ groups_named: event.target.value })} /></label>
      )}
      <label><span>{t(draft.kind === "group" ? "send.owners" : "send.through")}</span>
        <Select mode="multiple" allowClear value={draft.staff} onChange={(next: string[]) => change({ staff: next })} placeholder={t("send.through.all")} options={staff} showSearch={{ optionFilterProp: "label" }} maxTagCount={4} /></label>
      {draft.kind === "person" && (
        <label><span>{t("send.consent")}</span>
          <Select value={draft.consent} onChange={(consent) => change({ consent })} options={[{ value: "not_refused", label: t("send.consent.not_refused") }, { value: "granted", label: t("send.consent.granted") }]} />
          <small className="dim">{t("send.consent.note")}</small></label>
      )}
      <div className="wide"><Checkbox checked={draft.allow_select} onChange={(event) => change({ allow_select: event.target.checked })}>{t("send.allow_select")}</Checkbox></div>
    </div>
  );
}
