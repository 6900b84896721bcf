/// What clauses are filled in with: a length, a window, operands, an event, conditions on it.
import { Button, Input, InputNumber, Select } from "antd";
import dayjs from "dayjs";
import { createContext, useContext, useMemo, useState } from "react";
import { useText, type Text } from "@/i18n/use";
import { DateField } from "@/parts/Dates";
import type { Choice } from "./door";
import type { Calendar, Events, Value, Window } from "./rule";
import { put } from "./rule";
import { dayOf, lengthOf, lengthText, numberOf, ofNumber, ofYuan, SPANS, typeOfValue, UNITS, usualWindow, windowKind, WINDOWS, yuanOf, type Operands, type Type } from "./values";
import { ANY_EVENT, eventOf, named, operatorsOf, type Words } from "./words";

/// The words of this merchant, at hand for every field below.
export const WordsContext = createContext<Words>(undefined as unknown as Words);
export const useTheWords = () => useContext(WordsContext);

/// Operators of a type as people say them; one that is new to the console as the server says it.
export function operatorChoices(words: Words, type: Type, { tr, lang }: Pick<Text, "tr" | "lang">): Choice[] {
  return operatorsOf(words, type, lang).map((one) => {
    const label = tr("seg.op.", one.op);
    return { value: one.op, label: label === one.op ? one.label : label };
  });
}

const contains = { optionFilterProp: "label" };
/// A list wide enough for its longest words, whatever its field is.
const LIST_WIDTH = 240;

export function LengthField({ value, label, onChange }: { value: string; label: string; onChange: (text: string) => void }) {
  const { t, tr } = useText();
  const { n, unit } = lengthOf(value) ?? { n: 0, unit: "d" };
  return (
    <span className="seg-length">
      <InputNumber aria-label={label} min={1} max={36_500} precision={0} value={n || null} status={n ? undefined : "error"} onChange={(next) => onChange(lengthText({ n: next ?? 0, unit }))} />
      <Select aria-label={t("seg.unit.of", { name: label })} value={unit} popupMatchSelectWidth={false} onChange={(next) => onChange(lengthText({ n, unit: next }))}
        options={[...UNITS, ...(UNITS.includes(unit as "d") ? [] : [unit])].map((one) => ({ value: one, label: tr("seg.unit.", one) }))} />
    </span>
  );
}

export function CalendarField({ value, label, onChange }: { value: Calendar; label: string; onChange: (calendar: Calendar) => void }) {
  const { tr } = useText();
  return <Select aria-label={label} value={value.calendar} popupMatchSelectWidth={false} onChange={(calendar) => onChange({ ...value, calendar })} options={SPANS.map((one) => ({ value: one, label: tr("seg.span.", one) }))} />;
}

export function DayField({ value, label, onChange }: { value: Value | undefined; label: string; onChange: (value: Value) => void }) {
  const day = dayOf(value);
  return <DateField aria-label={label} style={{ width: 140 }} allowClear={false} value={day ? dayjs(day) : null} onChange={(next) => next && !Array.isArray(next) && onChange({ day: next.format("YYYY-MM-DD") })} />;
}

export function WindowField({ value, label, onChange, since = true }: { value: Window | undefined; label: string; onChange: (window: Window | undefined) => void; since?: boolean }) {
  const { t, tr } = useText();
  const kind = windowKind(value);
  return (
    <span className="seg-inline">
      <Select aria-label={label} value={kind} popupMatchSelectWidth={false} onChange={(next) => onChange(usualWindow(next, dayjs().format("YYYY-MM-DD")))}
        options={WINDOWS.filter((one) => since || one !== "since").map((one) => ({ value: one, label: tr("seg.window.", one) }))} />
      {value && "last" in value && <LengthField label={t("seg.window.last")} value={value.last} onChange={(last) => onChange({ last })} />}
      {value && "from_ago" in value && (
        <>
          <LengthField label={t("seg.window.from_ago")} value={value.from_ago} onChange={(from_ago) => onChange({ ...value, from_ago })} />
          <span className="seg-word">{t("seg.window.ago.to")}</span>
          <LengthField label={t("seg.window.to_ago")} value={value.to_ago} onChange={(to_ago) => onChange({ ...value, to_ago })} />
          <span className="seg-word">{t("seg.window.ago.end")}</span>
        </>
      )}
      {value && "calendar" in value && <CalendarField label={t("seg.window.calendar")} value={value} onChange={onChange} />}
      {value && "from" in value && (
        <>
          <DayField label={t("seg.window.from")} value={value.from} onChange={(from) => onChange({ ...value, from })} />
          <span className="seg-word">{t("seg.window.until")}</span>
          <DayField label={t("seg.window.to")} value={value.to} onChange={(to) => onChange({ ...value, to })} />
        </>
      )}
      {value && "since" in value && <EventSelect label={t("seg.window.since")} value={value.since.event} onChange={(event) => onChange({ since: { ...value.since, event } })} />}
    </span>
  );
}

// ---- operands -------------------------------------------------------------------------------------------------------

