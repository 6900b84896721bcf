import { Button, Form, Input, InputNumber, Select } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { DateField } from "@/parts/Dates";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import type { PersonData } from "./Person";

type Def = ReplyOf<"/v1/attributes", "get">["data"][number];

/// The options of gender are ours, so they have names; those of the merchant's own attributes are words already.
const named = (key: string | undefined, value: string, tr: Say["tr"]) => (key === "gender" ? tr("gender.", value) : value);
interface Say { money: (fen: number) => string; tr: (prefix: string, value: string) => string }

/// A stored value as people read it: money, a JSON list as words, an option by its name.
export function shownValue(def: Pick<Def, "key" | "type"> | undefined, value: string, { money, tr }: Say): string {
  const type = def?.type;
  if (type === "money" && /^-?\d+(\.\d+)?$/.test(value)) return money(Math.round(Number(value) * 100));
  if (type === "multi" && value.startsWith("[")) {
    try {
      return (JSON.parse(value) as string[]).join(", ");
    } catch {
      return value;
    }
  }
  return named(def?.key, value, tr);
}

/// What is known, which source said it, and a form for what an operator learns.
export function AttributeCard({ person, onReveal }: { person: PersonData; onReveal: (field: string) => void }) {
  const { t, tr, lang, money, dateTime } = useText();
  const may = useMay();
  const defs = useGet("/v1/attributes", {}, { staleTime: 60_000 });
  const [open, setOpen] = useState(false);
  const all = defs.data?.data ?? [];
  const defOf = (key: string) => all.find((def) => def.key === key);
  const label = (def: Def) => (lang === "en" ? def.en : def.zh);
  const open_defs = all.filter((def) => !def.sensitive);
  const held = Object.fromEntries(person.attributes.map((one) => [one.key, one.value]));

  const save = useAct((fields: Record<string, unknown>) => {
    const attributes: Record<string, string> = {};
    for (const def of all) {
      const text = textOf(fields[def.key]);
      // A sensitive field is only written when something was typed: what stands there is masked.
      if (text !== undefined && (def.sensitive ? text !== "" : text !== (held[def.key] ?? ""))) attributes[def.key] = text;
    }
    return api.patch("/v1/people/{person}", { path: { person: person.id }, body: { attributes } });
  }, { touches: ["/v1/people/{person}", "/v1/people"], quiet: true });

  return (
    <Card title={t("nav.attributes")} actions={may("person.write") && <Button size="small" type="text" icon={<Icon name="edit" size={15} />} onClick={() => setOpen(true)}>{t("do.edit")}</Button>}>
      {person.attributes.length === 0 && <p className="dim">{t("person.no_attributes")}</p>}
      <dl className="facts">
        {person.attributes.map((one) => {
          const def = defOf(one.key);
          return [
            <dt key={one.key}>{def ? label(def) : one.key}</dt>,
            <dd key={`${one.key}:`} title={t("person.said", { source: one.source, at: dateTime(one.at) })}>
              {shownValue(def, one.value, { money, tr })}
              {def?.sensitive && may("person.reveal") && (
                <button type="button" className="define" aria-label={t("reveal.field", { name: label(def) })} onClick={() => onReveal(one.key)}><Icon name="eye" size={14} /></button>
              )}
            </dd>,
          ];
        })}
      </dl>
      <FormSheet<Record<string, unknown>> open={open} onClose={() => setOpen(false)} title={t("person.edit")} lead={t("person.edit.text")}
        initial={Object.fromEntries(open_defs.map((def) => [def.key, formValue(def.type, held[def.key])]))} submit={(fields) => save.mutateAsync(fields)}>
        {all.map((def) => (
          <Form.Item key={def.key} name={def.key} label={label(def)} extra={def.sensitive && held[def.key] ? t("person.masked", { value: held[def.key]! }) : undefined}>
            {field(def, tr)}
          </Form.Item>
        ))}
      </FormSheet>
    </Card>
  );
}

function field(def: Def, tr: Say["tr"]) {
  const options = def.options.map((value) => ({ value, label: named(def.key, value, tr) }));
  if (def.type === "enum" && options.length) return <Select allowClear options={options} />;
  if (def.type === "multi") return <Select mode={options.length ? "multiple" : "tags"} options={options} />;
  if (def.type === "date" && !def.sensitive) return <DateField />;
  if (def.type === "number") return <InputNumber style={{ width: "100%" }} stringMode />;
  if (def.type === "money") return <InputNumber prefix="¥" style={{ width: "100%" }} precision={2} stringMode />;
  return <Input maxLength={500} autoComplete="off" />;
}

export function formValue(type: string, value: string | undefined): unknown {
  if (!value) return undefined;
  if (type === "date") return dayjs(value);
  if (type === "multi") return value.startsWith("[") ? JSON.parse(value) : value.split(",");
  return value;
}

/// A field of the form as the text the server reads; undefined when the field was never there.
export function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return "";
  if (dayjs.isDayjs(value)) return value.format("YYYY-MM-DD");
  if (Array.isArray(value)) return value.length ? JSON.stringify(value) : "";
  return String(value).trim();
}
