/// One form: what was answered to each question, and by whom.
import { App, Button } from "antd";
import { Link, useNavigate, useParams as usePath } from "@tanstack/react-router";
import { useEffect } from "react";
import { api, headersFor, problemOf } from "@shared/client";
import { rangeOf } from "@/app/days";
import { useList } from "@/app/lists";
import { useAct, useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { AsOf } from "@/parts/AsOf";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { asProblem, Bones, Failure, Loaded, Nothing } from "@/parts/States";
import { Tabs } from "@/parts/Tabs";
import { FORMS, useForm, type Answer, type Form, type FormStats } from "./door";
import { DayBars, Figures, Head, Rest, Span, useSpan } from "./parts";

const TABS = ["report", "answers"] as const;

export default function FormPage() {
  const { t } = useText();
  const { id } = usePath({ strict: false }) as { id: string };
  const query = useForm(id);
  useEffect(() => {
    document.title = `${query.data?.spec.name ?? t("nav.forms")} · Koipond`;
  }, [query.data?.spec.name, t]);
  if (query.data) return <Whole form={query.data} />;
  return <><h1 className="visually-hidden">{t("nav.forms")}</h1>{query.error ? <Failure problem={asProblem(query.error)} retry={() => void query.refetch()} /> : <Card><Bones lines={8} /></Card>}</>;
}

function Whole({ form }: { form: Form }) {
  const { t } = useText();
  const go = useNavigate();
  const may = useMay();
  const [params, setParams] = useParams();
  const shown = TABS.find((one) => one === params.tab) ?? "report";
  const path = { form: form.id };
  const pause = useAct(() => api.post("/v1/forms/{form}:pause", { path }), { touches: [...FORMS] });
  const resume = useAct(() => api.post("/v1/forms/{form}:resume", { path }), { touches: [...FORMS] });
  const remove = useAct(() => api.delete("/v1/forms/{form}", { path }), { touches: [...FORMS], done: () => void go({ to: "/forms" }) });
  return (
    <>
      <Head name={form.spec.name} state={form.state} about={[form.spec.title, form.spec.channel, form.spec.folder].filter(Boolean).join(" · ")} url={form.url}
        tools={may("form.write") && <>{form.state !== "deleted" && <Link className="ant-btn-like" to="/forms/$id/edit" params={{ id: form.id }}><Icon name="edit" size={15} />{t("do.edit")}</Link>}
          <Button onClick={() => void go({ to: "/forms/new", search: { copy: form.id } as never })}>{t("door.copy")}</Button>
          <Rest name={form.spec.name} state={form.state} pause={() => pause.mutateAsync(undefined)} resume={() => resume.mutateAsync(undefined)} remove={() => remove.mutateAsync(undefined)} /></>} />
      <Tabs label={form.spec.name} value={shown} onChange={(tab) => setParams({ tab: tab === "report" ? undefined : tab })} items={[
        { key: "report", label: t("form.tab.report"), children: <Report form={form} /> },
        ...(may("answer.read") ? [{ key: "answers", label: t("form.answers"), children: <Answers form={form} /> }] : []),
      ]} />
    </>
  );
}

function Report({ form }: { form: Form }) {
  const { t, tr, exact, percent } = useText();
  const span = useSpan();
  const query = useGet("/v1/forms/{form}/stats", { path: { form: form.id }, query: rangeOf(Number(span.span)) }, { refetchInterval: 20_000 });
  return (
    <>
      <div className="row between door-gap"><Span {...span} /><AsOf at={query.data?.as_of} refresh={() => void query.refetch()} /></div>
      <Loaded query={query} lines={8}>{(stats) => stats.opened + stats.answers === 0 ? <Card><Nothing title={t("form.report.none")} text={t("form.report.none.text")} /></Card> : (
        <div className="stack">
          <Figures lines={[[t("form.answers"), exact(stats.answers)], [t("form.opened"), exact(stats.opened)], [t("form.rate"), stats.opened > 0 ? percent(Math.round((Math.min(stats.answers, stats.opened) / stats.opened) * 10_000)) : "–"]]} />
          <Card title={t("door.days")}><DayBars wide={t("form.opened")} inner={t("form.answers")} days={stats.days.map((one) => ({ day: one.day, wide: one.opened, inner: one.answers }))} /></Card>
          <div className="door-questions">{stats.questions.map((q, at) => (
            <Card key={q.question} title={`${at + 1}. ${q.title}`} note={`${tr("form.kind.", q.kind)} · ${t("form.came", { came: q.came, passed: q.passed })}`}><Picks line={q} /></Card>
          ))}</div>
        </div>
      )}</Loaded>
    </>
  );
}

function Picks({ line }: { line: FormStats["questions"][number] }) {
  const { t, exact, percent } = useText();
  if (line.picks.length === 0) return <p className="dim">{t("form.no_picks")}</p>;
  const answered = Math.max(1, line.came - line.passed);
  return (
    <ul className="door-bars">{line.picks.map((one) => (
      <li key={one.option}><span>{one.label}</span><span className="code-funnel-bar"><i style={{ inlineSize: `${(one.n / answered) * 100}%` }} /></span><b className="num">{exact(one.n)} <small className="dim">{percent(Math.round((one.n / answered) * 10_000))}</small></b></li>
    ))}</ul>
  );
}

function Answers({ form }: { form: Form }) {
  const { t, exact, dateTime } = useText();
  const { message } = App.useApp();
  const may = useMay();
  const list = useList("/v1/forms/{form}/answers", { path: { form: form.id }, query: { limit: 50 } }, (row) => row.id, { refetchInterval: 30_000, cursor: "cursor" });
  const take = useAct(() => exported(form.id), {
    done: (csv) => {
      const url = URL.createObjectURL(csv);
      Object.assign(document.createElement("a"), { href: url, download: `${form.slug}.csv` }).click();
      URL.revokeObjectURL(url);
      void message.success(t("form.exported"));
    },
  });
  const said = (key: string, row: Answer) => {
    const q = form.spec.questions.find((one) => one.key === key);
    return (row.answers[key] ?? []).map((value) => q?.options.find((o) => o.key === value)?.label ?? value);
  };
  return (
    <Card flush title={t("form.answers")} note={t("form.answers.note")} actions={may("answer.export") && <Button icon={<Icon name="download" size={15} />} loading={take.isPending} onClick={() => take.mutate(undefined)}>{t("form.export")}</Button>}>
      <Rows<Answer> label={t("form.answers")} rowKey="id" list={list} empty={{ title: t("form.report.none"), text: t("form.report.none.text") }}
        columns={[
          { title: t("form.at"), key: "at", width: 160, render: (_, row) => dateTime(row.at) },
          { title: t("form.person"), key: "person", width: 170, render: (_, row) => row.erased ? <span className="dim">{t("form.erased")}</span> : <Link to="/customers/$id" params={{ id: row.person_id }}>{row.person_id}</Link> },
          ...(form.spec.bands.length > 0 ? [{ title: t("form.score"), key: "score", width: 80, align: "right" as const, render: (_: unknown, row: Answer) => <span className="num">{exact(row.score)}</span> }] : []),
          ...form.spec.questions.map((q) => ({ title: q.title, key: q.key, render: (_: unknown, row: Answer) => q.kind === "upload" && row.answers[q.key]?.[0]
            ? <a href={`/v1/forms/${form.id}/files/${row.answers[q.key]![0]}`} download>{t("form.file")}</a> : <span className="door-answer">{said(q.key, row).join("、") || "–"}</span> })),
          { title: t("form.source"), key: "source", width: 120, render: (_, row) => row.touch.utm_source ?? "–" },
        ]} />
    </Card>
  );
}

/// All answers as one table; the server gives some thousands a call and says where the rest begins.
async function exported(form: string): Promise<Blob> {
  const parts: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const answer: Response = await fetch(`/v1/forms/${form}/answers:export${cursor && `?cursor=${encodeURIComponent(cursor)}`}`, { method: "POST", body: "{}", headers: { ...headersFor("POST"), "content-type": "application/json" } });
    if (!answer.ok) throw await problemOf(answer);
    parts.push(await answer.text());
    cursor = answer.headers.get("x-koipond-next");
  }
  return new Blob(["\uFEFF", ...parts], { type: "text/csv;charset=utf-8" });
}
