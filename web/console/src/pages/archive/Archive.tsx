/// 会话检索: which conversations took place, by guide, day and kind of message; words are looked for inside one of them.
import { Select } from "antd";
import dayjs from "dayjs";
import { useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useText } from "@/i18n/use";
import { DateField } from "@/parts/Dates";
import { Card, Page } from "@/parts/Page";
import { KindSelect, Talks } from "./Talks";
import "./archive.css";

export default function Archive() {
  const { t } = useText();
  const [params, setParams] = useParams();
  const staff = useGet("/v1/staff", { query: { limit: 200 } as never });
  const from = params.day ? new Date(`${params.day}T00:00:00`) : undefined;
  const until = from && new Date(from.getFullYear(), from.getMonth(), from.getDate() + 1);
  const query: Record<string, string> = {};
  if (params.staff) query.staff = params.staff;
  if (params.kind) query.kind = params.kind;
  if (from && until) Object.assign(query, { from: from.toISOString(), until: until.toISOString() });
  return (
    <Page title={t("nav.archive")} lead={t("archive.lead")}>
      <div className="archive-filters">
        <Select allowClear showSearch optionFilterProp="label" value={params.staff} onChange={(value?: string) => setParams({ staff: value })} placeholder={t("archive.staff")} aria-label={t("archive.staff")} style={{ minWidth: 170 }}
          options={staff.data?.data.map((one) => ({ value: one.id, label: one.name }))} />
        <DateField style={{ width: 170 }} value={params.day ? dayjs(params.day) : null} onChange={(_, text) => setParams({ day: (Array.isArray(text) ? text[0] : text) || undefined })} aria-label={t("archive.day")} placeholder={t("archive.day")} />
        <KindSelect value={params.kind} onChange={(value) => setParams({ kind: value })} />
      </div>
      <Card flush><Talks query={query} /></Card>
    </Page>
  );
}
