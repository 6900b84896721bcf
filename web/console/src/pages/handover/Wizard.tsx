/// Who gives, who takes and by which rule, what it would come to, and the start.
import { App, Button, Checkbox, Input, InputNumber, Segmented, Select } from "antd";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { api, type Problem } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { STAGES } from "@/parts/people";
import { Rows } from "@/parts/Rows";
import { asProblem, Bones, Failure } from "@/parts/States";
import { useWho } from "../codes/staff";
import { bodyOf, empty, RULES, TOUCHED, type Draft, type Preview, type Receiver } from "./door";
import "./handover.css";

const STEPS = ["who", "rule", "preview"] as const;
type Step = (typeof STEPS)[number];

export default function Wizard() {
  const { t, tr } = useText();
  const [draft, setDraft] = useState<Draft>(empty);
  const [step, setStep] = useState<Step>("who");
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const ready = { who: true, rule: !!draft.from && (draft.people || draft.groups), preview: !!draft.from && draft.receivers.length > 0 };
  return (
    <Page title={t("handover.new")} lead={t("handover.new.lead")}>
      <nav className="handover-steps" aria-label={t("handover.new")}>
        {STEPS.map((one, at) => <button key={one} type="button" disabled={!ready[one]} aria-current={step === one ? "step" : undefined} onClick={() => setStep(one)}><i>{at + 1}</i>{tr("handover.step.", one)}</button>)}
      </nav>
      {step === "who" && <Who draft={draft} change={change} next={() => setStep("rule")} ready={ready.rule} />}
      {step === "rule" && <Rule draft={draft} change={change} next={() => setStep("preview")} ready={ready.preview} />}
      {step === "preview" && <Look draft={draft} />}
    </Page>
  );
}

interface Part { draft: Draft; change: (part: Partial<Draft>) => void; next: () => void; ready: boolean }

function Who({ draft, change, next, ready }: Part) {
  const { t } = useText();
  const who = useWho();
  const chosen = who.people.find((one) => one.value === draft.from);
  const give = (from: string) => change({ from, mode: who.people.find((one) => one.value === from)?.active ? "onjob" : "left", receivers: draft.receivers.filter((one) => one.staff !== from) });
  return (
    <Card title={t("handover.step.who")}>
      <div className="handover-form">
        <div className="handover-field"><span>{t("handover.from")}</span>
          <Select showSearch optionFilterProp="label" loading={!who.ready} value={draft.from} onChange={give} aria-label={t("handover.from")} placeholder={t("handover.from.pick")}
            options={who.people.map((one) => ({ value: one.value, label: [one.label, one.place, one.active ? "" : t("handover.left")].filter(Boolean).join(" · ") }))} /></div>
        <div className="handover-field"><span>{t("handover.mode")}</span>
          <Segmented value={draft.mode} onChange={(mode) => change({ mode: mode as Draft["mode"] })} aria-label={t("handover.mode")} options={[{ value: "onjob", label: t("handover.mode.onjob") }, { value: "left", label: t("handover.mode.left") }]} />
          <small className="dim">{t(draft.mode === "left" ? "handover.mode.left.text" : "handover.mode.onjob.text")}</small></div>
        <div className="handover-field"><span>{t("handover.what")}</span>
          <Checkbox checked={draft.people} onChange={(event) => change({ people: event.target.checked })}>{t("handover.people")}</Checkbox>
          <Checkbox checked={draft.groups} onChange={(event) => change({ groups: event.target.checked })}>{t("handover.groups")}</Checkbox></div>
      </div>
      {chosen?.active && draft.mode === "left" && <p className="handover-hint"><Icon name="info" size={16} />{t("handover.not_left")}</p>}
      <div className="row handover-next"><Button type="primary" disabled={!ready} onClick={next}>{t("handover.next")}</Button></div>
    </Card>
  );
}

