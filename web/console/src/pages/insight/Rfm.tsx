/// How recently, how often, for how much: a grid that opens to people, eight named tiers, and who moved since last month.
import { Button, Segmented } from "antd";
import { lazy, Suspense, useMemo, useState } from "react";
import { type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { IDS_A_PAGE, usePeople } from "@/app/people";
import { useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { shade } from "@/charts/shapes";
import { useText } from "@/i18n/use";
import { AsOf } from "@/parts/AsOf";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { Loaded, Nothing } from "@/parts/States";
import { Meaning } from "@/pages/home/Meaning";
import { useNumbers } from "@/pages/home/numbers";
import { cellOf, squares, type Square } from "./grid";
import { SomeoneLink } from "./Someone";
import "./insight.css";

const Cuts = lazy(() => import("./Cuts").then((module) => ({ default: module.Cuts })));
type Rfm = ReplyOf<"/v1/insight/rfm", "get">;
type Scored = ReplyOf<"/v1/insight/rfm/people", "get">["data"][number];

export default function RfmPage() {
  const { t, tr } = useText();
  const may = useMay();
  const rfm = useGet("/v1/insight/rfm");
  const setting = useGet("/v1/insight/rfm/setting");
  const [editing, setEditing] = useState(false);
  const version = setting.data?.current.version ?? 0;
  return (
    <Page title={t("nav.rfm")} lead={t("rfm.lead")}
      actions={<>
        {rfm.data && <span className="chip plain">{tr("rfm.method.", rfm.data.method)}{version > 0 && ` · ${t("cuts.version", { version })}`}</span>}
        {may("insight.write") && setting.data && <Button onClick={() => setEditing(true)} disabled={!rfm.data?.people}>{t("cuts.open")}</Button>}
        <AsOf at={rfm.data?.as_of} refresh={() => void rfm.refetch()} />
      </>}>
      <Loaded query={rfm} lines={10}>
        {(data) => data.people === 0 ? <Card><Nothing title={t("rfm.empty")} text={t("rfm.empty.text")} /></Card> : (
          <div className="stack">
            <div className="rfm">
              <Grid rfm={data} />
              <Tiers rfm={data} />
            </div>
            <Behind rfm={data} />
            <Movement rfm={data} />
          </div>
        )}
      </Loaded>
      {rfm.data && setting.data && editing && (
        <Suspense fallback={null}>
          <Cuts open rfm={rfm.data} setting={setting.data.current} history={setting.data.history} onClose={() => setEditing(false)} />
        </Suspense>
      )}
    </Page>
  );
}

function Grid({ rfm }: { rfm: Rfm }) {
  const { t, count, moneyShort, exact } = useText();
  const [params, setParams] = useParams();
  const { r_days, f_orders } = rfm.bounds;
  // Where a score begins; the lowest one has no bound of its own.
  const from = (score: number, list: number[], key: "rfm.r.from" | "rfm.f.from") => score > 1 && list[score - 2] !== undefined ? t(key, { n: exact(list[score - 2]) }) : "";
  const chosen = cellOf(params.cell);
  const rows = squares(rfm.cells);
  const most = Math.max(...rows.flat().map((square) => square.people));
  const pick = (square: Square) => {
    const same = chosen?.r === square.r && chosen.f === square.f;
    const biggest = [...square.cells].sort((a, b) => b.people - a.people)[0]!;
    setParams({ tier: undefined, cell: same ? undefined : `${biggest.r}${biggest.f}${biggest.m}` });
  };
  return (
    <Card title={<>{t("rfm.grid")} <Meaning metric="rfm.cell" asOf={rfm.as_of} /></>} note={t("rfm.grid.text")}>
      <table className="rfm-grid">
        <thead>
          <tr><td />{[1, 2, 3, 4, 5].map((f) => <th key={f} scope="col"><abbr title={t("rfm.f")}>F{f}</abbr> <small className="num">{from(f, f_orders, "rfm.f.from")}</small></th>)}</tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row[0]!.r}>
              <th scope="row"><abbr title={t("rfm.r")}>R{row[0]!.r}</abbr> <small className="num">{from(row[0]!.r, r_days, "rfm.r.from")}</small></th>
              {row.map((square) => (
                <td key={square.f}>
                  <button type="button" className={`shade-${shade(square.people, most)}`} disabled={square.people === 0} aria-pressed={chosen?.r === square.r && chosen.f === square.f} onClick={() => pick(square)}
                    title={t("rfm.square", { r: square.r, f: square.f, people: exact(square.people), money: moneyShort(square.net_fen), days: square.mean_days })}>
                    <b className="num">{count(square.people)}</b>
                    {square.people > 0 && <small className="num">{moneyShort(square.net_fen)}</small>}
                  </button>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function Tiers({ rfm }: { rfm: Rfm }) {
  const { t, count, lang } = useText();
  const numbers = useNumbers();
  const [params, setParams] = useParams();
  const most = Math.max(...rfm.tiers.flatMap((tier) => [tier.share ?? 0, tier.net_share ?? 0]), 0.01);
  return (
    <Card title={t("rfm.tiers")} note={<span className="legend"><span><i />{t("rfm.share")}</span><span><i className="koi" />{t("rfm.net_share")}</span></span>}>
      <div className="tiers">
        {rfm.tiers.map((tier) => (
          <button key={tier.tier} type="button" aria-pressed={params.tier === tier.tier} onClick={() => setParams({ cell: undefined, tier: params.tier === tier.tier ? undefined : tier.tier })}>
            <b>{lang === "en" ? tier.en : tier.zh}</b>
            <span className="bars" aria-hidden="true">
              <i style={{ width: `${((tier.share ?? 0) / most) * 100}%` }} />
              <i style={{ width: `${((tier.net_share ?? 0) / most) * 100}%` }} />
            </span>
            <span className="num">{count(tier.people)} <span className="dim">{numbers.share(tier.share)} · {numbers.share(tier.net_share)}</span></span>
          </button>
        ))}
      </div>
    </Card>
  );
}

function Behind({ rfm }: { rfm: Rfm }) {
  const { t, lang, money, exact, day, count } = useText();
  const [params, setParams] = useParams();
  const cell = cellOf(params.cell);
  const tier = rfm.tiers.find((one) => one.tier === params.tier);
  const list = useList("/v1/insight/rfm/people", { query: { ...(cell ? { cell: params.cell } : { tier: params.tier }), limit: IDS_A_PAGE } as never }, (row) => row.person_id, { enabled: !!cell || !!tier });
  const people = usePeople(useMemo(() => list.data?.map((row) => row.person_id), [list.data]));
  if (!cell && !tier) return null;
  const inside = cell ? squares(rfm.cells).flat().find((square) => square.r === cell.r && square.f === cell.f)?.cells ?? [] : [];
  return (
    <Card flush>
      <header className="flush-head">
        <h2>{cell ? t("rfm.behind", { r: cell.r, f: cell.f }) : lang === "en" ? tier!.en : tier!.zh}</h2>
        {cell && (
          <Segmented size="small" aria-label={t("rfm.m")} value={String(cell.m)} onChange={(m) => setParams({ cell: `${cell.r}${cell.f}${m}` })}
            options={inside.map((one) => ({ value: String(one.m), label: `M${one.m} · ${count(one.people)}` }))} />
        )}
        <Button size="small" type="text" style={{ marginLeft: "auto" }} onClick={() => setParams({ cell: undefined, tier: undefined })}>{t("do.close")}</Button>
      </header>
      <Rows<Scored> label={t("rfm.people")} rowKey="person_id" list={list} empty={{ title: t("people.none") }}
        columns={[
          { title: t("people.name"), key: "who", render: (_, row) => <SomeoneLink id={row.person_id} people={people} /> },
          { title: t("people.column.phone"), key: "phone", render: (_, row) => <span className="num">{people?.get(row.person_id)?.phone || "–"}</span> },
          { title: "R · F · M", key: "rfm", render: (_, row) => <span className="num">{row.r} · {row.f} · {row.m}</span> },
          { title: t("people.column.orders"), dataIndex: "orders", align: "right", render: (n: number) => exact(n) },
          { title: t("person.net"), dataIndex: "net_fen", align: "right", render: (fen: number) => <span className="num">{money(fen)}</span> },
          { title: t("people.column.last_paid"), dataIndex: "last_at", render: (at: string) => <span className="num">{day(at)}</span> },
        ]} />
    </Card>
  );
}

function Movement({ rfm }: { rfm: Rfm }) {
  const { t, lang, exact, day } = useText();
  const name = (tier: string) => {
    const found = rfm.tiers.find((one) => one.tier === tier);
    return found ? (lang === "en" ? found.en : found.zh) : t("rfm.newcomer");
  };
  const moves = rfm.movement.filter((move) => move.from !== move.to).sort((a, b) => b.people - a.people).slice(0, 12);
  return (
    <Card flush>
      <header className="flush-head"><h2>{t("rfm.moves")}</h2><span className="dim">{t("rfm.moves.text", { day: day(rfm.compared_with) })}</span></header>
      <Rows label={t("rfm.moves")} rowKey={(move) => `${move.from}>${move.to}`} list={{ data: moves, error: null, refetch: () => {} }} empty={{ title: t("rfm.moves.none") }}
        columns={[
          { title: t("rfm.from"), dataIndex: "from", render: name },
          { title: t("rfm.to"), dataIndex: "to", render: name },
          { title: t("rfm.people"), dataIndex: "people", align: "right", render: (n: number) => <span className="num">{exact(n)}</span> },
        ]} />
    </Card>
  );
}
