import { Link } from "@tanstack/react-router";
import { Button } from "antd";
import { type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useGet } from "@/app/queries";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { Loaded } from "@/parts/States";
import { amountText } from "./amounts";

type Entry = ReplyOf<"/v1/ledger/accounts/{account}/entries", "get">["data"][number];

/// One account, and what moved it: the newest first, each with the account on the other side.
export function Entries({ id, onOther }: { id: string; onOther: (id: string) => void }) {
  const { t, tr, exact, money, dateTime } = useText();
  const account = useGet("/v1/ledger/accounts/{account}", { path: { account: id } });
  const list = useList("/v1/ledger/accounts/{account}/entries", { path: { account: id }, query: { limit: 50 } }, (row) => `${row.kind} ${row.key}`);
  const unit = account.data?.unit ?? "";
  const say = (amount: number, signed = false) => amountText(unit, amount, { money, exact }, signed);
  return (
    <Loaded query={account}>
      {(found) => (
        <div className="stack">
          <p><code>{found.code}</code> <span className="chip plain">{tr("ledger.unit.", found.unit)}</span></p>
          <dl className="figures">
            <div><dt>{t("ledger.available")}</dt><dd>{say(found.available)}</dd></div>
            <div><dt>{t("ledger.posted")}</dt><dd>{say(found.posted)}</dd></div>
            <div><dt>{t("ledger.out")}</dt><dd>{say(found.pending_out)}</dd></div>
            <div><dt>{t("ledger.in")}</dt><dd>{say(found.pending_in)}</dd></div>
          </dl>
          <Card flush>
            <Rows<Entry> label={t("ledger.entries")} rowKey={(row) => `${row.kind} ${row.key}`} list={list} empty={{ title: t("ledger.still"), text: t("ledger.still.text") }}
              columns={[
                { title: t("events.at"), dataIndex: "at", render: (at: string) => <span className="num">{dateTime(at)}</span> },
                { title: t("ledger.move"), key: "kind", render: (_, row) => tr("ledger.move.", row.kind) },
                { title: t("ledger.amount"), key: "amount", align: "right", render: (_, row) => <span className={`num ${row.amount > 0 ? "takes" : "gives"}`}>{say(row.amount, true)}</span> },
                { title: t("ledger.why"), key: "why", render: (_, row) => (<>{tr("ledger.reason.", row.reason)} {row.ref && <Ref text={row.ref} />}</>) },
                { title: t("ledger.other"), key: "other", render: (_, row) => <Button type="link" size="small" style={{ padding: 0 }} onClick={() => onOther(row.other_account_id)}><code>{row.other_code}</code></Button> },
              ]} />
          </Card>
        </div>
      )}
    </Loaded>
  );
}

/// What caused a move; a person is a way to the person.
function Ref({ text }: { text: string }) {
  return text.startsWith("cus_") ? <Link to="/customers/$id" params={{ id: text }}><code>…{text.slice(-6)}</code></Link> : <code className="dim">{text}</code>;
}
