/// A group code is made or changed; the phone beside shows what a customer will see.
import { App, AutoComplete, Button, Input, InputNumber, Radio, Segmented, Select } from "antd";
import { Link, useBlocker, useNavigate, useParams as usePath } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { Problem } from "@shared/client";
import { useList } from "@/app/lists";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { asProblem, Bones, Failure, Nothing } from "@/parts/States";
import { useNames } from "../codes/door";
import { useWho } from "../codes/staff";
import { useGroupCode, useSave, type GroupCode } from "./door";
import { Entries } from "./Entries";
import { GroupPhone, type View } from "./GroupPhone";
import { copyOf, emptySpec, openOf, RULES, stepOf, type Spec, type StepName } from "./spec";
import "../codes/codes.css";

const STEPS: StepName[] = ["basics", "groups", "answer"];
const VIEWS: View[] = ["group", "member", "full"];

export default function GroupDesigner() {
  const { t } = useText();
  const { id } = usePath({ strict: false }) as { id?: string };
  const [{ copy }] = useParams();
  const source = id ?? copy;
  const code = useGroupCode(source);
  const title = id ? t("group.edit.title", { name: code.data?.spec.name ?? "" }) : t("group.new");
  if (!useMay()("code.write")) return <Page title={title}><Card><Nothing title={t("state.forbidden")} text={t("state.forbidden.text")} /></Card></Page>;
  if (source && !code.data) return <Page title={title}>{code.error ? <Failure problem={asProblem(code.error)} retry={() => void code.refetch()} /> : <Card><Bones lines={8} /></Card>}</Page>;
  const initial = !code.data ? emptySpec() : id ? code.data.spec : { ...copyOf(code.data.spec), name: t("code.copy_of", { name: code.data.spec.name }) };
  return <Workshop key={source ?? "new"} title={title} code={id ? code.data : undefined} initial={initial} />;
}

function Workshop({ title, code, initial }: { title: string; code?: GroupCode; initial: Spec }) {
  const { t, tr } = useText();
  const { modal } = App.useApp();
  const go = useNavigate();
  const [params, setParams] = useParams();
  const [spec, setSpec] = useState(initial);
  const [touched, setTouched] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [view, setView] = useState<View>("group");
  const save = useSave(code);
  const step = STEPS.find((one) => one === params.step) ?? "basics";
  const at = STEPS.indexOf(step);
  const open = useMemo(() => openOf(spec), [spec]);
  const put = (change: Partial<Spec>) => { setSpec((before) => ({ ...before, ...change })); setTouched(true); };
  useBlocker({ disabled: !touched, enableBeforeUnload: () => touched, shouldBlockFn: async ({ current, next }) => current.pathname !== next.pathname && !(await modal.confirm({ title: t("code.leave"), content: t("code.leave.text"), okText: t("code.leave.go") })) });

  const finish = async () => {
    setProblem(undefined);
    try {
      const id = await save.mutateAsync(spec);
      void go({ to: "/group-codes/$id", params: { id }, ignoreBlocker: true });
    } catch (error) {
      const refused = asProblem(error);
      setProblem(refused);
      setParams({ step: stepOf(refused.errors[0]?.pointer ?? "") });
    }
  };
  const done = <Button type="primary" loading={save.isPending} disabled={open.wrong.length > 0} onClick={() => void finish()}>{t(code ? "do.save" : "group.create")}</Button>;
  return (
    <Page title={title} lead={t("group.designer.lead")}
      actions={<><Link to={code ? "/group-codes/$id" : "/group-codes"} params={code ? { id: code.id } : undefined} className="ant-btn-like">{t("do.cancel")}</Link>{done}</>}>
      <nav className="code-steps" aria-label={t("code.steps")}>
        {STEPS.map((one, i) => (
          <button key={one} type="button" aria-current={one === step ? "step" : undefined} data-bad={open.wrong.some((line) => line.step === one)} onClick={() => setParams({ step: one })}>
            <i aria-hidden="true">{i + 1}</i>{tr("group.step.", one)}
          </button>
        ))}
      </nav>
      {problem && <Failure problem={problem} />}
      <div className="code-shop">
        <div className="stack">
          {step === "basics" && <Basics spec={spec} put={put} fresh={!code} />}
          {step === "groups" && <GroupsStep spec={spec} put={put} />}
          {step === "answer" && <Answer spec={spec} put={put} />}
          {open.wrong.length + open.advice.length > 0 && (
            <ul className="code-open">
              {[...open.wrong, ...open.advice].map((line) => (
                <li key={line.text} className={open.wrong.includes(line) ? "bad" : "gold"}><Icon name={open.wrong.includes(line) ? "alert" : "info"} size={17} /><span>{tr("group.open.", line.text)}</span>
                  {line.step !== step && <Button size="small" onClick={() => setParams({ step: line.step })}>{tr("group.step.", line.step)}</Button>}</li>
              ))}
            </ul>
          )}
          <div className="row between">
            <Button disabled={at === 0} onClick={() => setParams({ step: STEPS[at - 1] })}>{t("do.back")}</Button>
            {at < STEPS.length - 1 ? <Button type="primary" ghost onClick={() => setParams({ step: STEPS[at + 1] })}>{t("do.next")}</Button> : done}
          </div>
        </div>
        <aside className="code-side" aria-label={t("group.preview")}>
          <Segmented<View> block value={view} onChange={setView} options={VIEWS.map((value) => ({ value, label: tr("group.preview.view.", value) }))} />
          <GroupPhone spec={spec} view={view} />
        </aside>
      </div>
    </Page>
  );
}

interface StepProps { spec: Spec; put: (change: Partial<Spec>) => void }

