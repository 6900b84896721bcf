/// What a new friend is told, by the hour they come, and what is noted about them.
import { Button, Input, Select, Switch } from "antd";
import { useRef } from "react";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { OneHours } from "./HoursField";
import { Parts } from "./Parts";
import { bytesOf, REMARK_WORDS, strangers, WELCOME_WORDS, type Part, type Spec, type WelcomeSlot } from "./spec";

const BYTES_MAX = 4000;

export function WelcomeStep({ spec, put, tags, slot, onSlot }: { spec: Spec; put: (change: Partial<Spec>) => void; tags: string[]; slot: number | undefined; onSlot: (slot: number | undefined) => void }) {
  const { t, tr } = useText();
  const welcome = spec.welcome;
  const putWelcome = (change: Partial<Spec["welcome"]>) => put({ welcome: { ...welcome, ...change } });
  const putSlot = (at: number, change: Partial<WelcomeSlot>) => putWelcome({ slots: welcome.slots.map((one, i) => (i === at ? { ...one, ...change } : one)) });
  return (
    <>
      <Card title={t("code.welcome")} note={t("code.welcome.note")}>
        <div className="stack">
          <div onFocus={() => onSlot(undefined)}>
            <Message text={welcome.text} parts={welcome.parts} onText={(text) => putWelcome({ text })} onParts={(parts) => putWelcome({ parts })} label={t("code.welcome.usual")} />
          </div>
          {welcome.slots.map((one, at) => (
            <section key={at} className="code-slot" aria-label={t("code.welcome.slot", { n: at + 1 })} data-on={slot === at} onFocus={() => onSlot(at)}>
              <div className="code-hours-line">
                <OneHours value={one.hours} onChange={(hours) => putSlot(at, { hours })} />
                <Button type="text" size="small" icon={<Icon name="close" size={15} />} aria-label={t("do.delete")} onClick={() => { onSlot(undefined); putWelcome({ slots: welcome.slots.filter((_, i) => i !== at) }); }} />
              </div>
              <Message text={one.text} parts={one.parts} onText={(text) => putSlot(at, { text })} onParts={(parts) => putSlot(at, { parts })} label={t("code.welcome.slot", { n: at + 1 })} />
            </section>
          ))}
          <div className="row">
            <Button icon={<Icon name="clock" size={15} />} onClick={() => { putWelcome({ slots: [...welcome.slots, { hours: { days: [], slots: ["21:00-09:00"] }, text: "", parts: [] }] }); onSlot(welcome.slots.length); }}>{t("code.welcome.slot.add")}</Button>
            <label className="row"><Switch size="small" checked={welcome.staff_first} onChange={(staff_first) => putWelcome({ staff_first })} />{t("code.welcome.staff_first")}</label>
          </div>
        </div>
      </Card>
      <Card title={t("code.marks")} note={t("code.marks.note")}>
        <div className="code-form">
          <label><span>{t("code.tags")}</span><Select mode="tags" value={spec.tags} onChange={(next: string[]) => put({ tags: next })} options={tags.map((tag) => ({ value: tag, label: tag }))} placeholder={t("code.tags.hint")} /></label>
          <label><span>{t("code.remark")}</span>
            <Input value={spec.remark} maxLength={60} placeholder="{channel}-{date}-{nick}" status={strangers(spec.remark, REMARK_WORDS).length ? "error" : undefined} onChange={(event) => put({ remark: event.target.value })} />
            <small className="dim">{t("code.remark.note", { words: REMARK_WORDS.map((word) => `{${word}}`).join(" ") })}</small></label>
          <label><span>{t("code.description")}</span><Input value={spec.description} maxLength={150} onChange={(event) => put({ description: event.target.value })} /></label>
          <label><span>{t("code.stage")}</span>
            <Select allowClear value={spec.stage || undefined} onChange={(next) => put({ stage: next ?? "" })} placeholder={t("code.stage.none")} options={["prospect", "new", "active"].map((stage) => ({ value: stage, label: tr("stage.", stage) }))} /></label>
        </div>
      </Card>
    </>
  );
}

function Message({ text, parts, onText, onParts, label }: { text: string; parts: Part[]; onText: (text: string) => void; onParts: (parts: Part[]) => void; label: string }) {
  const { t, tr } = useText();
  const box = useRef<HTMLDivElement>(null);
  const bytes = bytesOf(text);
  const odd = strangers(text, WELCOME_WORDS);
  const insert = (word: string) => {
    const area = box.current?.querySelector("textarea");
    const at = area?.selectionStart ?? text.length;
    onText(`${text.slice(0, at)}{${word}}${text.slice(at)}`);
    area?.focus();
  };
  return (
    <div className="stack tight" ref={box}>
      <Input.TextArea value={text} onChange={(event) => onText(event.target.value)} aria-label={label} autoSize={{ minRows: 3, maxRows: 10 }} placeholder={t("code.welcome.hint")} status={odd.length || bytes > BYTES_MAX ? "error" : undefined} />
      <div className="row between">
        <span className="row">{WELCOME_WORDS.map((word) => <button key={word} type="button" className="chip plain code-word" onClick={() => insert(word)}>+ {tr("code.word.", word)}</button>)}</span>
        <span className="dim num">{t("code.welcome.bytes", { bytes, max: BYTES_MAX })}</span>
      </div>
      {odd.length > 0 && <small className="code-bad" role="alert">{t("code.welcome.odd", { words: odd.map((word) => `{${word}}`).join(" ") })}</small>}
      <Parts parts={parts} onParts={onParts} />
    </div>
  );
}
