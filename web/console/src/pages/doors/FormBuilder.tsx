/// A form is made or changed: questions in their order, where answers lead, what becomes of them. The phone beside tries it out.
import { App, Button, Dropdown, Input, InputNumber, Radio, Select, Switch } from "antd";
import { Link, useBlocker, useNavigate, useParams as usePath } from "@tanstack/react-router";
import { useState } from "react";
import { useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { DateField } from "@/parts/Dates";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { asProblem, Bones, Failure, Nothing } from "@/parts/States";
import { changed, fromPicker, moved, toPicker, useForm, useSaveForm, type Form, type FormSpec } from "./door";
import { FormPhone } from "./FormPhone";
import { emptyForm, emptyQuestion, KINDS, ONCE, openOf } from "./forms";
import { LineTools } from "./parts";
import { QuestionFields } from "./QuestionFields";

export default function FormBuilder() {
  const { t } = useText();
  const { id } = usePath({ strict: false }) as { id?: string };
  const [{ copy }] = useParams();
  const source = id ?? copy;
  const query = useForm(source);
  const title = id ? t("form.edit", { name: query.data?.spec.name ?? "" }) : t("form.new");
  if (!useMay()("form.write")) return <Page title={title}><Card><Nothing title={t("state.forbidden")} text={t("state.forbidden.text")} /></Card></Page>;
  if (source && !query.data) return <Page title={title}>{query.error ? <Failure problem={asProblem(query.error)} retry={() => void query.refetch()} /> : <Card><Bones lines={8} /></Card>}</Page>;
  const initial = query.data ? { ...query.data.spec, ...(!id && { name: t("code.copy_of", { name: query.data.spec.name }) }) } : emptyForm();
  return <Workshop key={source ?? "new"} title={title} form={id ? query.data : undefined} initial={initial} />;
}

function Workshop({ title, form, initial }: { title: string; form?: Form; initial: FormSpec }) {
  const { t, tr } = useText();
  const { modal } = App.useApp();
  const go = useNavigate();
  const save = useSaveForm(form);
  const [spec, setSpec] = useState(initial);
  const [slug, setSlug] = useState("");
  const [at, setAt] = useState<number>();
  const [touched, setTouched] = useState(false);
  const tags = useGet("/v1/tags"), attributes = useGet("/v1/attributes");
  const names = { tags: (tags.data?.data ?? []).map((tag) => (tag.group ? `${tag.group}/${tag.name}` : tag.name)), attributes: (attributes.data?.data ?? []).map((one) => ({ value: one.key, label: `${one.zh || one.key} (${one.key})` })) };
  const put = (change: Partial<FormSpec>) => { setSpec((before) => ({ ...before, ...change })); setTouched(true); };
  const open = openOf(spec);
  const ready = open.length === 0 && spec.name.trim() !== "" && spec.title.trim() !== "";
  useBlocker({ disabled: !touched, enableBeforeUnload: () => touched, shouldBlockFn: async ({ current, next }) => current.pathname !== next.pathname && !(await modal.confirm({ title: t("code.leave"), content: t("form.leave.text"), okText: t("code.leave.go") })) });
  const finish = async () => {
    try {
      const done = await save.mutateAsync({ spec, slug });
      void go({ to: "/forms/$id", params: { id: done.id }, ignoreBlocker: true });
    } catch (error) {
      const question = /\/questions\/(\d+)/.exec(asProblem(error).errors[0]?.pointer ?? "");
      if (question) setAt(Number(question[1]));
    }
  };
  const add = (kind: string) => { put({ questions: [...spec.questions, emptyQuestion(kind as "single", spec.questions)] }); setAt(spec.questions.length); };
  return (
    <Page title={title} lead={t("form.builder.lead")}
      actions={<><Link to={form ? "/forms/$id" : "/forms"} params={form ? { id: form.id } : undefined} className="ant-btn-like">{t("do.cancel")}</Link>
        <Button type="primary" loading={save.isPending} disabled={!ready} onClick={() => void finish()}>{t(form ? "do.save" : "form.create")}</Button></>}>
      {save.error && <Failure problem={asProblem(save.error)} />}
      <div className="code-shop">
        <div className="stack">
          <Basics spec={spec} put={put} slug={form ? undefined : slug} setSlug={setSlug} />
          <Card title={t("form.questions")} actions={
            <Dropdown trigger={["click"]} autoFocus menu={{ items: KINDS.map((kind) => ({ key: kind, label: tr("form.kind.", kind) })), onClick: ({ key }) => add(key) }}>
              <Button aria-haspopup="menu" icon={<Icon name="plus" size={15} />}>{t("form.question.add")}</Button>
            </Dropdown>}>
            {spec.questions.length === 0 ? <p className="dim">{t("form.questions.none")}</p> : (
              <ol className="door-lines">
                {spec.questions.map((q, i) => (
                  <li key={q.key} data-on={i === at}>
                    <div className="door-line">
                      <button type="button" className="door-line-name" aria-expanded={i === at} onClick={() => setAt(i === at ? undefined : i)}><b>{i + 1}. {q.title || tr("form.kind.", q.kind)}</b><small>{[tr("form.kind.", q.kind), q.required ? "" : t("form.optional"), q.attribute && `→ ${q.attribute}`].filter(Boolean).join(" · ")}</small></button>
                      {open.filter((one) => one.at === i).map((one) => <span key={one.text} className="chip gold">{tr("form.open.", one.text)}</span>)}
                      <LineTools at={i} of={spec.questions.length} name={q.title || q.key} onMove={(by) => { put({ questions: moved(spec.questions, i, by) }); if (at === i) setAt(i + by); }} onDrop={() => { put({ questions: spec.questions.filter((_, other) => other !== i) }); setAt(undefined); }} />
                    </div>
                    {i === at && <QuestionFields question={q} all={spec.questions} names={names} put={(change) => put({ questions: changed(spec.questions, i, change) })} />}
                  </li>
                ))}
              </ol>
            )}
          </Card>
          <Effects spec={spec} put={put} tags={names.tags} />
          <Limits spec={spec} put={put} />
          <Ending spec={spec} put={put} tags={names.tags} />
        </div>
        <aside className="code-side" aria-label={t("code.preview")}><FormPhone spec={spec} /></aside>
      </div>
    </Page>
  );
}

interface Part { spec: FormSpec; put: (change: Partial<FormSpec>) => void }

function Basics({ spec, put, slug, setSlug }: Part & { slug?: string; setSlug: (slug: string) => void }) {
  const { t } = useText();
  return (
    <Card title={t("page.basics")}>
      <div className="code-form">
        <label><span>{t("keys.name")}</span><Input value={spec.name} maxLength={60} onChange={(event) => put({ name: event.target.value })} /></label>
        <label><span>{t("page.title")}</span><Input value={spec.title} maxLength={200} onChange={(event) => put({ title: event.target.value })} /></label>
        {slug !== undefined && <label><span>{t("door.slug")}</span><Input prefix="/f/" value={slug} maxLength={32} placeholder={t("door.slug.hint")} onChange={(event) => setSlug(event.target.value.toLowerCase())} /></label>}
        <label><span>{t("code.channel")}</span><Input value={spec.channel} maxLength={60} onChange={(event) => put({ channel: event.target.value })} /></label>
        <label><span>{t("code.folder")}</span><Input value={spec.folder} maxLength={60} onChange={(event) => put({ folder: event.target.value })} /></label>
        <label className="code-long"><span>{t("form.intro")}</span><Input.TextArea value={spec.intro} maxLength={2000} autoSize={{ minRows: 2, maxRows: 6 }} onChange={(event) => put({ intro: event.target.value })} /></label>
      </div>
    </Card>
  );
}

function Effects({ spec, put, tags }: Part & { tags: string[] }) {
  const { t, tr } = useText();
  const { consent } = spec;
  const asked = consent.text !== "" || consent.channel !== "";
  return (
    <Card title={t("form.effects")} note={t("form.effects.note")}>
      <div className="code-form">
        <label><span>{t("form.tags")}</span><Select mode="tags" value={spec.tags} options={tags.map((value) => ({ value }))} onChange={(next: string[]) => put({ tags: next })} /></label>
        <label><span>{t("form.stage")}</span><Input value={spec.stage} maxLength={60} onChange={(event) => put({ stage: event.target.value })} /></label>
        <label className="door-switch code-long"><Switch size="small" checked={asked} onChange={(on) => put({ consent: on ? { text: t("form.consent.usual"), channel: "sms", purpose: "marketing" } : { text: "", channel: "", purpose: "" } })} /><span>{t("form.consent")}</span></label>
        {asked && <>
          <label className="code-long"><span>{t("form.consent.text")}</span><Input value={consent.text} maxLength={200} onChange={(event) => put({ consent: { ...consent, text: event.target.value } })} /></label>
          <label><span>{t("form.consent.channel")}</span><Select value={consent.channel} options={["sms", "wecom", "mp", "mini", "phone", "mail"].map((value) => ({ value, label: tr("form.channel.", value) }))} onChange={(channel: string) => put({ consent: { ...consent, channel } })} /></label>
          <label><span>{t("form.consent.purpose")}</span><Select value={consent.purpose} options={["marketing", "service", "analytics"].map((value) => ({ value, label: tr("form.purpose.", value) }))} onChange={(purpose: string) => put({ consent: { ...consent, purpose } })} /></label>
        </>}
      </div>
    </Card>
  );
}

function Limits({ spec, put }: Part) {
  const { t, tr } = useText();
  return (
    <Card title={t("form.limits")}>
      <div className="code-form">
        <div className="code-field"><span>{t("form.once")}</span>
          <Radio.Group value={spec.once} className="code-choices" onChange={(event) => put({ once: event.target.value as FormSpec["once"] })}>
            {ONCE.map((one) => <Radio key={one} value={one}><b>{tr("form.once.", one)}</b><small>{tr("form.once.text.", one)}</small></Radio>)}
          </Radio.Group></div>
        <label><span>{t("form.cap")}</span><InputNumber min={0} precision={0} value={spec.cap || null} placeholder={t("code.cap.none")} onChange={(value) => put({ cap: value ?? 0 })} /></label>
        <label><span>{t("door.starts")}</span><DateField showTime value={toPicker(spec.starts_at)} onChange={(at) => put({ starts_at: fromPicker(at) })} /></label>
        <label><span>{t("door.ends")}</span><DateField showTime value={toPicker(spec.ends_at)} onChange={(at) => put({ ends_at: fromPicker(at) })} /></label>
        <label className="code-long"><span>{t("form.closed_text")}</span><Input value={spec.closed_text} maxLength={500} onChange={(event) => put({ closed_text: event.target.value })} /></label>
      </div>
    </Card>
  );
}

function Ending({ spec, put, tags }: Part & { tags: string[] }) {
  const { t } = useText();
  return (
    <Card title={t("form.ending")} note={t("form.ending.note")}>
      <div className="code-form">
        <label><span>{t("form.done_title")}</span><Input value={spec.done_title} maxLength={60} placeholder={t("form.done")} onChange={(event) => put({ done_title: event.target.value })} /></label>
        <label><span>{t("form.done_url")}</span><Input value={spec.done_url} placeholder="https://" onChange={(event) => put({ done_url: event.target.value.trim() })} /></label>
        <label className="code-long"><span>{t("form.done_text")}</span><Input value={spec.done_text} maxLength={500} placeholder={t("form.done.text")} onChange={(event) => put({ done_text: event.target.value })} /></label>
      </div>
      <div className="stack tight door-bands">
        <span className="dim">{t("form.bands")}</span>
        {spec.bands.map((band, i) => (
          <div key={i} className="door-option">
            <span className="code-cap"><InputNumber size="small" value={band.from} aria-label={t("form.band.from")} onChange={(value) => put({ bands: changed(spec.bands, i, { from: value ?? 0 }) })} />–<InputNumber size="small" value={band.to} aria-label={t("form.band.to")} onChange={(value) => put({ bands: changed(spec.bands, i, { to: value ?? 0 }) })} /></span>
            <Input value={band.title} maxLength={60} aria-label={t("form.band.title")} placeholder={t("form.band.title")} onChange={(event) => put({ bands: changed(spec.bands, i, { title: event.target.value }) })} />
            <Select mode="tags" value={band.tags} aria-label={t("form.tags")} placeholder={t("form.tags")} options={tags.map((value) => ({ value }))} onChange={(next: string[]) => put({ bands: changed(spec.bands, i, { tags: next }) })} />
            <Button type="text" size="small" icon={<Icon name="close" size={15} />} aria-label={t("do.delete")} onClick={() => put({ bands: spec.bands.filter((_, other) => other !== i) })} />
          </div>
        ))}
        <div><Button size="small" icon={<Icon name="plus" size={14} />} onClick={() => put({ bands: [...spec.bands, { from: (spec.bands.at(-1)?.to ?? -1) + 1, to: (spec.bands.at(-1)?.to ?? -1) + 10, title: "", text: "", tags: [] }] })}>{t("form.band.add")}</Button></div>
      </div>
    </Card>
  );
}
