import { App, Button, Dropdown, Form, Input, Switch } from "antd";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { tidy, type Params } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { columnsParam, toColumns, toFilter, toParams, type Column } from "./filters";

type View = ReplyOf<"/v1/people/views", "get">["data"][number];

/// The address a saved view stands for.
export function paramsOf(view: Pick<View, "filter" | "columns" | "sort">): Params {
  return {
    ...toParams(view.filter as Record<string, unknown>),
    columns: columnsParam(toColumns(view.columns as string[])),
    sort: view.sort === "created" ? undefined : view.sort,
  };
}

const same = (a: Params, b: Params) => JSON.stringify(Object.entries(tidy(a)).sort()) === JSON.stringify(Object.entries(tidy(b)).sort());

/// Saved views above the list: pick one, save what is on screen as one, take one away.
export function Views({ params, columns, sort, onPick }: { params: Params; columns: Column[]; sort: string; onPick: (next: Params) => void }) {
  const { t } = useText();
  const { modal } = App.useApp();
  const may = useMay();
  const list = useGet("/v1/people/views");
  const [saving, setSaving] = useState(false);
  const touches = ["/v1/people/views"] as const;
  const save = useAct((fields: { name: string; shared?: boolean }) =>
    api.post("/v1/people/views", { body: { name: fields.name, shared: !!fields.shared, filter: toFilter(params), columns, sort } as never }), { touches: [...touches], quiet: true });
  const drop = useAct((view: View) => api.delete("/v1/people/views/{view}", { path: { view: view.id }, version: view.ver }), { touches: [...touches] });
  const now: Params = { ...toParams(toFilter(params)), columns: columnsParam(columns), sort: sort === "created" ? undefined : sort };
  const everybody = Object.keys(tidy(now)).length === 0;
  const views = list.data?.data ?? [];
  const current = views.find((view) => same(paramsOf(view), now));

  return (
    <>
      <div className="views" role="group" aria-label={t("views.all")}>
        <button type="button" aria-pressed={everybody} onClick={() => onPick({ ...toParams({}), columns: undefined, sort: undefined })}>{t("views.everybody")}</button>
        {views.map((view) => (
          <button key={view.id} type="button" aria-pressed={current?.id === view.id} onClick={() => onPick(paramsOf(view))}>{view.name}</button>
        ))}
        {may("view.write") && !everybody && !current && (
          <Button type="text" size="small" icon={<Icon name="plus" size={14} />} onClick={() => setSaving(true)}>{t("views.save")}</Button>
        )}
        {may("view.write") && current && current.mine && (
          <Dropdown trigger={["click"]} menu={{ items: [{ key: "drop", label: t("views.drop"), danger: true }],
            onClick: () => modal.confirm({ title: t("views.drop.ask", { name: current.name }), okButtonProps: { danger: true }, onOk: () => drop.mutateAsync(current).catch(() => {}) }) }}>
            <Button type="text" size="small" aria-label={t("members.more", { name: current.name })} aria-haspopup="menu" icon={<Icon name="more" size={16} />} />
          </Dropdown>
        )}
      </div>
      <FormSheet<{ name: string; shared?: boolean }> open={saving} onClose={() => setSaving(false)} title={t("views.save")} submit={(fields) => save.mutateAsync(fields)}>
        <Form.Item name="name" label={t("views.name")} rules={[{ required: true, message: t("form.required") }]}><Input maxLength={40} autoFocus /></Form.Item>
        <Form.Item name="shared" label={t("views.shared")} valuePropName="checked"><Switch /></Form.Item>
      </FormSheet>
    </>
  );
}
