import { Form, Input, InputNumber, Select } from "antd";
import { api } from "@shared/client";
import { useAct } from "@/app/queries";
import { useText } from "@/i18n/use";
import { DateField } from "@/parts/Dates";
import { FormSheet } from "@/parts/FormSheet";
import type { PersonData } from "./Person";
import { formValue, named, textOf, type Def, type Say } from "./values";

/// A form for what an operator learns about somebody.
export default function AttributeSheet({ open, defs: all, person, onClose }: { open: boolean; defs: Def[]; person: PersonData; onClose: () => void }) {
  const { t, tr, lang } = useText();
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
    <FormSheet<Record<string, unknown>> open={open} onClose={onClose} title={t("person.edit")} lead={t("person.edit.text")}
      initial={Object.fromEntries(open_defs.map((def) => [def.key, formValue(def.type, held[def.key])]))} submit={(fields) => save.mutateAsync(fields)}>
      {all.map((def) => (
        <Form.Item key={def.key} name={def.key} label={label(def)} extra={def.sensitive && held[def.key] ? t("person.masked", { value: held[def.key]! }) : undefined}>
          {field(def, tr)}
        </Form.Item>
      ))}
    </FormSheet>
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
