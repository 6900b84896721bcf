import { Button, Form, Input, Radio } from "antd";
import { useState } from "react";
import { api } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { Loaded } from "@/parts/States";
import type { PersonData } from "./Person";

const channels = ["wecom", "sms", "phone", "mp", "mail"];
const purposes = ["marketing", "service", "analytics"];
interface Fields { channel: string; purpose: string; granted: boolean; evidence?: string; notice_version?: string }

/// What the person agreed to and took back, by channel and purpose; the last word counts, nothing is erased.
export function ConsentCard({ person }: { person: PersonData }) {
  const { t, tr, day, dateTime } = useText();
  const may = useMay();
  const [open, setOpen] = useState(false);
  const [past, setPast] = useState(false);
  const history = useGet("/v1/people/{person}/consent", { path: { person: person.id } }, { enabled: past });
  const record = useAct((fields: Fields) =>
    api.post("/v1/people/{person}/consent", { path: { person: person.id }, body: { ...fields, evidence: fields.evidence || null, notice_version: fields.notice_version || null } }),
  { touches: ["/v1/people/{person}", "/v1/people/{person}/consent"], quiet: true });

  return (
    <Card title={t("consent.title")} actions={may("consent.write") && <Button size="small" type="text" icon={<Icon name="plus" size={15} />} onClick={() => setOpen(true)}>{t("consent.record")}</Button>}>
      {person.consent.length === 0 && <p className="dim">{t("consent.none")}</p>}
      <ul className="moves">
        {person.consent.map((one) => (
          <li key={`${one.channel}${one.purpose}`}>
            <span className={`chip ${one.granted ? "good" : "bad"}`}><Icon name={one.granted ? "check" : "close"} size={13} />{t(one.granted ? "consent.granted" : "consent.withdrawn")}</span>
            <span>{tr("consent.channel.", one.channel)} · {tr("consent.purpose.", one.purpose)}</span>
            <span className="dim num" title={one.evidence}>{day(one.at)}</span>
          </li>
        ))}
      </ul>
      {may("consent.read") && <Button size="small" type="text" style={{ marginTop: 8 }} aria-expanded={past} onClick={() => setPast(!past)}>{t("consent.past")}</Button>}
      {past && (
        <Loaded query={history} lines={3}>
          {(found) => (
            <ul className="moves dim">
              {found.past.map((one, index) => (
                <li key={index}>{dateTime(one.at)} {t(one.granted ? "consent.granted" : "consent.withdrawn")} {tr("consent.channel.", one.channel)} · {tr("consent.purpose.", one.purpose)} {one.evidence}</li>
              ))}
            </ul>
          )}
        </Loaded>
      )}
      <FormSheet<Fields> open={open} onClose={() => setOpen(false)} title={t("consent.record")} lead={t("consent.text")}
        initial={{ channel: "wecom", purpose: "marketing", granted: true }} submit={(fields) => record.mutateAsync(fields)}>
        <Form.Item name="granted" label={t("consent.what")}><Radio.Group options={[{ value: true, label: t("consent.granted") }, { value: false, label: t("consent.withdrawn") }]} /></Form.Item>
        <Form.Item name="channel" label={t("consent.channel")}><Radio.Group options={channels.map((value) => ({ value, label: tr("consent.channel.", value) }))} /></Form.Item>
        <Form.Item name="purpose" label={t("consent.purpose")}><Radio.Group options={purposes.map((value) => ({ value, label: tr("consent.purpose.", value) }))} /></Form.Item>
        <Form.Item name="evidence" label={t("consent.evidence")} extra={t("consent.evidence.text")}><Input maxLength={200} /></Form.Item>
        <Form.Item name="notice_version" label={t("consent.notice")}><Input maxLength={40} /></Form.Item>
      </FormSheet>
    </Card>
  );
}
