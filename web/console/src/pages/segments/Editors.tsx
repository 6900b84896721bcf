/// One editor a kind of clause. Each shows the clause as it is and gives back the next one.
import { Button, Input, InputNumber, Select } from "antd";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { about, deedType, eventsOf, measured, measureOf, otherProperty, shapeOf, withEvents, withOp, type Deed } from "./clauses";
import { Conditions } from "./Conditions";
import { useChoices, type Choice } from "./door";
import { operatorChoices, AddButton, EventSelect, EventsField, LengthField, Operands, PathField, SameField, useTheWords, WindowField } from "./fields";
import { put, type Bucket, type Changed, type FieldIs, type InList, type InSegment, type Leaf, type Sequence, type Step, type Without } from "./rule";
import { carried } from "./values";
import { fieldLabel, fieldOfAttribute, fieldType, madeOf, named, operandsOf, propertiesOf, seenThrough, wantsProperty, type Words } from "./words";

interface Props<T> { leaf: T; onChange: (leaf: T) => void }
const contains = { optionFilterProp: "label" };

export function LeafEditor({ leaf, not, onChange }: { leaf: Leaf; not: boolean; onChange: (leaf: Leaf, not: boolean) => void }) {
  const same = (next: Leaf) => onChange(next, not);
  switch (shapeOf(leaf)) {
    case "field": return <FieldEditor leaf={leaf as FieldIs} onChange={same} />;
    case "deed": return <DeedEditor leaf={leaf as Deed} not={not} onChange={onChange} />;
    case "without": return <WithoutEditor leaf={leaf as Without} onChange={same} />;
    case "sequence": return <SequenceEditor leaf={leaf as Sequence} onChange={same} />;
    case "changed": return <ChangedEditor leaf={leaf as Changed} onChange={same} />;
    case "segment": return <SegmentEditor leaf={leaf as InSegment} onChange={same} />;
    case "list": return <ListEditor leaf={leaf as InList} onChange={same} />;
    case "share": return <ShareEditor leaf={leaf as Bucket} onChange={same} />;
    case "element": return <code>{JSON.stringify(leaf)}</code>;
  }
}

// ---- facts and attributes -------------------------------------------------------------------------------------------

const RELATIONS = ["staff", "staff.name", "staff.store", "friends", "groups", "relation.state", "relation.days", "inviter", "referrals"];
const CONTACT = ["reachable", "consent", "has_id"];

/// Everything that is known of a person, in the order people look for it.
function useFields(words: Words) {
  const text = useText();
  const { t, lang } = text;
  const item = (fact: Words["facts"][number]) => ({ value: fact.name, label: fieldLabel(words, fact.name, text) });
  const of = (names: string[]) => words.facts.filter((fact) => names.includes(fact.name)).map(item);
  const own = words.attributes.map((one) => ({ value: fieldOfAttribute(words, one.key), label: named(one, lang) || one.key }));
  return [
    { label: t("seg.fields.facts"), options: words.facts.filter((fact) => ![...RELATIONS, ...CONTACT].includes(fact.name)).map(item) },
    ...(own.length ? [{ label: t("seg.fields.own"), options: own }] : []),
    { label: t("seg.fields.relations"), options: of(RELATIONS) },
    { label: t("seg.fields.contact"), options: of(CONTACT) },
  ];
}

