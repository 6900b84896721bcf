import { AutoComplete, Button, Drawer, Form, Input, InputNumber, Select } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useEffect, type ReactNode } from "react";
import { useList } from "@/app/lists";
import { useGet } from "@/app/queries";
import type { Params } from "@/app/search";
import { useMay } from "@/app/session";
import { useStores } from "@/app/stores";
import { useText } from "@/i18n/use";
import { DateRangeField } from "@/parts/Dates";
import { useKeptSegments } from "./segments";
import { useTagNames } from "./tags";
import { fenOf, toFilter, toParams } from "./filters";

interface Fields {
  tag_any?: string[];
  tag_all?: string[];
  tag_none?: string[];
  owner?: string;
  store?: string;
  channel?: string;
  orders_min?: number | null;
  orders_max?: number | null;
  paid_min?: number | null;
  paid_max?: number | null;
  last_paid?: [Dayjs | null, Dayjs | null] | null;
  created?: [Dayjs | null, Dayjs | null] | null;
  attribute?: string;
  value?: string;
  segment?: string;
}

/// All filters of the list, as a form at the side; the address is the state.
export default function FilterDrawer({ open, params, onClose, onApply }: { open: boolean; params: Params; onClose: () => void; onApply: (next: Params) => void }) {
  const { t, lang } = useText();
  const [form] = Form.useForm<Fields>();
  const tags = useTagNames(open);
  const stores = useStores(open);
  const staff = useList("/v1/staff", { query: { limit: 200 } }, (row) => row.id, { enabled: open });
  const may = useMay();
  const segments = useKeptSegments(open);
  const attributes = useGet("/v1/attributes", {}, { enabled: open });

  useEffect(() => {
    if (!open) return;
    const filter = toFilter(params);
    const range = (from?: string, to?: string) => (from || to ? ([from ? dayjs(from) : null, to ? dayjs(to).subtract(1, "day") : null] as [Dayjs | null, Dayjs | null]) : null);
    form.resetFields();
    form.setFieldsValue({
      ...filter,
      paid_min: filter.paid_fen_min === undefined ? null : filter.paid_fen_min / 100,
      paid_max: filter.paid_fen_max === undefined ? null : filter.paid_fen_max / 100,
      last_paid: range(filter.last_paid_from, filter.last_paid_to),
      created: range(filter.created_from, filter.created_to),
    });
  }, [open]);

  const apply = (fields: Fields) => {
    const { paid_min, paid_max, last_paid, created, ...same } = fields;
    const from = (range: Fields["created"]) => range?.[0]?.startOf("day").toISOString();
    const to = (range: Fields["created"]) => range?.[1]?.add(1, "day").startOf("day").toISOString();
    onApply(toParams({
      ...same, q: params.q, stage: params.stage,
      paid_fen_min: fenOf(paid_min), paid_fen_max: fenOf(paid_max),
      last_paid_from: from(last_paid), last_paid_to: to(last_paid), created_from: from(created), created_to: to(created),
    }));
  };
  const tagSelect = <Select mode="multiple" options={tags.options} showSearch={{ optionFilterProp: "label" }} maxCount={20} />;
  const pair = (low: keyof Fields, high: keyof Fields, label: string, unit?: ReactNode) => (
    <Form.Item label={label}>
      <div className="row" style={{ flexWrap: "nowrap" }}>
        <Form.Item name={low} noStyle><InputNumber min={0} prefix={unit} aria-label={`${label} ${t("people.from")}`} style={{ width: "100%" }} /></Form.Item>
        <span aria-hidden="true">–</span>
        <Form.Item name={high} noStyle><InputNumber min={0} prefix={unit} aria-label={`${label} ${t("people.to")}`} style={{ width: "100%" }} /></Form.Item>
      </div>
    </Form.Item>
  );

  return (
    <Drawer open={open} onClose={onClose} title={t("people.filters")} size={420} forceRender
      footer={<div className="row"><Button type="primary" onClick={() => form.submit()}>{t("people.apply")}</Button>
        <Button onClick={() => onApply(toParams({ q: params.q }))}>{t("people.clear")}</Button></div>}>
      <Form form={form} layout="vertical" onFinish={apply}>
        {may("segment.read") && <Form.Item name="segment" label={t("people.filter.segment")}><Select allowClear showSearch={{ optionFilterProp: "label" }} options={segments} /></Form.Item>}
        <Form.Item name="tag_any" label={t("people.tag_any")}>{tagSelect}</Form.Item>
        <Form.Item name="tag_all" label={t("people.tag_all")}>{tagSelect}</Form.Item>
        <Form.Item name="tag_none" label={t("people.tag_none")}>{tagSelect}</Form.Item>
        {pair("orders_min", "orders_max", t("people.column.orders"))}
        {pair("paid_min", "paid_max", t("people.column.paid"), "¥")}
        <Form.Item name="last_paid" label={t("people.column.last_paid")}><DateRangeField allowEmpty={[true, true]} /></Form.Item>
        <Form.Item name="created" label={t("people.column.created")}><DateRangeField allowEmpty={[true, true]} /></Form.Item>
        <Form.Item name="owner" label={t("people.column.owner")}>
          <Select allowClear showSearch={{ optionFilterProp: "label" }} options={(staff.data ?? []).map((one) => ({ value: one.id, label: one.unit_name ? `${one.name} · ${one.unit_name}` : one.name }))} />
        </Form.Item>
        <Form.Item name="store" label={t("people.column.store")}><AutoComplete allowClear options={stores.options} showSearch={{ filterOption: (text, option) => !!option?.label.includes(text) }} /></Form.Item>
        <Form.Item name="channel" label={t("people.column.channel")}><Input allowClear /></Form.Item>
        <Form.Item label={t("people.attribute")}>
          <div className="row" style={{ flexWrap: "nowrap" }}>
            <Form.Item name="attribute" noStyle>
              <Select allowClear aria-label={t("people.attribute")} style={{ width: "50%" }}
                options={(attributes.data?.data ?? []).filter((def) => !def.sensitive).map((def) => ({ value: def.key, label: lang === "en" ? def.en : def.zh }))} />
            </Form.Item>
            <Form.Item name="value" noStyle><Input allowClear aria-label={t("people.attribute.value")} placeholder={t("people.attribute.value")} /></Form.Item>
          </div>
        </Form.Item>
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </Form>
    </Drawer>
  );
}
