/// 客户联系统计: what the platform counted of everybody's chats and new customers, over some days.
import { Button, Segmented, Select } from "antd";
import dayjs from "dayjs";
import { headersFor, problemOf, type ReplyOf } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { Spark } from "@/charts/Spark";
import { useText, type Text } from "@/i18n/use";
import { DateRangeField } from "@/parts/Dates";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { Loaded } from "@/parts/States";
import { Tabs } from "@/parts/Tabs";
import { useWho } from "../codes/staff";
import { errcodeOf, lastDays, LINES, range, reasonOf, type Line } from "./figures";
import "./contact.css";

type Report = ReplyOf<"/v1/staff-figures", "get">;
type Staff = Report["data"][number];
type Owner = Report["owners"][number];
type Day = Report["days"][number];
const SPANS = [7, 30, 90];

export default function Figures() {
  const { t } = useText();
  const who = useWho();
  const may = useMay()("figure.export");
  const [params, setParams] = useParams();
  const { from, until } = range(params.from, params.until);
  const query = { from, until, ...(params.staff && { staff: params.staff }), ...(params.unit && { unit: params.unit }) };
  const report = useGet("/v1/staff-figures", { query });
  const span = SPANS.find((days) => lastDays(days).from === from && lastDays(days).until === until);
  const take = useAct(() => table(query), {
    done: (csv) => {
      const url = URL.createObjectURL(csv);
      Object.assign(document.createElement("a"), { href: url, download: `staff-figures-${from}-${until}.csv` }).click();
      URL.revokeObjectURL(url);
    },
  });
  return (
    <Page title={t("nav.figures")} lead={t("figure.lead")}
      actions={may && <Button icon={<Icon name="download" size={15} />} loading={take.isPending} onClick={() => take.mutate(undefined)}>{t("figure.export")}</Button>}>
      <div className="contact-filters">
        <Segmented value={span ?? 0} aria-label={t("figure.days")} onChange={(days) => setParams(lastDays(Number(days)))} options={SPANS.map((days) => ({ value: days, label: t("figure.last", { days }) }))} />
        <DateRangeField allowClear={false} style={{ width: 250 }} value={[dayjs(from), dayjs(until)]} maxDate={dayjs().subtract(1, "day")} aria-label={t("figure.days")}
          onChange={(days) => days && setParams({ from: days[0]!.format("YYYY-MM-DD"), until: days[1]!.format("YYYY-MM-DD") })} />
        <Select allowClear showSearch optionFilterProp="label" value={params.unit} onChange={(unit?: string) => setParams({ unit })} placeholder={t("figure.unit")} aria-label={t("figure.unit")} style={{ minWidth: 150 }}
          options={who.units.map((one) => ({ value: one.value, label: one.label }))} />
        <Select allowClear showSearch optionFilterProp="label" value={params.staff} onChange={(staff?: string) => setParams({ staff })} placeholder={t("figure.staff")} aria-label={t("figure.staff")} style={{ minWidth: 150 }}
          options={who.people.map((one) => ({ value: one.value, label: one.place ? `${one.label} · ${one.place}` : one.label }))} />
      </div>
      <Loaded query={report} lines={10}>{(data) => (
        <div className="stack">
          <Notes report={data} />
          <Sums report={data} />
          <Tabs label={t("nav.figures")} value={params.tab ?? "staff"} onChange={(tab) => setParams({ tab: tab === "staff" ? undefined : tab })} items={[
            { key: "staff", label: t("figure.tab.staff"), children: <People rows={data.data} more={data.more} choose={(staff) => setParams({ staff, tab: "days" }, true)} /> },
            { key: "days", label: t("figure.tab.days"), children: <DayTable rows={data.days} /> },
            { key: "owners", label: t("figure.tab.owners"), children: <Owners rows={data.owners} /> },
          ]} />
        </div>
      )}</Loaded>
    </Page>
  );
}

/// What the platform would not tell, and when it is asked again.
function Notes({ report }: { report: Report }) {
  const { t, tr, ago } = useText();
  const corps = report.corps.filter((one) => one.state !== "well");
  if (report.corps.length === 0) return <p className="contact-note"><Icon name="info" size={16} />{t("figure.no_corp")}</p>;
  return (
    <>
      {corps.map((one) => (
        <p key={one.corp_id} className={`contact-note${one.state === "refused" ? " bad" : ""}`} role="status"><Icon name={one.state === "refused" ? "alert" : "info"} size={16} />
          <span><b>{one.name || one.corp_id}</b> {tr("figure.state.", one.state)}{one.state === "refused" && ` ${reasonOf(t, tr("figure.errcode.", errcodeOf(one.detail)), one.detail)}`}{one.try_at && ` ${t("figure.again", { when: ago(one.try_at) })}`}</span></p>
      ))}
      {report.refused.length > 0 && (
        <details className="contact-note">
          <summary><Icon name="alert" size={16} />{t("figure.refused", { count: report.refused.length })}</summary>
          <ul>{report.refused.map((one) => <li key={one.staff_id + one.what}><b>{one.staff_name}</b> · {tr("figure.of.", one.what)} · {reasonOf(t, tr("figure.errcode.", errcodeOf(one.detail)), one.detail)}</li>)}</ul>
        </details>
      )}
    </>
  );
}

