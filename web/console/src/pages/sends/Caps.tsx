/// How many corp messages a customer and a group may receive; the platform's own cap is a month's days.
import { Button, Form, InputNumber } from "antd";
import { useState } from "react";
import { api } from "@shared/client";
import { queries, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";

const KINDS = ["person", "group"] as const;
const SPANS = ["day_max", "week_max", "month_max"] as const;
type Fields = Record<(typeof KINDS)[number], Record<(typeof SPANS)[number], number>>;

export default function Caps() {
  const { t, tr } = useText();
  const may = useMay();
  const [open, setOpen] = useState(false);
  const corps = useGet("/v1/channels/wecom", {}, { enabled: may("channel.write") });
  const corp = corps.data?.data[0]?.corp_id ?? "";
  const person = useGet("/v1/channels/wecom/{corp}/quotas/{kind}", { path: { corp, kind: "person" } }, { enabled: open && !!corp });
  const group = useGet("/v1/channels/wecom/{corp}/quotas/{kind}", { path: { corp, kind: "group" } }, { enabled: open && !!corp });
  if (!corp) return null;
  const ready = person.data && group.data;
  const save = async (fields: Fields) => {
    await api.put("/v1/channels/wecom/{corp}/quotas/{kind}", { path: { corp, kind: "person" }, body: fields.person, version: person.data!.ver });
    await api.put("/v1/channels/wecom/{corp}/quotas/{kind}", { path: { corp, kind: "group" }, body: fields.group, version: group.data!.ver });
    await queries.invalidateQueries({ queryKey: ["/v1/channels/wecom/{corp}/quotas/{kind}"] });
    setOpen(false);
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t("send.caps")}</Button>
      {ready && (
        <FormSheet<Fields> open={open} title={t("send.caps")} lead={t("send.caps.lead")} initial={{ person: person.data!, group: group.data! }} onClose={() => setOpen(false)} submit={save}>
          {KINDS.map((kind) => (
            <fieldset key={kind} className="send-caps">
              <legend>{tr("send.kind.", kind)}</legend>
              {SPANS.map((span) => <Form.Item key={span} name={[kind, span]} label={tr("send.caps.", span)}><InputNumber min={0} max={31} precision={0} /></Form.Item>)}
            </fieldset>
          ))}
        </FormSheet>
      )}
    </>
  );
}