function Basics({ spec, put, fresh }: StepProps & { fresh: boolean }) {
  const { t } = useText();
  const names = useNames();
  const who = useWho();
  return (
    <Card title={t("group.step.basics")}>
      <div className="code-form">
        <label><span>{t("keys.name")}</span><Input autoFocus={fresh} value={spec.name} maxLength={60} placeholder={t("group.name.hint")} onChange={(event) => put({ name: event.target.value })} /></label>
        <label><span>{t("code.channel")}</span><AutoComplete value={spec.channel} options={names.channels.map((value) => ({ value }))} maxLength={60} placeholder={t("code.channel.hint")} onChange={(channel: string) => put({ channel })} /></label>
        <label><span>{t("code.folder")}</span><AutoComplete value={spec.folder} options={names.folders.map((value) => ({ value }))} maxLength={60} placeholder={t("code.folder.hint")} onChange={(folder: string) => put({ folder })} /></label>
        <label><span>{t("group.unit")}</span><Select allowClear value={spec.unit} options={who.units.map((unit) => ({ value: unit.value, label: unit.label }))} showSearch={{ optionFilterProp: "label" }} placeholder={t("group.unit.any")} onChange={(unit?: string) => put({ unit: unit ?? null })} /></label>
        <label className="code-long"><span>{t("code.note")}</span><Input.TextArea value={spec.note} maxLength={500} autoSize={{ minRows: 2, maxRows: 6 }} onChange={(event) => put({ note: event.target.value })} /></label>
      </div>
    </Card>
  );
}

function GroupsStep({ spec, put }: StepProps) {
  const { t, tr } = useText();
  const who = useWho();
  const { tags } = useNames();
  return (
    <>
      <Card title={t("group.rule")}>
        <Radio.Group value={spec.rule} onChange={(event) => put({ rule: event.target.value as Spec["rule"] })} className="code-choices">
          {RULES.map((rule) => <Radio key={rule} value={rule}><b>{tr("group.rule.", rule)}</b><small>{tr("group.rule.text.", rule)}</small></Radio>)}
        </Radio.Group>
      </Card>
      <Card title={t("group.entries")} note={t("group.entries.note")}><Entries spec={spec} put={(entries) => put({ entries })} who={who} tags={tags} /></Card>
      <Card title={t("group.limits")}>
        <div className="code-form">
          <label><span>{t("group.group_cap")}</span><InputNumber min={1} max={2000} value={spec.group_cap} onChange={(next) => put({ group_cap: next ?? 200 })} /></label>
          <label><span>{t("group.code_cap")}</span><InputNumber min={1} value={spec.code_cap || null} placeholder={t("code.cap.none")} onChange={(next) => put({ code_cap: next ?? 0 })} /></label>
          <label><span>{t("code.hold")}</span><InputNumber min={1} max={1440} value={spec.hold_minutes} suffix={t("code.minutes")} onChange={(next) => put({ hold_minutes: next ?? 15 })} /></label>
        </div>
      </Card>
    </>
  );
}

function Answer({ spec, put }: StepProps) {
  const { t } = useText();
  const codes = useList("/v1/codes", { query: { limit: 200 } }, (row) => row.id, { cursor: "cursor" });
  const fallback = (change: Partial<Spec["fallback"]>) => put({ fallback: { ...spec.fallback, ...change } });
  return (
    <>
      <Card title={t("group.words")}>
        <div className="code-form">
          <label><span>{t("group.title")}</span><Input value={spec.title} maxLength={60} placeholder={spec.name} onChange={(event) => put({ title: event.target.value })} /></label>
          <label><span>{t("group.guide")}</span><Input value={spec.guide} maxLength={200} placeholder={t("group.preview.guide")} onChange={(event) => put({ guide: event.target.value })} /></label>
          <div className="code-field"><span>{t("group.rejoin")}</span>
            <Radio.Group value={spec.rejoin} onChange={(event) => put({ rejoin: event.target.value as Spec["rejoin"] })}>
              <Radio value="page">{t("group.rejoin.page")}</Radio><Radio value="same">{t("group.rejoin.same")}</Radio>
            </Radio.Group></div>
          <label className="code-long"><span>{t("group.rejoin_text")}</span><Input.TextArea value={spec.rejoin_text} maxLength={300} autoSize={{ minRows: 2, maxRows: 4 }} placeholder={t("group.preview.member")} onChange={(event) => put({ rejoin_text: event.target.value })} /></label>
        </div>
      </Card>
      <Card title={t("group.fallback")} note={t("group.fallback.note")}>
        <div className="code-form">
          <label><span>{t("group.fallback.code")}</span><Select allowClear value={spec.fallback.code} options={(codes.data ?? []).map((row) => ({ value: row.id, label: row.name }))} showSearch={{ optionFilterProp: "label" }} placeholder={t("group.fallback.code.none")} onChange={(code?: string) => fallback({ code: code ?? null })} /></label>
          <label><span>{t("group.fallback.url")}</span><Input value={spec.fallback.url} placeholder="https://" onChange={(event) => fallback({ url: event.target.value })} /></label>
          <label><span>{t("code.fallback.phone")}</span><Input value={spec.fallback.phone} maxLength={30} onChange={(event) => fallback({ phone: event.target.value })} /></label>
          <label className="code-long"><span>{t("code.fallback.text")}</span><Input.TextArea value={spec.fallback.text} maxLength={300} autoSize={{ minRows: 2, maxRows: 4 }} placeholder={t("group.preview.full")} onChange={(event) => fallback({ text: event.target.value })} /></label>
        </div>
      </Card>
    </>
  );
}
