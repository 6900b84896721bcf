/// Conditions on an event: its properties, some or each member of its lists, any of several.
import { Button, Select } from "antd";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { withOp } from "./clauses";
import { useProducts } from "./door";
import { AddButton, operatorChoices, Operands, PathField, useTheWords } from "./fields";
import { groupOf, kindOf, KINDS, membersOf, type Clause, type Element, type FieldIs, type Kind } from "./rule";
import { carried, type Type } from "./values";
import { ANY_EVENT, IT, memberType, membersOfList, operandsOf, operatorsOf, propertiesOf, propertyType, type Words } from "./words";

/// What conditions are about: an event's properties, or members of one of its lists.
export type About = { event: string } | { list: string };
const pathsOf = (words: Words, about: About) =>
  "list" in about ? [...membersOfList(about.list).map((one) => one.name), IT]
    : about.event === ANY_EVENT ? ["amount", "source", "at"] : [...propertiesOf(words, about.event).filter((one) => one.type !== "object").map((one) => one.name), "touch.channel", "touch.code_id"];
const typeOf = (words: Words, about: About, path: string): Type => ("list" in about ? memberType(about.list, path) : propertyType(words, about.event, path));

/// One condition of a path, of a list where the path is one.
function conditionOf(words: Words, about: About, path: string, old?: FieldIs): Clause {
  const type = typeOf(words, about, path);
  if (type === "list" && "event" in about) {
    const member = membersOfList(path)[0]?.name ?? IT;
    return { some: path, where: [{ field: member, op: "=", values: [""] }] };
  }
  const ops = operatorsOf(words, type, "en");
  const op = old && ops.some((one) => one.op === old.op) ? old.op : (ops.find((one) => one.op === (type === "money" || type === "number" ? ">=" : "="))?.op ?? ops[0]?.op ?? "=");
  const values = carried(old?.values ?? [], operandsOf(words, op), type);
  return { field: path, op, values: values.length || operandsOf(words, op) !== "one" || type !== "any" ? values : [""] };
}

export function Conditions({ of, about, onChange }: { of: Clause[] | undefined; about: About; onChange: (of: Clause[] | undefined) => void }) {
  const { t } = useText();
  const words = useTheWords();
  const list = of ?? [];
  const put = (next: Clause[]) => onChange(next.length ? next : undefined);
  const first = "list" in about ? (membersOfList(about.list)[0]?.name ?? IT) : about.event === ANY_EVENT ? "source" : "amount";
  return (
    <div className="seg-where">
      {list.length > 0 && (
        <ul aria-label={t("seg.where")}>
          {list.map((one, at) => (
            <li key={at}>
              <span className="seg-word">{t(at === 0 ? "seg.where.first" : "seg.where.and")}</span>
              <Condition clause={one} about={about} onChange={(next) => put(list.map((old, index) => (index === at ? next : old)))} />
              <Button size="small" type="text" icon={<Icon name="close" size={14} />} aria-label={t("seg.where.remove", { n: at + 1 })} onClick={() => put(list.filter((_, index) => index !== at))} />
            </li>
          ))}
        </ul>
      )}
      <AddButton label={"list" in about ? t("seg.where.add.member") : t("seg.where.add")} onClick={() => put([...list, conditionOf(words, about, first)])} />
    </div>
  );
}

function Condition({ clause, about, onChange }: { clause: Clause; about: About; onChange: (clause: Clause) => void }) {
  const { t, tr } = useText();
  const kind = kindOf(clause);
  if (kind) {
    return (
      <div className="seg-nested">
        <Select size="small" aria-label={t("seg.group.kind")} value={kind} popupMatchSelectWidth={false} onChange={(next: Kind) => onChange(groupOf(next, membersOf(clause, kind)))} options={KINDS.map((one) => ({ value: one, label: tr("seg.kind.", one) }))} />
        <Conditions of={membersOf(clause, kind)} about={about} onChange={(next) => onChange(groupOf(kind, next ?? []))} />
      </div>
    );
  }
  if ("some" in clause || "each" in clause) return <ElementField element={clause} about={about} onChange={onChange} />;
  if ("field" in clause) return <Compared clause={clause} about={about} onChange={onChange} />;
  return <code>{JSON.stringify(clause)}</code>;
}

function ElementField({ element, about, onChange }: { element: Element; about: About; onChange: (clause: Clause) => void }) {
  const { t } = useText();
  const words = useTheWords();
  const list = "some" in element ? element.some : element.each;
  const made = (each: boolean, where: Clause[]): Element => (each ? { each: list, where } : { some: list, where });
  return (
    <div className="seg-nested">
      <span className="seg-inline">
        <PathField label={t("seg.property")} value={list} paths={pathsOf(words, about)} onChange={(path) => onChange(typeOf(words, about, path) === "list" || !pathsOf(words, about).includes(path) ? ("some" in element ? { some: path, where: element.where } : { each: path, where: element.where }) : conditionOf(words, about, path))} />
        <Select aria-label={t("seg.element")} value={"some" in element ? "some" : "each"} popupMatchSelectWidth={false} onChange={(next) => onChange(made(next === "each", element.where))}
          options={[{ value: "some", label: t("seg.element.some") }, { value: "each", label: t("seg.element.each") }]} />
      </span>
      <Conditions of={element.where} about={{ list }} onChange={(where) => onChange(made("each" in element, where ?? []))} />
    </div>
  );
}

function Compared({ clause, about, onChange }: { clause: FieldIs; about: About; onChange: (clause: Clause) => void }) {
  const text = useText();
  const { t, tr } = text;
  const words = useTheWords();
  const type = typeOf(words, about, clause.field);
  const products = useProducts(clause.field === "sku_id");
  const operands = operandsOf(words, clause.op);
  const choices = clause.field === "sku_id" ? products : undefined;
  return (
    <span className="seg-inline">
      <PathField label={t("seg.property")} value={clause.field} paths={pathsOf(words, about)} onChange={(path) => onChange(conditionOf(words, about, path, clause))} />
      <Select aria-label={t("seg.operator")} value={clause.op} popupMatchSelectWidth={false} onChange={(op) => onChange(withOp(words, clause, op, type))}
        options={operatorChoices(words, type, text)} />
      <Operands operands={operands} type={type} values={clause.values} label={tr("seg.prop.", clause.field)} choices={choices} onChange={(values) => onChange({ ...clause, values })} />
    </span>
  );
}
