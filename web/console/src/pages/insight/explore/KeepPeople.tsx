/// The people of an answer as a segment: by a rule that says the same, or as the list of who they are now.
import { Button, Form, Input, Radio } from "antd";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { api } from "@shared/client";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import type { useBehind } from "./ask";

interface Fields { name: string; way: "rule" | "list" }
const PEOPLE_MAX = 50_000, IDS_AT_ONCE = 1_000;

export function KeepPeople({ title, list, rule }: { title: string; list: ReturnType<typeof useBehind>; rule?: string }) {
  const { t, exact } = useText();
  const may = useMay();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [kept, setKept] = useState<{ id: string; name: string }>();
  useEffect(() => setKept(undefined), [title]);
  const total = list.total ?? 0;
  if (!may("segment.write") || total === 0) return null;
  const tooMany = total > PEOPLE_MAX;

  const create = async (name: string, text: string) => (await api.post("/v1/segments", { body: { name, mode: "asked", description: title.slice(0, 500), text } as never })).data;
  const fromList = async (name: string) => {
    const ids = await list.everybody(PEOPLE_MAX);
    const made = (await api.post("/v1/lists", { body: { name } as never })).data;
    try {
      for (let at = 0; at < ids.length; at += IDS_AT_ONCE)
        await api.post("/v1/lists/{list}/people", { path: { list: made.id }, body: { ids: ids.slice(at, at + IDS_AT_ONCE) } as never });
      return await create(name, `in list ${JSON.stringify(name)}`);
    } catch (error) {
      // Half of it is of no use to anybody, and its name would be taken at the next try.
      await api.delete("/v1/lists/{list}", { path: { list: made.id } }).catch(() => {});
      throw error;
    }
  };
  const keep = async ({ name, way }: Fields) => {
    const segment = way === "rule" && rule ? await create(name, rule) : await fromList(name);
    await client.invalidateQueries({ queryKey: ["/v1/segments"] });
    setKept({ id: segment.id, name });
  };

  return (
    <>
      {kept
        ? <span role="status">{t("keep.done", { name: kept.name })} <Link to={`/segments/${kept.id}` as never}>{t("keep.open")}</Link></span>
        : <Button size="small" icon={<Icon name="people" size={14} />} onClick={() => setOpen(true)}>{t("keep")}</Button>}
      <FormSheet<Fields> open={open} title={t("keep")} lead={t("keep.lead", { title, count: exact(total) })} initial={{ name: title.slice(0, 60), way: rule ? "rule" : "list" }} onClose={() => setOpen(false)} submit={keep}>
        <Form.Item name="name" label={t("keep.name")} rules={[{ required: true, message: t("form.required") }]}><Input maxLength={60} autoFocus /></Form.Item>
        <Form.Item name="way" label={t("keep.way")}>
          <Radio.Group vertical options={[
            ...(rule ? [{ value: "rule", label: <>{t("keep.rule")}<code className="keep-rule">{rule}</code></> }] : []),
            { value: "list", disabled: tooMany, label: t(tooMany ? "keep.list.many" : "keep.list", { count: exact(total), most: exact(PEOPLE_MAX) }) },
          ]} />
        </Form.Item>
      </FormSheet>
    </>
  );
}