interface OperandProps { type: Type; value: Value | undefined; label: string; choices?: Choice[]; onChange: (value: Value) => void }

/// One operand of a type; of a property nobody declared, the kind of value is chosen too.
function Operand({ type, value, label, choices, onChange }: OperandProps) {
  const { t, tr } = useText();
  if (type === "any" || type === "list" || type === "object") {
    const is = typeOfValue(value) ?? "text";
    return (
      <span className="seg-inline">
        <Select aria-label={t("seg.value.kind", { name: label })} value={is} popupMatchSelectWidth={false} onChange={(next) => onChange(first(next))}
          options={(["text", "number", "money", "boolean", "date"] as const).map((one) => ({ value: one, label: tr("seg.type.", one) }))} />
        <Operand type={is} value={value} label={label} choices={choices} onChange={onChange} />
      </span>
    );
  }
  switch (type) {
    case "number": return <InputNumber aria-label={label} style={{ width: 120 }} value={numberOf(value) ?? null} onChange={(next) => next !== null && onChange(ofNumber(next))} />;
    case "money": return <InputNumber aria-label={label} style={{ width: 140 }} prefix="¥" precision={2} value={yuanOf(value) ?? null} onChange={(next) => next !== null && onChange(ofYuan(next))} />;
    case "boolean": return <Select aria-label={label} value={value === false ? "no" : "yes"} onChange={(next) => onChange(next === "yes")} options={[{ value: "yes", label: t("seg.yes") }, { value: "no", label: t("seg.no") }]} />;
    case "date": case "time": return <DayField label={label} value={value} onChange={onChange} />;
    case "duration": return <LengthField label={label} value={value && typeof value === "object" && "duration" in value ? value.duration : ""} onChange={(duration) => onChange({ duration })} />;
    default: {
      const text = typeof value === "string" ? value : undefined;
      return choices?.length
        ? <Select aria-label={label} className="seg-value" showSearch={contains} popupMatchSelectWidth={LIST_WIDTH} placeholder={t("seg.choose")} value={text || undefined} onChange={onChange} options={known(choices, text ? [text] : [])} />
        : <Input aria-label={label} className="seg-value" value={text} placeholder={t("seg.type_in")} onChange={(event) => onChange(event.target.value)} spellCheck={false} autoComplete="off" />;
    }
  }
}
function first(type: Type): Value {
  switch (type) {
    case "number": return 0;
    case "money": return ofYuan(0);
    case "boolean": return true;
    case "date": return { day: dayjs().format("YYYY-MM-DD") };
    default: return "";
  }
}
/// A value that is no longer offered stays what it is.
const known = (choices: Choice[], values: string[]): Choice[] => [...choices, ...values.filter((value) => !choices.some((one) => one.value === value)).map((value) => ({ value, label: value }))];

/// Several of a kind, chosen or typed.
function Several({ type, values, label, choices, onChange }: { type: Type; values: Value[]; label: string; choices?: Choice[]; onChange: (values: Value[]) => void }) {
  const { t } = useText();
  const shown = values.map((value) => (type === "number" ? String(numberOf(value) ?? "") : type === "money" ? String(yuanOf(value) ?? "") : typeof value === "string" ? value : (dayOf(value) ?? "")));
  const read = (text: string): Value | undefined => {
    if (type === "number") return text.trim() !== "" && Number.isFinite(Number(text)) ? ofNumber(Number(text)) : undefined;
    if (type === "money") return text.trim() !== "" && Number.isFinite(Number(text)) ? ofYuan(Number(text)) : undefined;
    if (type === "date" || type === "time") return /^\d{4}-\d\d-\d\d$/.test(text) ? { day: text } : undefined;
    return text;
  };
  return (
    <Select aria-label={label} className="seg-value wide" mode={choices?.length ? "multiple" : "tags"} showSearch={contains} popupMatchSelectWidth={LIST_WIDTH} maxTagCount="responsive" tokenSeparators={[",", "\uff0c", "\n"]}
      placeholder={choices?.length ? t("seg.choose.some") : t("seg.type_in.some")} value={shown} open={choices?.length ? undefined : false} suffixIcon={choices?.length ? undefined : null}
      onChange={(next: string[]) => onChange(next.map(read).filter((one) => one !== undefined))} options={choices?.length ? known(choices, shown) : undefined} />
  );
}

/// All operands of an operator.
export function Operands({ operands, type, values, label, choices, onChange }: { operands: Operands; type: Type; values: Value[]; label: string; choices?: Choice[]; onChange: (values: Value[]) => void }) {
  const { t } = useText();
  const one = (as: Type, at = 0, name = label) => <Operand type={as} value={values[at]} label={name} choices={choices} onChange={(next) => onChange(at === 0 ? [next, ...values.slice(1)] : [values[0] ?? first(as), next])} />;
  switch (operands) {
    case "none": return null;
    case "some": return <Several type={type === "set" || type === "list" ? "text" : type} values={values} label={label} choices={choices} onChange={onChange} />;
    case "two": return <span className="seg-inline">{one(type, 0, t("seg.between.from", { name: label }))}<span className="seg-word">{t("seg.between.and")}</span>{one(type, 1, t("seg.between.to", { name: label }))}</span>;
    case "text": return one("text");
    case "day": return one("date");
    case "duration": return one("duration");
    case "calendar": return <CalendarField label={label} value={values[0] && typeof values[0] === "object" && "calendar" in values[0] ? values[0] : { calendar: "this month" }} onChange={(calendar) => onChange([calendar])} />;
    case "percent": return <InputNumber aria-label={label} style={{ width: 110 }} min={0.01} max={100} suffix="%" value={numberOf(values[0]) ?? null} onChange={(next) => next !== null && onChange([ofNumber(next)])} />;
    case "one": return one(type);
  }
}