function FieldEditor({ leaf, onChange }: Props<FieldIs>) {
  const text = useText();
  const { t, tr } = text;
  const words = useTheWords();
  const choicesOf = useChoices(words);
  const fields = useFields(words);
  const plain = fieldType(words, leaf.field);
  const type = seenThrough(leaf.lens, plain);
  const label = fieldLabel(words, leaf.field, text);
  const known = fields.some((group) => group.options.some((one) => one.value === leaf.field));
  const yesNo = type === "boolean" && leaf.op === "=";
  return (
    <div className="seg-line">
      <Select aria-label={t("seg.field")} className="seg-subject" showSearch={contains} status={known ? undefined : "error"} popupMatchSelectWidth={240} value={leaf.field} options={fields} onChange={(field) => onChange(about(words, leaf, field, fieldType(words, field)))} />
      <Arguments leaf={leaf} words={words} onChange={onChange} />
      {leaf.lens && (
        <span className="chip plain">{tr("seg.lens.", leaf.lens)}
          <button type="button" className="seg-drop" aria-label={t("seg.lens.drop")} onClick={() => onChange(withOp(words, put(leaf, "lens", undefined), leaf.op, plain))}><Icon name="close" size={12} /></button>
        </span>
      )}
      {yesNo ? (
        <Select aria-label={t("seg.operator")} value={leaf.values[0] === false ? "no" : "yes"} onChange={(next) => onChange({ ...leaf, values: [next === "yes"] })} options={[{ value: "yes", label: t("seg.yes") }, { value: "no", label: t("seg.no") }]} />
      ) : (
        <>
          <Select aria-label={t("seg.operator")} value={leaf.op} popupMatchSelectWidth={false} onChange={(op) => onChange(withOp(words, leaf, op, type))} options={operatorChoices(words, type, text)} />
          <Operands operands={operandsOf(words, leaf.op)} type={type} values={leaf.values} label={label} choices={leaf.lens ? undefined : choicesOf(leaf)} onChange={(values) => onChange({ ...leaf, values })} />
        </>
      )}
    </div>
  );
}

const CHANNELS = ["wecom", "mp", "mini", "sms", "phone", "mail"];
const PURPOSES = ["marketing", "service", "analytics"];
const NAMESPACES = ["phone_e164", "wx_unionid", "wx_openid", "wecom_external_userid", "email", "member_no"];

/// What a fact wants to know first: a channel and a purpose, a kind of identifier, a member of staff, a depth.
function Arguments({ leaf, words, onChange }: Props<FieldIs> & { words: Words }) {
  const { t, tr } = useText();
  const args = leaf.args ?? [];
  const pick = (at: number, label: string, options: Choice[], clear = false) => (
    <Select aria-label={label} allowClear={clear} showSearch={contains} popupMatchSelectWidth={false} placeholder={label} value={args[at]} className={clear ? "seg-value" : undefined}
      onChange={(next?: string) => onChange(put(leaf, "args", next === undefined ? undefined : Object.assign([...args], { [at]: next })))} options={args[at] && !options.some((one) => one.value === args[at]) ? [...options, { value: args[at], label: args[at] }] : options} />
  );
  switch (leaf.field) {
    case "reachable": case "consent":
      return <>{pick(0, t("consent.channel"), CHANNELS.map((value) => ({ value, label: tr("seg.channel.", value) })))}{pick(1, t("consent.purpose"), PURPOSES.map((value) => ({ value, label: tr("consent.purpose.", value) })))}</>;
    case "has_id": return pick(0, t("identifiers.kind"), NAMESPACES.map((value) => ({ value, label: tr("ns.", value) })));
    case "referrals": return pick(0, t("seg.depth"), ["1", "2"].map((value) => ({ value, label: tr("seg.depth.", value) })));
    case "relation.state": case "relation.days": return pick(0, t("seg.staff.any"), words.staff.map((one) => ({ value: one.id, label: one.name || one.id })), true);
    default: return null;
  }
}

// ---- what was done --------------------------------------------------------------------------------------------------

