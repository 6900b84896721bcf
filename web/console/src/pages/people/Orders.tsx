import { Button, Drawer } from "antd";
import { useState } from "react";
import { type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useStores } from "@/app/stores";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { Loaded } from "@/parts/States";

type Order = ReplyOf<"/v1/people/{person}/orders", "get">["data"][number];
const tones: Record<string, string> = { paid: "good", shipped: "good", completed: "good", refunded: "bad", cancelled: "plain", created: "gold" };

/// What the person bought, newest first; an order opens to its lines, payments and refunds.
export default function Orders({ person }: { person: string }) {
  const { t, tr, dateTime, money } = useText();
  const may = useMay();
  const [shown, setShown] = useState<string>();
  const stores = useStores();
  const list = useList("/v1/people/{person}/orders", { path: { person }, query: { limit: 10 } }, (row) => row.id, { enabled: may("order.read") });
  if (!may("order.read")) return null;
  return (
    <Card flush>
      <header className="flush-head"><h2>{t("orders.title")}</h2></header>
      <Rows<Order> label={t("orders.title")} rowKey="id" list={list} empty={{ title: t("orders.none"), text: t("orders.none.text") }}
        columns={[
          { title: t("orders.at"), dataIndex: "ordered_at", render: (at: string) => <span className="num">{dateTime(at)}</span> },
          { title: t("orders.no"), key: "no", render: (_, row) => <Button type="link" size="small" style={{ padding: 0 }} onClick={() => setShown(row.id)}>{row.order_no}</Button> },
          { title: t("members.state"), key: "status", render: (_, row) => (<span className="row" style={{ flexWrap: "nowrap" }}><span className={`chip ${tones[row.status] ?? "plain"}`}>{tr("order.status.", row.status)}</span>
            {row.first_order && <span className="chip koi">{t("orders.first")}</span>}</span>) },
          { title: t("orders.net"), key: "net", align: "right", render: (_, row) => (<span className="num">{money(row.net_fen)}{row.refunded_fen > 0 && <><br /><span className="dim">{t("person.refunded", { money: money(row.refunded_fen) })}</span></>}</span>) },
          { title: t("people.column.store"), dataIndex: "store", render: (store: string) => stores.nameOf(store) },
          { title: t("events.source"), dataIndex: "source", render: (source: string) => <span className="dim">{source}</span> },
        ]} />
      <Drawer open={!!shown} onClose={() => setShown(undefined)} title={t("orders.one")} size={520} destroyOnHidden>{shown && <OneOrder id={shown} />}</Drawer>
    </Card>
  );
}

function OneOrder({ id }: { id: string }) {
  const { t, tr, money, dateTime, exact } = useText();
  const stores = useStores();
  const query = useGet("/v1/orders/{order}", { path: { order: id } });
  return (
    <Loaded query={query}>
      {({ order, lines, payments, refunds }) => (
        <div className="stack">
          <dl className="facts">
            <dt>{t("orders.no")}</dt><dd>{order.order_no}</dd>
            <dt>{t("members.state")}</dt><dd>{tr("order.status.", order.status)}</dd>
            <dt>{t("orders.at")}</dt><dd className="num">{dateTime(order.ordered_at)}</dd>
            <dt>{t("people.column.store")}</dt><dd>{stores.nameOf(order.store)}</dd>
            <dt>{t("people.column.channel")}</dt><dd>{order.channel || "–"}</dd>
            <dt>{t("orders.total")}</dt><dd className="num">{money(order.total_fen)}</dd>
            <dt>{t("orders.net")}</dt><dd className="num">{money(order.net_fen)}</dd>
          </dl>
          <h3>{t("orders.lines")}</h3>
          <ul className="moves">
            {lines.map((line) => (
              <li key={line.line_no} className="row between"><span>{line.title || line.sku} <span className="dim">× {exact(line.quantity)}</span></span><span className="num">{money(line.amount_fen)}</span></li>
            ))}
          </ul>
          {[...payments.map((part) => ({ part, text: t("orders.payment") })), ...refunds.map((part) => ({ part, text: t("orders.refund") }))].map(({ part, text }) => (
            <p key={part.number} className="row between"><span>{text} <code className="dim">{part.number}</code></span><span className="num">{money(part.amount_fen)} · {dateTime(part.at)}</span></p>
          ))}
        </div>
      )}
    </Loaded>
  );
}
