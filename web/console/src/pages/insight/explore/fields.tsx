/// What questions are made of: an event, a condition, a length, days, a property.
import { AutoComplete, Input, InputNumber, Select, Switch } from "antd";
import dayjs from "dayjs";
import { useEffect, useId, useState, type ReactNode } from "react";
import type { Params } from "@/app/search";
import { useText } from "@/i18n/use";
import { DateRangeField } from "@/parts/Dates";
import { useKinds } from "./kinds";
import { joinStep, lengthOf, splitStep } from "./steps";

export function Field({ label, error, wide, children }: { label: string; error?: string; wide?: boolean; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className={wide ? "ask-field wide" : "ask-field"}>
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {error && <p role="alert" className="wrong">{error}</p>}
    </div>
  );
}

/// A text that is asked when it is finished: on Enter, or when the field is left.
export function Typed({ id, value, onChange, placeholder, label, bad }: { id?: string; value: string; onChange: (value: string) => void; placeholder?: string; label?: string; bad?: boolean }) {
  const [draft, setDraft] = useState(value);
  useEffect(() => setDraft(value), [value]);
  const done = () => { if (draft.trim() !== value) onChange(draft.trim()); };
  return <Input id={id} value={draft} placeholder={placeholder} aria-label={label} status={bad ? "error" : undefined} onChange={(event) => setDraft(event.target.value)} onBlur={done} onPressEnter={done} spellCheck={false} autoComplete="off" />;
}

/// An event by its name in the user's language; typed by its code where the catalogue may not be read.
export function EventPick({ id, value, onChange, label, placeholder, clear, any }: {
  id?: string; value: string | undefined; onChange: (event: string | undefined) => void; label?: string; placeholder?: string; clear?: boolean; any?: boolean;
}) {
  const { tr } = useText();
  const { kinds, nameOf } = useKinds();
  if (!kinds) return <Typed id={id} label={label} value={value ?? ""} placeholder={placeholder} onChange={(event) => onChange(event || undefined)} />;
  const groups = [...new Set(kinds.map((kind) => kind.group))];
  const options = groups.map((group) => ({
    label: tr("event.group.", group), title: group,
    options: kinds.filter((kind) => kind.group === group).map((kind) => ({ value: kind.name, label: nameOf(kind.name), title: kind.name, search: `${kind.name} ${kind.zh} ${kind.en}`.toLowerCase() })),
  }));
  const known = !value || value === "*" || kinds.some((kind) => kind.name === value);
  return (
    <Select id={id} aria-label={label} style={{ width: "100%" }} value={value} allowClear={clear} placeholder={placeholder} status={known ? undefined : "error"} popupMatchSelectWidth={260}
      showSearch={{ filterOption: (wanted, option) => String((option as { search?: string } | undefined)?.search ?? "").includes(wanted.toLowerCase()) }}
      onChange={(event) => onChange(event)} options={any ? [{ value: "*", label: nameOf("*"), title: "*", search: "*" } as never, ...options] : options} />
  );
}

/// An event and its condition, with what the server said about it below.
export function EventWhere({ id, value, onChange, label, error }: { id?: string; value: string; onChange: (text: string) => void; label: string; error?: string }) {
  const { t } = useText();
  const { event, where } = splitStep(value);
  return (
    <>
      <div className="event-where">
        <EventPick id={id} label={label} value={event} onChange={(next) => next && onChange(joinStep({ event: next, where }))} />
        <Typed label={t("explore.where.of", { name: label })} value={where} placeholder={t("explore.where.hint")} bad={!!error} onChange={(next) => onChange(joinStep({ event, where: next }))} />
      </div>
      {error && <p role="alert" className="wrong">{error}</p>}
    </>
  );
}

const UNITS = ["m", "h", "d", "w"] as const;

/// "7d": a number and its unit.
export function LengthField({ id, value, onChange, label }: { id?: string; value: string; onChange: (text: string) => void; label: string }) {
  const { t, tr } = useText();
  const { n, unit } = lengthOf(value) ?? { n: 0, unit: "d" };
  const [draft, setDraft] = useState<number | null>(n);
  useEffect(() => setDraft(n), [n]);
  const done = () => { if (draft !== null && draft !== n) onChange(`${draft}${unit}`); };
  return (
    <div className="length">
      <InputNumber id={id} aria-label={label} min={0} max={999_999} precision={0} value={draft} onChange={(next) => setDraft(next)} onBlur={done} onPressEnter={done} onStep={(next) => onChange(`${next}${unit}`)} />
      <Select aria-label={t("explore.unit.of", { name: label })} value={unit} onChange={(next) => onChange(`${draft ?? n}${next}`)}
        options={[...UNITS, ...(UNITS.includes(unit as "d") ? [] : [unit])].map((one) => ({ value: one, label: tr("explore.length.", one) }))} />
    </div>
  );
}

