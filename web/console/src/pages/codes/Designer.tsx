/// A live code is made or changed step by step; the phone beside shows what a customer will see, and who would be met now.
import { App, Button, Segmented } from "antd";
import { Link, useBlocker, useNavigate, useParams as usePath } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { asProblem, Bones, Failure, Nothing } from "@/parts/States";
import type { Problem } from "@shared/client";
import { useCode, useNames, useSave, type Code } from "./door";
import { Phone } from "./Phone";
import { emptySpec, openOf, type Spec, type StepName } from "./spec";
import { useWho } from "./staff";
import { AnswerStep, Basics, PeopleStep } from "./steps";
import { WelcomeStep } from "./WelcomeStep";
import "./codes.css";

const STEPS: StepName[] = ["basics", "people", "welcome", "answer", "check"];

export default function Designer() {
  const { t } = useText();
  const { id } = usePath({ strict: false }) as { id?: string };
  const [{ copy }] = useParams();
  const source = id ?? copy;
  const code = useCode(source);
  const title = id ? t("code.edit.title", { name: code.data?.spec.name ?? "" }) : t("code.new");
  if (!useMay()("code.write")) return <Page title={title}><Card><Nothing title={t("state.forbidden")} text={t("state.forbidden.text")} /></Card></Page>;
  if (source && !code.data) return <Page title={title}>{code.error ? <Failure problem={asProblem(code.error)} retry={() => void code.refetch()} /> : <Card><Bones lines={8} /></Card>}</Page>;
  const initial = code.data ? { ...code.data.spec, ...(!id && { name: t("code.copy_of", { name: code.data.spec.name }) }) } : emptySpec();
  return <Workshop key={source ?? "new"} title={title} code={id ? code.data : undefined} initial={initial} />;
}

function Workshop({ title, code, initial }: { title: string; code?: Code; initial: Spec }) {
  const { t, tr } = useText();
  const { modal } = App.useApp();
  const go = useNavigate();
  const [params, setParams] = useParams();
  const [spec, setSpec] = useState(initial);
  const [touched, setTouched] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [view, setView] = useState<"page" | "chat">("page");
  const [slot, setSlot] = useState<number>();
  const who = useWho();
  const names = useNames();
  const save = useSave(code);
  const step = STEPS.find((one) => one === params.step) ?? "basics";
  const at = STEPS.indexOf(step);
  const open = useMemo(() => openOf(spec), [spec]);
  const put = (change: Partial<Spec>) => { setSpec((before) => ({ ...before, ...change })); setTouched(true); };
  useEffect(() => setView(step === "welcome" ? "chat" : "page"), [step]);
  useLeave(touched, async () => await modal.confirm({ title: t("code.leave"), content: t("code.leave.text"), okText: t("code.leave.go") }));

  const finish = async () => {
    setProblem(undefined);
    try {
      const id = await save.mutateAsync(spec);
      void go({ to: "/codes/$id", params: { id }, ignoreBlocker: true });
    } catch (error) {
      const refused = asProblem(error);
      setProblem(refused);
      setParams({ step: stepOf(refused) });
    }
  };
  const first = spec.members[0] ?? spec.stores[0]?.members[0];
  const guide = first?.staff ? who.nameOf(first.staff) : (who.people.find((one) => one.active)?.label ?? t("code.preview.guide"));
  const store = spec.stores[0] ? who.nameOf(spec.stores[0].unit) : (who.people.find((one) => one.value === first?.staff)?.place ?? "");

  return (
    <Page title={title} lead={t("code.designer.lead")}
      actions={
        <>
          <Link to={code ? "/codes/$id" : "/codes"} params={code ? { id: code.id } : undefined} className="ant-btn-like">{t("do.cancel")}</Link>
          <Button type="primary" loading={save.isPending} disabled={open.wrong.length > 0} onClick={() => void finish()}>{t(code ? "do.save" : "code.create")}</Button>
        </>
      }>
      <nav className="code-steps" aria-label={t("code.steps")}>
        {STEPS.map((one, i) => (
          <button key={one} type="button" aria-current={one === step ? "step" : undefined} data-bad={open.wrong.some((line) => line.step === one)} onClick={() => setParams({ step: one })}>
            <i aria-hidden="true">{i + 1}</i>{tr("code.step.", one)}
          </button>
        ))}
      </nav>
      {problem && <Failure problem={problem} />}
      <div className="code-shop">
        <div className="stack">
          {step === "basics" && <Basics spec={spec} put={put} folders={names.folders} channels={names.channels} fresh={!code} />}
          {step === "people" && <PeopleStep spec={spec} put={put} who={who} />}
          {step === "welcome" && <WelcomeStep spec={spec} put={put} tags={names.tags} slot={slot} onSlot={setSlot} />}
          {step === "answer" && <AnswerStep spec={spec} put={put} who={who} />}
          {step === "check" && <Check open={open} onStep={(next) => setParams({ step: next })} />}
          <div className="row between">
            <Button disabled={at === 0} onClick={() => setParams({ step: STEPS[at - 1] })}>{t("do.back")}</Button>
            {at < STEPS.length - 1 ? <Button type="primary" onClick={() => setParams({ step: STEPS[at + 1] })}>{t("do.next")}</Button>
              : <Button type="primary" loading={save.isPending} disabled={open.wrong.length > 0} onClick={() => void finish()}>{t(code ? "do.save" : "code.create")}</Button>}
          </div>
        </div>
        <aside className="code-side" aria-label={t("code.preview")}>
          <Segmented<"page" | "chat"> block value={view} onChange={setView} options={[{ value: "page", label: t("code.preview.page") }, { value: "chat", label: t("code.preview.chat") }]} />
          <Phone spec={spec} guide={guide} store={store} slot={slot} view={view} />
        </aside>
      </div>
    </Page>
  );
}

/// What is left to do before the code goes out, each a way to where it is done.
function Check({ open, onStep }: { open: ReturnType<typeof openOf>; onStep: (step: StepName) => void }) {
  const { t, tr } = useText();
  const line = (kind: "bad" | "gold", { step, text }: { step: StepName; text: string }) => (
    <li key={text} className={kind}><Icon name={kind === "bad" ? "alert" : "info"} size={17} /><span>{tr("code.open.", text)}</span><Button size="small" onClick={() => onStep(step)}>{tr("code.step.", step)}</Button></li>
  );
  return (
    <Card title={t("code.step.check")}>
      {open.wrong.length + open.advice.length === 0 ? <p className="code-ready"><Icon name="check" size={18} /> {t("code.ready")}</p>
        : <ul className="code-open">{open.wrong.map((one) => line("bad", one))}{open.advice.map((one) => line("gold", one))}</ul>}
    </Card>
  );
}

/// The step that holds what the server complains about.
export function stepOf(problem: Problem): StepName {
  const place = problem.errors[0]?.pointer ?? "";
  if (/\/(members|stores|assign|daily_cap|lifetime_cap|accept|hold|alarm|radius)/.test(place)) return "people";
  if (/\/(welcome|tags|remark|description|stage)/.test(place)) return "welcome";
  if (/\/(backup|fallback)/.test(place)) return "answer";
  return place ? "basics" : "check";
}

function useLeave(dirty: boolean, ask: () => Promise<boolean>) {
  useBlocker({ disabled: !dirty, enableBeforeUnload: () => dirty, shouldBlockFn: async ({ current, next }) => current.pathname !== next.pathname && !(await ask()) });
}