function DeedEditor({ leaf, not, onChange }: { leaf: Deed; not: boolean; onChange: (leaf: Leaf, not: boolean) => void }) {
  const text = useText();
  const { t, tr } = text;
  const words = useTheWords();
  const events = eventsOf(leaf);
  const measure = measureOf(leaf, not);
  const measures = [{ value: "did", label: t("seg.measure.did") }, { value: "never", label: t("seg.measure.never") }, ...words.functions.map((one) => ({ value: one.fn, label: tr("seg.measure.", one.fn) }))];
  const label = t("seg.event");
  const takes = "aggregate" in leaf ? wantsProperty(leaf.aggregate.fn) : "no";
  return (
    <>
      <div className="seg-line">
        <EventsField label={label} any value={events} onChange={(next) => onChange(withEvents(leaf, next), not)} />
        <Select aria-label={t("seg.measure")} value={measure} popupMatchSelectWidth={180} showSearch={contains} onChange={(next) => { const made = measured(words, leaf, next); onChange(made.leaf, made.not); }} options={measures} />
        {"aggregate" in leaf && takes !== "no" && (
          <PathField label={t("seg.property.of")} value={leaf.aggregate.property ?? ""} paths={madeOf(words, leaf.aggregate.fn, events.event).map((one) => one.name)} onChange={(property) => onChange(otherProperty(words, leaf, property), not)} />
        )}
        {"aggregate" in leaf && (
          <>
            <Select aria-label={t("seg.operator")} value={leaf.op} popupMatchSelectWidth={false} onChange={(op) => onChange(withOp(words, leaf, op, deedType(words, leaf)), not)} options={operatorChoices(words, deedType(words, leaf), text)} />
            <Operands operands={operandsOf(words, leaf.op)} type={deedType(words, leaf)} values={leaf.values} label={tr("seg.measure.", leaf.aggregate.fn)} onChange={(values) => onChange({ ...leaf, values }, not)} />
            {leaf.aggregate.fn === "count" && <span className="seg-word">{t("seg.times")}</span>}
          </>
        )}
      </div>
      <Conditions of={events.where} about={{ event: events.event }} onChange={(where) => onChange(withEvents(leaf, put(events, "where", where)), not)} />
    </>
  );
}

const commonPaths = (words: Words, kinds: string[]) => {
  const lists = kinds.map((kind) => propertiesOf(words, kind).filter((one) => !["list", "object"].includes(one.type)).map((one) => one.name));
  return [...new Set([...(lists[0] ?? []).filter((name) => lists.every((list) => list.includes(name))), "touch.code_id"])].filter((name) => !["amount", "at"].includes(name));
};

function WithoutEditor({ leaf, onChange }: Props<Without>) {
  const { t } = useText();
  const words = useTheWords();
  return (
    <>
      <div className="seg-line"><EventsField label={t("seg.event.done")} any value={leaf.did} onChange={(did) => onChange({ ...leaf, did })} /></div>
      <Conditions of={leaf.did.where} about={{ event: leaf.did.event }} onChange={(where) => onChange({ ...leaf, did: put(leaf.did, "where", where) })} />
      <div className="seg-line">
        <span className="seg-word">{t("seg.without.after")}</span>
        <LengthField label={t("seg.without.length")} value={leaf.after} onChange={(after) => onChange({ ...leaf, after })} />
        <span className="seg-word">{t("seg.without.no")}</span>
        <EventSelect label={t("seg.event.missing")} any value={leaf.without.event} onChange={(event) => onChange({ ...leaf, without: { event } })} />
        <SameField value={leaf.same} paths={commonPaths(words, [leaf.did.event, leaf.without.event])} onChange={(same) => onChange(put(leaf, "same", same))} />
      </div>
      <Conditions of={leaf.without.where} about={{ event: leaf.without.event }} onChange={(where) => onChange({ ...leaf, without: put(leaf.without, "where", where) })} />
    </>
  );
}

// ---- a sequence -----------------------------------------------------------------------------------------------------

