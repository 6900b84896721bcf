/// Where stores are and when they are open: what a store code finds the nearest by.
import { App, Button, Form, Input, InputNumber } from "antd";
import { useState } from "react";
import { api } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { HoursField } from "./HoursField";
import { pieces, type Hours } from "./spec";
import "./codes.css";

interface Line { unit: string; name: string; lat?: number; lng?: number; hours: Hours[]; address: string; phone: string; known: boolean }
type Fields = Pick<Line, "lat" | "lng" | "address" | "phone" | "hours">;

export default function Places() {
  const { t, exact } = useText();
  const { modal } = App.useApp();
  const may = useMay()("code.write");
  const [shown, setShown] = useState<Line>();
  const units = useList("/v1/units", { query: { limit: 200 } }, (row) => row.id);
  const places = useList("/v1/store-places", { query: { limit: 200 } }, (row) => row.unit, { cursor: "cursor" });
  if (units.more && !units.fetchingMore) units.fetchMore();
  if (places.more && !places.fetchingMore) places.fetchMore();
  const known = new Map((places.data ?? []).map((place) => [place.unit, place]));
  const stores: Line[] | undefined = units.data && places.data && units.data.filter((unit) => unit.kind === "store").map((unit) => {
    const place = known.get(unit.id);
    return { unit: unit.id, name: unit.name, lat: place?.lat, lng: place?.lng, hours: (place?.hours ?? []) as Hours[], address: place?.address ?? "", phone: place?.phone ?? "", known: !!place };
  });
  const put = useAct(({ unit, ...body }: Fields & { unit: string }) => api.put("/v1/store-places/{unit}", { path: { unit }, body: body as never }), { touches: ["/v1/store-places"], quiet: true });
  const drop = useAct((unit: string) => api.delete("/v1/store-places/{unit}", { path: { unit } }), { touches: ["/v1/store-places"] });
  const weekly = (hours: Hours[]) => Math.round(pieces(hours).reduce((sum, [from, to]) => sum + to - from, 0) / 60);
  const required = [{ required: true, message: t("form.required") }];
  return (
    <Page title={t("code.places")} lead={t("code.places.lead")}>
      <Card flush>
        <Rows<Line> label={t("code.places")} rowKey="unit" list={{ data: stores, error: units.error ?? places.error, refetch: () => void Promise.all([units.refetch(), places.refetch()]) }} empty={{ title: t("code.places.none"), text: t("code.places.none.text") }}
          columns={[
            { title: t("code.places.store"), key: "name", render: (_, row) => <span className="code-name"><b>{row.name}</b><small>{row.address || row.phone || "–"}</small></span> },
            { title: t("code.places.at"), key: "at", render: (_, row) => row.known ? <span className="num">{row.lat!.toFixed(4)}, {row.lng!.toFixed(4)}</span> : <span className="chip gold">{t("code.places.missing")}</span> },
            { title: t("code.places.hours"), key: "hours", render: (_, row) => row.hours.length === 0 ? t("code.hours.always") : t("code.hours.sum", { hours: exact(weekly(row.hours)) }) },
            ...(may ? [{ title: t("do.edit"), key: "do", align: "right" as const, render: (_: unknown, row: Line) => (
              <span className="row nowrap"><Button size="small" onClick={() => setShown(row)}>{t("do.edit")}</Button>
                {row.known && <Button size="small" type="text" danger onClick={() => modal.confirm({ title: t("code.places.drop", { name: row.name }), okText: t("do.delete"), okButtonProps: { danger: true }, onOk: () => drop.mutateAsync(row.unit).catch(() => {}) })}>{t("do.delete")}</Button>}</span>) }] : []),
          ]} />
      </Card>
      <FormSheet<Fields> open={!!shown} onClose={() => setShown(undefined)} title={shown?.name ?? ""} lead={t("code.places.sheet")} initial={shown} submit={(values) => put.mutateAsync({ ...values, hours: values.hours ?? [], unit: shown!.unit })}>
        <Form.Item name="lat" label={t("code.places.lat")} rules={required}><InputNumber min={-90} max={90} step={0.0001} style={{ width: "100%" }} /></Form.Item>
        <Form.Item name="lng" label={t("code.places.lng")} rules={required}><InputNumber min={-180} max={180} step={0.0001} style={{ width: "100%" }} /></Form.Item>
        <Form.Item name="address" label={t("code.places.address")}><Input maxLength={200} /></Form.Item>
        <Form.Item name="phone" label={t("code.fallback.phone")}><Input maxLength={30} /></Form.Item>
        <Form.Item name="hours" label={t("code.places.hours")}><HoursInput label={t("code.places.hours")} /></Form.Item>
      </FormSheet>
    </Page>
  );
}

/// What a form holds, in the designer's field.
function HoursInput({ value = [], onChange = () => {}, label }: { value?: Hours[]; onChange?: (hours: Hours[]) => void; label: string }) {
  return <HoursField label={label} value={value} onChange={onChange} />;
}
