/// What is scarce, account by account: what each holds, what moved it, and the proof that nothing came from nowhere.
import { Button, Drawer, Input, Select } from "antd";
import { type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useText } from "@/i18n/use";
import { AsOf } from "@/parts/AsOf";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { amountText, familyOf } from "./amounts";
import { Entries } from "./Entries";
import "./ledger.css";

type Account = ReplyOf<"/v1/ledger/accounts", "get">["data"][number];
type Line = ReplyOf<"/v1/ledger/trial-balance", "get">["data"][number];

export default function Ledger() {
  const { t } = useText();
  const [params, setParams] = useParams();
  const trial = useGet("/v1/ledger/trial-balance");
  return (
    <Page title={t("nav.ledger")} lead={t("ledger.lead")} actions={<AsOf at={trial.data?.as_of} refresh={() => void trial.refetch()} />}>
      <div className="stack">
        <Card>
          <div className="ledger-rules">
            {(["double", "hold", "key"] as const).map((rule) => <Rule key={rule} rule={rule} />)}
          </div>
        </Card>
        <Trial list={{ data: trial.data?.data, error: trial.error, refetch: trial.refetch }} />
        <Accounts units={trial.data?.data.map((line) => line.unit) ?? []} />
      </div>
      <Drawer open={!!params.account} onClose={() => setParams({ account: undefined })} title={t("ledger.entries")} size={720} destroyOnHidden>
        {params.account && <Entries id={params.account} onOther={(account) => setParams({ account })} />}
      </Drawer>
    </Page>
  );
}

function Rule({ rule }: { rule: "double" | "hold" | "key" }) {
  const { tr } = useText();
  return <div><h2>{tr("ledger.rule.", rule)}</h2><p>{tr("ledger.rule.text.", rule)}</p></div>;
}

/// Per unit: what all accounts together hold must be nothing.
function Trial({ list }: { list: { data: Line[] | undefined; error: unknown; refetch: () => unknown } }) {
  const { t, tr, exact, money } = useText();
  const say = (line: Line, amount: number) => <span className="num">{amountText(line.unit, amount, { money, exact })}</span>;
  return (
    <Card flush>
      <header className="flush-head"><h2>{t("ledger.trial")}</h2><span className="dim">{t("ledger.trial.text")}</span></header>
      <Rows<Line> label={t("ledger.trial")} rowKey="unit" list={list} empty={{ title: t("ledger.empty"), text: t("ledger.empty.text") }}
        columns={[
          { title: t("ledger.unit"), dataIndex: "unit", render: (unit: string) => tr("ledger.unit.", unit) },
          { title: t("ledger.accounts"), dataIndex: "accounts", align: "right", render: (n: number) => <span className="num">{exact(n)}</span> },
          { title: t("ledger.credits"), key: "credits", align: "right", render: (_, line) => say(line, line.credits) },
          { title: t("ledger.debits"), key: "debits", align: "right", render: (_, line) => say(line, line.debits) },
          { title: t("ledger.pending"), key: "pending", align: "right", render: (_, line) => say(line, line.pending) },
          { title: t("ledger.sum"), key: "sum", align: "right", render: (_, line) => (
            <span className={line.sum === 0 ? "chip good" : "chip bad"}><Icon name={line.sum === 0 ? "check" : "alert"} size={14} />
              {line.sum === 0 ? t("ledger.balanced") : amountText(line.unit, line.sum, { money, exact }, true)}</span>) },
        ]} />
    </Card>
  );
}

function Accounts({ units }: { units: string[] }) {
  const { t, tr, exact, money } = useText();
  const [params, setParams] = useParams();
  const asked = !!params.unit || !!params.code;
  const list = useList("/v1/ledger/accounts", { query: { unit: params.unit, code: params.code, limit: 50 } }, (row) => row.id);
  const say = (row: Account, amount: number) => <span className="num">{amountText(row.unit, amount, { money, exact })}</span>;
  return (
    <Card flush>
      <header className="flush-head">
        <h2>{t("ledger.accounts")}</h2>
        <span className="row" style={{ marginLeft: "auto" }}>
          <Select allowClear placeholder={t("ledger.unit")} aria-label={t("ledger.unit")} style={{ minWidth: 150 }} value={params.unit}
            onChange={(unit) => setParams({ unit })} options={units.map((unit) => ({ value: unit, label: tr("ledger.unit.", unit) }))} />
          <Input.Search allowClear placeholder={t("ledger.code.find")} aria-label={t("ledger.code.find")} style={{ width: 240 }} key={params.code ?? ""} defaultValue={params.code}
            onSearch={(code) => setParams({ code: code.trim() || undefined })} />
        </span>
      </header>
      <Rows<Account> label={t("ledger.accounts")} rowKey="id" list={list}
        empty={asked ? { title: t("ledger.none"), text: t("ledger.none.text"), action: <Button onClick={() => setParams({ unit: undefined, code: undefined })}>{t("people.clear")}</Button> }
          : { title: t("ledger.empty"), text: t("ledger.empty.text") }}
        columns={[
          { title: t("ledger.account"), key: "code", render: (_, row) => (
            <Button type="link" size="small" style={{ padding: 0 }} onClick={() => setParams({ account: row.id })}><code>{row.code}</code></Button>) },
          { title: t("ledger.available"), key: "available", align: "right", render: (_, row) => <b>{say(row, row.available)}</b> },
          { title: t("ledger.kind"), key: "kind", render: (_, row) => <span className="row" style={{ flexWrap: "nowrap" }}><span className="chip plain">{tr("ledger.kind.", row.kind || familyOf(row.code))}</span>{row.closed && <span className="chip bad">{t("ledger.closed")}</span>}</span> },
          { title: t("ledger.unit"), dataIndex: "unit", render: (unit: string) => tr("ledger.unit.", unit) },
          { title: t("ledger.posted"), key: "posted", align: "right", render: (_, row) => say(row, row.posted) },
          { title: t("ledger.out"), key: "out", align: "right", render: (_, row) => row.pending_out ? say(row, row.pending_out) : <span className="dim">–</span> },
          { title: t("ledger.in"), key: "in", align: "right", render: (_, row) => row.pending_in ? say(row, row.pending_in) : <span className="dim">–</span> },
          { title: t("ledger.owner"), dataIndex: "owner", render: (owner: string) => owner ? <code className="dim">{owner}</code> : "–" },
        ]} />
    </Card>
  );
}