const STEPS_MAX = 10;
function SequenceEditor({ leaf, onChange }: Props<Sequence>) {
  const { t, tr } = useText();
  const words = useTheWords();
  const steps = (seq: Step[]) => onChange({ ...leaf, seq });
  const at = (index: number, step: Step) => steps(leaf.seq.map((old, one) => (one === index ? step : old)));
  return (
    <>
      <div className="seg-line">
        <WindowField label={t("seg.window.of", { name: t("seg.sequence") })} value={leaf.window} onChange={(window) => onChange(put(leaf, "window", window))} />
        <Select aria-label={t("seg.order")} value={leaf.order ?? "ordered"} popupMatchSelectWidth={false} onChange={(order) => onChange(put(leaf, "order", order === "ordered" ? undefined : (order as Sequence["order"])))}
          options={["ordered", "strict", "any"].map((value) => ({ value, label: tr("seg.order.", value) }))} />
        <SameField value={leaf.same} paths={commonPaths(words, leaf.seq.map((step) => step.event))} onChange={(same) => onChange(put(leaf, "same", same))} />
      </div>
      <ol className="seg-steps">
        {leaf.seq.map((step, index) => (
          <li key={index}>
            <StepEditor step={step} n={index + 1} first={index === 0} onChange={(next) => at(index, next)} />
            {leaf.seq.length > 1 && <Button size="small" type="text" icon={<Icon name="close" size={14} />} aria-label={t("seg.step.remove", { n: index + 1 })} onClick={() => steps(leaf.seq.filter((_, one) => one !== index))} />}
          </li>
        ))}
      </ol>
      {leaf.seq.length < STEPS_MAX && <AddButton label={t("seg.step.add")} onClick={() => steps([...leaf.seq, { event: "order_paid", within: "7d" }])} />}
    </>
  );
}

function StepEditor({ step, n, first, onChange }: { step: Step; n: number; first: boolean; onChange: (step: Step) => void }) {
  const { t } = useText();
  return (
    <div>
      <div className="seg-line">
        <EventSelect label={t("seg.step", { n })} any value={step.event} onChange={(event) => onChange(put({ ...step, event }, "where", undefined))} />
        <InputNumber aria-label={t("seg.step.times", { n })} style={{ width: 92 }} min={1} max={100} precision={0} suffix={t("seg.times")} value={step.times ?? 1} onChange={(times) => onChange(put(step, "times", times && times > 1 ? times : undefined))} />
        {!first && (step.within
          ? <span className="seg-inline"><span className="seg-word">{t("seg.step.within")}</span><LengthField label={t("seg.step.within.of", { n })} value={step.within} onChange={(within) => onChange({ ...step, within })} />
              <Button size="small" type="text" icon={<Icon name="close" size={14} />} aria-label={t("seg.step.within.drop", { n })} onClick={() => onChange(put(step, "within", undefined))} /></span>
          : <AddButton label={t("seg.step.within.add")} onClick={() => onChange({ ...step, within: "7d" })} />)}
        {!first && <AddButton label={t("seg.step.unless.add")} onClick={() => onChange({ ...step, unless: [...(step.unless ?? []), { event: "refund_done" }] })} />}
      </div>
      <Conditions of={step.where} about={{ event: step.event }} onChange={(where) => onChange(put(step, "where", where))} />
      {(step.unless ?? []).map((one, at) => (
        <div className="seg-nested" key={at}>
          <span className="seg-inline">
            <span className="seg-word">{t("seg.step.unless")}</span>
            <EventSelect label={t("seg.step.unless")} any value={one.event} onChange={(event) => onChange({ ...step, unless: step.unless!.map((old, index) => (index === at ? { event } : old)) })} />
            <Button size="small" type="text" icon={<Icon name="close" size={14} />} aria-label={t("seg.step.unless.remove")} onClick={() => onChange(put(step, "unless", step.unless!.filter((_, index) => index !== at)))} />
          </span>
          <Conditions of={one.where} about={{ event: one.event }} onChange={(where) => onChange({ ...step, unless: step.unless!.map((old, index) => (index === at ? put(old, "where", where) : old)) })} />
        </div>
      ))}
    </div>
  );
}

// ---- the others -----------------------------------------------------------------------------------------------------

