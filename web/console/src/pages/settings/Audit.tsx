/// Everything that was changed, revealed or exported, in a chain that shows when a link is missing.
import { Button, Input, Select } from "antd";
import { useState } from "react";
import { api, Problem, type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { detailPairs } from "@/parts/pairs";
import { Rows } from "@/parts/Rows";
import { asProblem, Failure } from "@/parts/States";
import { Copy } from "@/parts/Copy";
import "./settings.css";

type Line = ReplyOf<"/v1/audit", "get">["data"][number];
type Verdict = ReplyOf<"/v1/audit/verify", "get">;

export default function Audit() {
  const { t, tr, lang, dateTime } = useText();
  const may = useMay();
  const [search, setSearch] = useParams();
  const list = useList("/v1/audit", { query: { action: search.action, subject: search.subject, limit: 100 } }, (row) => row.seq);
  const permissions = useGet("/v1/permissions");
  const nouns = [...new Set((permissions.data?.data ?? []).map((line) => line.permission.split(".")[0]!))];
  const says = (action: string) => {
    const line = permissions.data?.data.find((found) => found.permission === action);
    return line ? (lang === "en" ? line.en : line.zh) : tr("audit.action.", action);
  };

  return (
    <Page title={t("nav.audit")} lead={t("audit.lead")} actions={may("audit.verify") && <Verify />}>
      <div className="stack">
        <div className="row">
          <Select allowClear placeholder={t("audit.action")} aria-label={t("audit.action")} style={{ minWidth: 170 }} value={search.action}
            onChange={(action) => setSearch({ action })} options={nouns.map((noun) => ({ value: `${noun}.`, label: tr("permission.", noun) }))} />
          <Input.Search allowClear placeholder={t("audit.subject")} aria-label={t("audit.subject")} style={{ width: 280 }} defaultValue={search.subject}
            onSearch={(subject) => setSearch({ subject: subject.trim() || undefined })} />
        </div>
        <Card flush>
          <Rows<Line> label={t("nav.audit")} rowKey="seq" list={list} empty={{ title: t("audit.empty"), text: t("audit.empty.text") }}
            columns={[
              { title: "#", dataIndex: "seq", align: "right", render: (seq: number) => <span className="dim num">{seq}</span> },
              { title: t("events.at"), dataIndex: "at", render: (at: string) => <span className="num">{dateTime(at)}</span> },
              { title: t("audit.who"), key: "who", render: (_, row) => (<>{row.author_name || tr("audit.kind.", row.author_kind)} <span className="dim">{tr("audit.kind.", row.author_kind)}</span></>) },
              { title: t("audit.what"), dataIndex: "action", render: (action: string) => (<>{says(action)} <code className="dim">{action}</code></>) },
              { title: t("audit.subject.short"), dataIndex: "subject", render: (subject: string) => subject ? <code>{subject}</code> : "–" },
              { title: t("audit.detail"), dataIndex: "detail", render: (detail: unknown) => (
                <span className="row">{detailPairs(detail).map(([key, value]) => <span key={key} className="chip plain" title={value}>{key} {value.slice(0, 40)}</span>)}</span>) },
              { title: t("state.request"), dataIndex: "request_id", render: (id: string) => id && <Copy text={id} shown={`…${id.slice(-6)}`} /> },
            ]} />
        </Card>
      </div>
    </Page>
  );
}

function Verify() {
  const { t, exact } = useText();
  const [busy, setBusy] = useState(false);
  const [verdict, setVerdict] = useState<Verdict>();
  const [problem, setProblem] = useState<Problem>();
  const run = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      setVerdict((await api.get("/v1/audit/verify")).data);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <div aria-live="polite">
        {problem && <Failure problem={problem} retry={() => void run()} />}
        {verdict && (
          <span className={verdict.intact ? "chip good" : "chip bad"} role="status">
            <Icon name={verdict.intact ? "check" : "alert"} size={14} />
            {verdict.intact ? t("audit.intact", { rows: exact(verdict.rows) }) : t("audit.broken", { seq: verdict.first_bad })}
          </span>
        )}
      </div>
      <Button type="primary" loading={busy} onClick={() => void run()}>{t("audit.verify")}</Button>
    </>
  );
}