// ---- events ---------------------------------------------------------------------------------------------------------

/// An event by its name; what really happens here comes first.
export function EventSelect({ value, label, any, onChange }: { value: string; label: string; any?: boolean; onChange: (event: string) => void }) {
  const { t, lang } = useText();
  const words = useTheWords();
  const options = useMemo(() => {
    const item = (one: Words["events"][number]) => ({ value: one.name, label: named(one, lang) || one.name, title: one.name });
    const seen = words.events.filter((one) => (one.per_person_year ?? 0) > 0).sort((a, b) => (b.per_person_year ?? 0) - (a.per_person_year ?? 0)).map(item);
    const rest = words.events.filter((one) => !((one.per_person_year ?? 0) > 0)).map(item);
    const every = [{ value: ANY_EVENT, label: t("seg.event.any"), title: ANY_EVENT }];
    if (seen.length === 0) return [...(any ? every : []), ...rest];
    return [...(any ? every : []), { label: t("seg.event.seen"), options: seen }, { label: t("seg.event.unseen"), options: rest }];
  }, [words, lang, any, t]);
  const isKnown = value === ANY_EVENT || !!eventOf(words, value);
  return (
    <Select aria-label={label} className="seg-event" value={value || undefined} placeholder={t("seg.event.choose")} status={value && !isKnown ? "error" : undefined} popupMatchSelectWidth={LIST_WIDTH}
      showSearch={{ filterOption: (asked, option) => `${option?.label} ${(option as { title?: string } | undefined)?.title ?? ""}`.toLowerCase().includes(asked.toLowerCase()) }} onChange={onChange} options={options} />
  );
}

/// Paths all the events of a clause must share.
export function SameField({ value, paths, onChange }: { value: string[] | undefined; paths: string[]; onChange: (same: string[] | undefined) => void }) {
  const { t, tr } = useText();
  return (
    <label className="seg-inline">
      <span className="seg-word">{t("seg.same")}</span>
      <Select aria-label={t("seg.same")} className="seg-value" mode="tags" value={value ?? []} placeholder={t("seg.same.none")} popupMatchSelectWidth={LIST_WIDTH}
        onChange={(next) => onChange(next.length ? next : undefined)} options={paths.map((path) => ({ value: path, label: pathLabel(tr, path) }))} />
    </label>
  );
}
export const pathLabel = (tr: (prefix: string, value: string) => string, path: string) => {
  const label = tr("seg.prop.", path);
  return label === path ? path : `${label} · ${path}`;
};

/// A property by its path: one of the declared ones, or any that is typed.
export function PathField({ value, label, paths, onChange }: { value: string; label: string; paths: string[]; onChange: (path: string) => void }) {
  const { t, tr } = useText();
  const [asked, setAsked] = useState("");
  const named = (path: string) => ({ value: path, label: tr("seg.prop.", path), title: path });
  const options = [...new Set([...paths, ...(value ? [value] : [])])].map(named);
  const free = asked.trim();
  const typed = free && /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(free) && !options.some((one) => one.value === free) ? [{ value: free, label: t("seg.path.typed", { path: free }), title: free }] : [];
  return (
    <Select aria-label={label} className="seg-path" value={value || undefined} popupMatchSelectWidth={LIST_WIDTH} placeholder={t("seg.path")}
      showSearch={{ onSearch: setAsked, filterOption: (text, option) => `${option?.label} ${option?.value}`.toLowerCase().includes(text.toLowerCase()) }}
      onChange={(next) => { setAsked(""); onChange(next); }} options={[...options, ...typed]} optionRender={(one) => <span className="seg-option">{one.data.label}{one.data.label !== one.data.value && !typed.length && <code>{one.data.value}</code>}</span>} />
  );
}

/// An event and the window it counts in.
export function EventsField({ value, label, any, window = true, onChange }: { value: Events; label: string; any?: boolean; window?: boolean; onChange: (events: Events) => void }) {
  const { t } = useText();
  return (
    <>
      {window && <WindowField label={t("seg.window.of", { name: label })} value={value.window} onChange={(next) => onChange(put(value, "window", next))} />}
      <EventSelect label={label} any={any} value={value.event} onChange={(event) => onChange(put({ ...value, event }, "where", undefined))} />
    </>
  );
}

export function AddButton({ label, onClick }: { label: string; onClick: () => void }) {
  return <Button size="small" type="dashed" className="seg-add" onClick={onClick}>+ {label}</Button>;
}