function Rule({ draft, change, next, ready }: Part) {
  const { t, tr } = useText();
  const who = useWho();
  const tags = useGet("/v1/tags", {}, { enabled: draft.rule === "match" });
  const takers = who.people.filter((one) => one.active && one.value !== draft.from);
  const choose = (ids: string[]) => change({ receivers: ids.map((staff) => draft.receivers.find((one) => one.staff === staff) ?? { staff, tags: [] }) });
  const edit = (staff: string, part: Partial<Receiver>) => change({ receivers: draft.receivers.map((one) => (one.staff === staff ? { ...one, ...part } : one)) });
  return (
    <Card title={t("handover.step.rule")}>
      <div className="handover-form">
        <div className="handover-field wide"><span>{t("handover.receivers")}</span>
          <Select mode="multiple" optionFilterProp="label" loading={!who.ready} value={draft.receivers.map((one) => one.staff)} onChange={choose} aria-label={t("handover.receivers")} placeholder={t("handover.receivers.pick")} maxTagCount={12}
            options={takers.map((one) => ({ value: one.value, label: [one.label, one.place].filter(Boolean).join(" · ") }))} /></div>
        <div className="handover-field"><span>{t("handover.rule")}</span>
          <Select value={draft.rule} onChange={(rule) => change({ rule })} aria-label={t("handover.rule")} options={RULES.map((value) => ({ value, label: tr("handover.rule.", value) }))} />
          <small className="dim">{tr("handover.rule.text.", draft.rule)}</small></div>
        <div className="handover-field"><span>{t("handover.daily")}</span>
          <InputNumber min={1} max={100_000} precision={0} value={draft.daily} onChange={(daily) => change({ daily: daily ?? empty.daily })} aria-label={t("handover.daily")} />
          <small className="dim">{t("handover.daily.text")}</small></div>
        <div className="handover-field"><span>{t("handover.attempts")}</span>
          <InputNumber min={1} max={20} precision={0} value={draft.attempts} onChange={(attempts) => change({ attempts: attempts ?? empty.attempts })} aria-label={t("handover.attempts")} />
          <small className="dim">{t("handover.attempts.text")}</small></div>
        {draft.people && <div className="handover-field wide"><span>{t("handover.greeting")}</span>
          <Input.TextArea rows={2} maxLength={200} showCount value={draft.greeting} onChange={(event) => change({ greeting: event.target.value })} aria-label={t("handover.greeting")} placeholder={t("handover.greeting.hint")} /></div>}
      </div>
      {draft.receivers.length > 0 && (
        <ul className="handover-takers" aria-label={t("handover.receivers")}>
          {draft.receivers.map((one) => (
            <li key={one.staff}>
              <b>{who.nameOf(one.staff)}</b>
              <label><span>{t("handover.capacity")}</span><InputNumber min={0} precision={0} value={one.capacity} placeholder={t("handover.capacity.none")} onChange={(capacity) => edit(one.staff, { capacity: capacity ?? undefined })} /></label>
              {draft.rule === "match" && <>
                <label><span>{t("handover.tags")}</span><Select mode="multiple" allowClear optionFilterProp="label" value={one.tags} onChange={(next_tags: string[]) => edit(one.staff, { tags: next_tags })} options={(tags.data?.data ?? []).map((tag) => ({ value: tag.id, label: tag.name }))} /></label>
                <label><span>{t("handover.stage")}</span><Select allowClear value={one.stage} onChange={(stage?: string) => edit(one.staff, { stage })} options={STAGES.map((value) => ({ value, label: tr("stage.", value) }))} /></label>
              </>}
            </li>
          ))}
        </ul>
      )}
      <div className="row handover-next"><Button type="primary" disabled={!ready} onClick={next}>{t("handover.look")}</Button></div>
    </Card>
  );
}

function Look({ draft }: { draft: Draft }) {
  const { t, exact, day } = useText();
  const { modal } = App.useApp();
  const go = useNavigate();
  const run = useMay()("handover.run");
  const who = useWho();
  const [preview, setPreview] = useState<Preview>();
  const [problem, setProblem] = useState<Problem>();
  const ask = () => {
    setProblem(undefined);
    api.post("/v1/handovers:preview", { body: bodyOf(draft) }).then((reply) => setPreview(reply.data), (error) => setProblem(asProblem(error)));
  };
  useEffect(ask, [draft]);
  const start = useAct((_: undefined, key: string) => api.post("/v1/handovers", { body: bodyOf(draft), key }), { touches: [...TOUCHED], done: (reply) => void go({ to: "/handovers/$id", params: { id: reply.data.handover.id } }) });
  if (problem) return <Failure problem={problem} retry={ask} />;
  if (!preview) return <Card><Bones lines={8} /></Card>;
  const facts = [
    [t("handover.people"), exact(preview.people)], [t("handover.groups"), exact(preview.groups)], [t("handover.days"), t("handover.days.of", { days: preview.days })],
    ...(preview.house ? [[t("handover.house"), exact(preview.house)]] : []),
  ] as [string, string][];
  const sure = () => modal.confirm({
    title: t("handover.start.ask", { name: who.nameOf(draft.from) }),
    content: t("handover.start.text", { people: preview.people - preview.unplaced, groups: preview.groups, count: preview.receivers.length }),
    okText: t("handover.start"), onOk: () => start.mutateAsync(undefined).catch(() => {}),
  });
  return (
    <>
      <dl className="handover-facts">{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd className="num">{value}</dd></div>)}</dl>
      {preview.unplaced > 0 && <p className="handover-hint"><Icon name="alert" size={16} />{t("handover.unplaced", { count: preview.unplaced })}</p>}
      {preview.limited + preview.limited_groups > 0 && <p className="handover-hint"><Icon name="clock" size={16} />{t("handover.limited", { people: preview.limited, groups: preview.limited_groups, day: day(preview.limited_until) })}</p>}
      <Card flush>
        <Rows<Preview["receivers"][number]> label={t("handover.receivers")} rowKey="staff_id" list={{ data: preview.receivers, error: null, refetch: ask }} empty={{ title: t("handover.none") }}
          columns={[
            { title: t("handover.receiver"), key: "name", render: (_, one) => <span className="handover-name"><b>{one.name}</b><small>{one.unit_name}</small></span> },
            { title: t("handover.has"), key: "has", align: "right", render: (_, one) => <span className="num">{exact(one.has)}</span> },
            { title: t("handover.gets"), key: "gets", align: "right", render: (_, one) => <b className="num">+{exact(one.gets)}</b> },
            { title: t("handover.groups"), key: "groups", align: "right", render: (_, one) => <span className="num">+{exact(one.groups)}</span> },
            { title: t("handover.capacity"), key: "capacity", align: "right", render: (_, one) => <span className="num">{one.capacity == null ? t("handover.capacity.none") : exact(one.capacity)}</span> },
            { title: t("handover.days"), key: "days", align: "right", render: (_, one) => <span className="num">{t("handover.days.of", { days: one.days })}</span> },
          ]} />
      </Card>
      <p className="handover-hint"><Icon name="info" size={16} />{t("handover.rules")}</p>
      {run && <div className="row handover-next"><Button type="primary" loading={start.isPending} disabled={preview.people + preview.groups === preview.unplaced} onClick={sure}>{t("handover.start")}</Button></div>}
    </>
  );
}