function ChangedEditor({ leaf, onChange }: Props<Changed>) {
  const { t, lang } = useText();
  const words = useTheWords();
  const choicesOf = useChoices(words);
  const type = fieldType(words, leaf.changed);
  const choices = choicesOf({ field: leaf.changed, op: "=", values: [] });
  const end = (key: "from" | "to", label: string) =>
    leaf[key] === undefined
      ? <AddButton label={label} onClick={() => onChange({ ...leaf, [key]: carried([], "one", type)[0] ?? "" })} />
      : <span className="seg-inline"><span className="seg-word">{label}</span><Operands operands="one" type={type} values={[leaf[key]]} label={label} choices={choices} onChange={([value]) => onChange({ ...leaf, [key]: value })} />
          <Button size="small" type="text" icon={<Icon name="close" size={14} />} aria-label={t("seg.changed.drop", { name: label })} onClick={() => onChange(put(leaf, key, undefined))} /></span>;
  return (
    <div className="seg-line">
      <WindowField since={false} label={t("seg.window.of", { name: t("seg.changed") })} value={leaf.window} onChange={(window) => onChange(put(leaf, "window", window))} />
      <Select aria-label={t("seg.attribute")} className="seg-subject" showSearch={contains} value={leaf.changed || undefined} placeholder={t("seg.choose")} options={words.attributes.map((one) => ({ value: one.key, label: named(one, lang) || one.key }))}
        onChange={(changed) => onChange(put(put({ ...leaf, changed }, "from", undefined), "to", undefined))} />
      <span className="seg-word">{t("seg.changed")}</span>
      {end("from", t("seg.changed.from"))}
      {end("to", t("seg.changed.to"))}
    </div>
  );
}

function Named({ label, value, names, onChange }: { label: string; value: string; names: string[]; onChange: (name: string) => void }) {
  const { t } = useText();
  return (
    <div className="seg-line">
      <span className="seg-word">{label}</span>
      <Select aria-label={label} className="seg-value wide" showSearch popupMatchSelectWidth={280} placeholder={t("seg.choose")} notFoundContent={t("seg.none_yet")} value={value || undefined} status={value && !names.includes(value) ? "error" : undefined} onChange={onChange} options={names.map((name) => ({ value: name, label: name }))} />
    </div>
  );
}
function SegmentEditor({ leaf, onChange }: Props<InSegment>) {
  const { t } = useText();
  return <Named label={t("seg.in.segment")} value={leaf.in_segment} names={useTheWords().segments.map((one) => one.name)} onChange={(in_segment) => onChange({ in_segment })} />;
}
function ListEditor({ leaf, onChange }: Props<InList>) {
  const { t } = useText();
  return <Named label={t("seg.in.list")} value={leaf.in_list} names={useTheWords().lists.map((one) => one.name)} onChange={(in_list) => onChange({ in_list })} />;
}

/// A share of everybody, always the same people for the same seed.
function ShareEditor({ leaf, onChange }: Props<Bucket>) {
  const { t } = useText();
  const { seed, from, to } = leaf.bucket;
  const set = (change: Partial<Bucket["bucket"]>) => onChange({ bucket: { ...leaf.bucket, ...change } });
  const percent = (value: number, next: (bucket: number) => void, label: string) => <InputNumber aria-label={label} style={{ width: 104 }} min={0} max={100} step={1} precision={1} suffix="%" value={value / 10} onChange={(share) => share !== null && next(Math.round(share * 10))} />;
  return (
    <div className="seg-line">
      <span className="seg-word">{t("seg.share.seed")}</span>
      <Input aria-label={t("seg.share.seed")} className="seg-value" value={seed} maxLength={80} placeholder={t("seg.share.seed.hint")} onChange={(event) => set({ seed: event.target.value })} />
      <span className="seg-word">{t("seg.share.from")}</span>
      {percent(from, (value) => set({ from: value }), t("seg.share.from"))}
      <span className="seg-word">{t("seg.share.to")}</span>
      {percent(to, (value) => set({ to: value }), t("seg.share.to"))}
    </div>
  );
}
