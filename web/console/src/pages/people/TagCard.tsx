import { Button, Form, Input, Popover, Select } from "antd";
import type { Dayjs } from "dayjs";
import { useState } from "react";
import { api } from "@shared/client";
import { useAct } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { DateField } from "@/parts/Dates";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { toneOf } from "@/parts/people";
import type { PersonData } from "./Person";
import { useTagNames } from "./tags";

/// What the person is tagged with; each tag says who gave it, when, why and until when.
export function TagCard({ person }: { person: PersonData }) {
  const { t, tr, dateTime } = useText();
  const may = useMay();
  const [open, setOpen] = useState(false);
  const tags = useTagNames(open);
  const touches = ["/v1/people/{person}", "/v1/people", "/v1/tags"] as const;
  const give = useAct((fields: { tags: string[]; why?: string; expires?: Dayjs }) =>
    api.post("/v1/people/{person}/tags", { path: { person: person.id }, body: { tags: fields.tags, why: fields.why || null, expires_at: fields.expires?.toISOString() ?? null } }), { touches: [...touches], quiet: true });
  const take = useAct((tag: string) => api.delete("/v1/people/{person}/tags/{tag}", { path: { person: person.id, tag } }), { touches: [...touches] });
  const held = [...new Map(person.tags.map((one) => [one.tag, person.tags.filter((other) => other.tag === one.tag)])).values()];

  return (
    <Card title={t("people.column.tags")} actions={may("tag.write") && <Button size="small" type="text" icon={<Icon name="plus" size={15} />} onClick={() => setOpen(true)}>{t("bulk.verb.add")}</Button>}>
      {held.length === 0 && <p className="dim">{t("person.no_tags")}</p>}
      <div className="tag-list">
        {held.map((said) => {
          const one = said[0]!;
          return (
            <Popover key={one.tag} trigger="click" title={one.group ? `${one.group} / ${one.name}` : one.name} content={
              <div className="definition">
                {said.map((each) => (
                  <dl key={each.source} className="facts">
                    <dt>{t("person.tag.by")}</dt><dd>{tr("tag.source.", each.source)}</dd>
                    <dt>{t("events.at")}</dt><dd className="num">{dateTime(each.at)}</dd>
                    {each.why && (<><dt>{t("person.tag.why")}</dt><dd>{each.why}</dd></>)}
                    {each.expires_at && (<><dt>{t("keys.expires")}</dt><dd className="num">{dateTime(each.expires_at)}</dd></>)}
                  </dl>
                ))}
                {may("tag.write") && <Button size="small" danger loading={take.isPending} onClick={() => take.mutate(one.tag)}>{t("bulk.verb.remove")}</Button>}
              </div>
            }>
              <button type="button" className={`chip ${toneOf(one.group || one.name, one.color)}`}>{one.name}</button>
            </Popover>
          );
        })}
      </div>
      <FormSheet<{ tags: string[]; why?: string; expires?: Dayjs }> open={open} onClose={() => setOpen(false)} title={t("bulk.verb.add")} submit={(fields) => give.mutateAsync(fields)}>
        <Form.Item name="tags" label={t("people.column.tags")} rules={[{ required: true, message: t("form.required") }]}>
          <Select mode="multiple" options={tags.options} showSearch={{ optionFilterProp: "label" }} autoFocus />
        </Form.Item>
        <Form.Item name="why" label={t("person.tag.why")}><Input maxLength={200} /></Form.Item>
        <Form.Item name="expires" label={t("keys.expires")}><DateField showTime={{ format: "HH:mm" }} /></Form.Item>
      </FormSheet>
    </Card>
  );
}