const shown = (text: Text, line: Line, row: Report["total"]) => {
  const value = row[line.key];
  if (value === null) return "–";
  if (line.key === "reply_bps") return text.percent(value);
  return line.key === "reply_minutes" ? text.t("figure.minutes", { n: value }) : text.exact(value);
};

function Sums({ report }: { report: Report }) {
  const text = useText();
  return (
    <dl className="figures contact-sums">
      {LINES.map((line) => (
        <div key={line.key}>
          <dt title={text.tr("figure.what.", line.key)}>{text.tr("figure.line.", line.key)}</dt>
          <dd className="num">{shown(text, line, report.total)}
            <Spark values={report.days.map((one) => one.sum[line.key] ?? 0)} label={text.t("figure.trend", { what: text.tr("figure.line.", line.key) })} tone={line.tone} width={116} height={26} /></dd>
        </div>
      ))}
    </dl>
  );
}

function columns<T extends { sum: Report["total"] }>(text: Text) {
  return LINES.map((line) => ({
    title: <span title={text.tr("figure.what.", line.key)}>{text.tr("figure.line.", line.key)}</span>, key: line.key, align: "right" as const,
    sorter: (a: T, b: T) => (a.sum[line.key] ?? -1) - (b.sum[line.key] ?? -1),
    render: (_: unknown, row: T) => <span className="num">{shown(text, line, row.sum)}</span>,
  }));
}

function People({ rows, more, choose }: { rows: Staff[]; more: boolean; choose: (staff: string) => void }) {
  const text = useText();
  const { t } = text;
  return (
    <Card flush>
      <Rows<Staff> label={t("figure.tab.staff")} rowKey="staff_id" list={{ data: rows, error: null, refetch: () => {} }} empty={{ title: t("figure.none"), text: t("figure.none.text") }}
        columns={[
          { title: t("figure.staff"), key: "who", fixed: "left", render: (_, row) => <span className="contact-who"><button type="button" className="link" onClick={() => choose(row.staff_id)}>{row.staff_name}</button><small>{[row.unit_name, row.state === "left" && t("figure.left")].filter(Boolean).join(" · ")}</small></span> },
          ...columns<Staff>(text),
        ]} />
      {more && <p className="more dim">{t("figure.more")}</p>}
    </Card>
  );
}

function DayTable({ rows }: { rows: Day[] }) {
  const text = useText();
  const { t } = text;
  return (
    <Card flush>
      <Rows<Day> label={t("figure.tab.days")} rowKey="day" list={{ data: rows.toReversed(), error: null, refetch: () => {} }} empty={{ title: t("figure.none"), text: t("figure.none.text") }}
        columns={[{ title: t("figure.day"), dataIndex: "day", fixed: "left", render: (day: string) => <span className="num">{day}</span> }, ...columns<Day>(text)]} />
    </Card>
  );
}

const OWNED = ["groups_total", "new_groups", "groups_active", "members_total", "new_members", "messages"] as const;

function Owners({ rows }: { rows: Owner[] }) {
  const { t, tr, exact } = useText();
  return (
    <Card flush note={t("figure.owners.note")} title={t("figure.tab.owners")}>
      <Rows<Owner> label={t("figure.tab.owners")} rowKey="staff_id" list={{ data: rows, error: null, refetch: () => {} }} empty={{ title: t("figure.owners.none"), text: t("figure.owners.none.text") }}
        columns={[
          { title: t("figure.owner"), key: "who", fixed: "left", render: (_, row) => <span className="contact-who"><b>{row.staff_name}</b><small>{row.unit_name}</small></span> },
          ...OWNED.map((key) => ({ title: tr("figure.group.", key), key, align: "right" as const, sorter: (a: Owner, b: Owner) => a[key] - b[key], render: (_: unknown, row: Owner) => <span className="num">{exact(row[key])}</span> })),
        ]} />
    </Card>
  );
}

async function table(query: Record<string, string>): Promise<Blob> {
  const answer: Response = await fetch(`/v1/staff-figures:export?${new URLSearchParams(query)}`, { method: "POST", body: "{}", headers: { ...headersFor("POST"), "content-type": "application/json" } });
  if (!answer.ok) throw await problemOf(answer);
  return answer.blob();
}