const PRESETS = ["7", "30", "90", "180", "365"];

/// The last so many days, or days of the calendar. `auto` is what the page means without an answer.
export function DaysField({ id, params, usual, auto, onChange }: { id?: string; params: Params; usual: string; auto?: string; onChange: (change: Params) => void }) {
  const { t } = useText();
  const custom = !!params.from || !!params.to;
  const [picking, setPicking] = useState(custom);
  useEffect(() => { if (custom) setPicking(true); }, [custom]);
  const days = params.days ?? usual;
  const label = (value: string) => (value === "auto" ? (auto ?? "") : value === "all" ? t("explore.days.all") : t("explore.days.last", { days: value }));
  const choices = [...(auto ? ["auto"] : []), ...PRESETS, ...(auto ? [] : ["all"])];
  return (
    <div className="days">
      <Select id={id} aria-label={t("explore.days")} value={picking ? "custom" : days} style={{ width: "100%" }}
        onChange={(next) => {
          setPicking(next === "custom");
          if (next !== "custom") onChange({ days: next === usual ? undefined : next, from: undefined, to: undefined });
        }}
        options={[...choices, ...(choices.includes(days) ? [] : [days])].map((value) => ({ value, label: label(value) })).concat({ value: "custom", label: t("explore.days.custom") })} />
      {picking && (
        <DateRangeField value={custom ? [params.from ? dayjs(params.from) : null, params.to ? dayjs(params.to) : null] : null} allowEmpty={[true, true]} aria-label={t("explore.days.custom")}
          onChange={(range) => onChange({ from: range?.[0]?.format("YYYY-MM-DD"), to: range?.[1]?.format("YYYY-MM-DD"), days: undefined })} />
      )}
    </div>
  );
}

/// A property to break down by: of the event, or of the person.
export function ByField({ id, value, event, onChange, clear = true, people = true }: { id?: string; value: string | undefined; event: string; onChange: (by: string | undefined) => void; clear?: boolean; people?: boolean }) {
  const { t, tr } = useText();
  const { ofEvent, own } = useKinds();
  const common = ["channel", "touch.channel", "touch.code_id", "source"];
  const properties = [...new Set([...common, ...ofEvent(event, ["text", "boolean"])])];
  const options = [
    { label: t("explore.by.event"), options: properties.map((name) => ({ value: name, label: common.includes(name) ? `${tr("explore.property.", name)} · ${name}` : name })) },
    ...(people ? [{ label: t("explore.by.person"), options: [...["stage", "channel", "store"].map((key) => ({ value: `person.${key}`, label: tr("people.column.", key) })), ...own] }] : []),
  ];
  return <Suggest id={id} value={value} options={options} placeholder={t("explore.by.none")} clear={clear} onChange={onChange} />;
}

interface Suggestion { value: string; label: string }
/// One of what is suggested, or any other text.
export function Suggest({ id, value, options, placeholder, clear, onChange }: {
  id?: string; value: string | undefined; options: (Suggestion | { label: string; options: Suggestion[] })[]; placeholder?: string; clear?: boolean; onChange: (text: string | undefined) => void;
}) {
  const [draft, setDraft] = useState(value ?? "");
  useEffect(() => setDraft(value ?? ""), [value]);
  const done = (text: string) => { if (text !== (value ?? "")) onChange(text || undefined); };
  return (
    <AutoComplete id={id} style={{ width: "100%" }} value={draft} options={options} placeholder={placeholder} allowClear={clear} popupMatchSelectWidth={260}
      onChange={(text) => setDraft(text ?? "")} onSelect={(text) => done(String(text))} onClear={() => done("")} onBlur={() => done(draft.trim())} />
  );
}

/// Yes or no, in words beside it.
export function Toggle({ label, checked, onChange }: { label: string; checked: boolean; onChange: (checked: boolean) => void }) {
  return <label className="ask-toggle"><Switch size="small" checked={checked} onChange={onChange} aria-label={label} /><span>{label}</span></label>;
}
