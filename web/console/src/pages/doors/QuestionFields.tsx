/// One question: what is asked, its options, where each leads, what it becomes.
import { Button, Input, InputNumber, Select, Switch } from "antd";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { changed, type Choice, type Question } from "./door";
import { emptyOption, END, isChoice } from "./forms";

interface Names { tags: string[]; attributes: Choice[] }

export function QuestionFields({ question: q, all, names, put }: { question: Question; all: Question[]; names: Names; put: (change: Partial<Question>) => void }) {
  const { t, tr } = useText();
  const here = all.indexOf(q);
  const targets = [{ value: "", label: t("form.go.next") }, ...all.flatMap((one, at) => (at > here ? [{ value: one.key, label: `${at + 1}. ${one.title || tr("form.kind.", one.kind)}` }] : [])), { value: END, label: t("form.go.end") }];
  return (
    <div className="stack tight door-fields">
      <div className="code-form">
        <label className="code-long"><span>{t("form.question.title")}</span><Input value={q.title} maxLength={200} onChange={(event) => put({ title: event.target.value })} /></label>
        <label className="code-long"><span>{t("form.question.note")}</span><Input value={q.note} maxLength={200} onChange={(event) => put({ note: event.target.value })} /></label>
        <label className="door-switch"><Switch size="small" checked={q.required} onChange={(required) => put({ required })} /><span>{t("form.required_question")}</span></label>
        {q.kind === "phone" && <label className="door-switch"><Switch size="small" checked={q.verify} onChange={(verify) => put({ verify })} /><span>{t("form.verify")}</span></label>}
        {q.kind !== "upload" && <label><span>{t("form.attribute")}</span><Select allowClear value={q.attribute || undefined} placeholder={t("form.attribute.none")} showSearch={{ optionFilterProp: "label" }} options={names.attributes} onChange={(attribute?: string) => put({ attribute: attribute ?? "" })} /></label>}
        {q.kind === "multi" && <>
          <label><span>{t("form.min")}</span><InputNumber min={0} max={q.options.length} value={q.min || null} onChange={(value) => put({ min: value ?? 0 })} /></label>
          <label><span>{t("form.max")}</span><InputNumber min={0} max={q.options.length} value={q.max || null} placeholder={t("code.cap.none")} onChange={(value) => put({ max: value ?? 0 })} /></label>
        </>}
        {q.kind === "text" && <label><span>{t("form.max_chars")}</span><InputNumber min={0} max={2000} value={q.max || null} placeholder="2000" onChange={(value) => put({ max: value ?? 0 })} /></label>}
        {q.kind === "rating" && <label><span>{t("form.stars")}</span><InputNumber min={2} max={10} value={q.max || 5} onChange={(value) => put({ max: value ?? 5 })} /></label>}
        {q.kind === "upload" && <>
          <label><span>{t("form.types")}</span><Select mode="multiple" value={q.types} placeholder={t("form.types.both")} options={["image", "pdf"].map((value) => ({ value, label: tr("form.type.", value) }))} onChange={(types) => put({ types })} /></label>
          <label><span>{t("form.max_kb")}</span><InputNumber min={0} max={4096} suffix="KB" value={q.max_kb || null} placeholder="4096" onChange={(value) => put({ max_kb: value ?? 0 })} /></label>
        </>}
        <label><span>{t("form.go")}</span><Select value={q.go} options={targets} onChange={(go: string) => put({ go })} /></label>
      </div>
      {isChoice(q.kind) && (
        <div className="stack tight" role="group" aria-label={t("form.options")}>
          {q.options.map((o, at) => {
            const putOption = (change: Partial<typeof o>) => put({ options: changed(q.options, at, change) });
            return (
              <div key={o.key} className="door-option">
                <Input value={o.label} maxLength={200} aria-label={t("form.option.label", { n: at + 1 })} placeholder={t("form.option.label", { n: at + 1 })} onChange={(event) => putOption({ label: event.target.value })} />
                <span className="code-cap">{t("form.score")}<InputNumber size="small" value={o.score} aria-label={t("form.score")} onChange={(value) => putOption({ score: value ?? 0 })} /></span>
                <Select mode="tags" value={o.tags} aria-label={t("form.tags")} placeholder={t("form.tags")} options={names.tags.map((value) => ({ value }))} onChange={(tags: string[]) => putOption({ tags })} />
                {q.kind === "single" && <Select value={o.go} aria-label={t("form.go")} options={targets} onChange={(go: string) => putOption({ go })} popupMatchSelectWidth={false} />}
                <Button type="text" size="small" disabled={q.options.length <= 2} icon={<Icon name="close" size={15} />} aria-label={t("do.delete")} onClick={() => put({ options: q.options.filter((_, other) => other !== at) })} />
              </div>
            );
          })}
          <div><Button size="small" icon={<Icon name="plus" size={14} />} disabled={q.options.length >= 100} onClick={() => put({ options: [...q.options, emptyOption(q.options)] })}>{t("form.option.add")}</Button></div>
        </div>
      )}
    </div>
  );
}
