/// One person, whole: who they are, what leads to them, what they agreed to, bought and did, and why they stand where they stand.
import { Link, useParams as usePath } from "@tanstack/react-router";
import { Button } from "antd";
import { lazy, Suspense, useEffect, useState } from "react";
import { Guarded } from "@/parts/Locked";
import { type ReplyOf } from "@shared/client";
import { useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useStores } from "@/app/stores";
import { useText } from "@/i18n/use";
import { AsOf } from "@/parts/AsOf";
import { Copy } from "@/parts/Copy";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { Monogram, StagePill } from "@/parts/people";
import { asProblem, Bones, Failure } from "@/parts/States";
import { AttributeCard } from "./AttributeCard";
import { ConsentCard } from "./ConsentCard";
import { IdentityCard } from "./IdentityCard";
import { SegmentCard } from "./SegmentCard";
import { TagCard } from "./TagCard";
import { Timeline } from "./Timeline";
import "./people.css";

const Orders = lazy(() => import("./Orders")); // with the tables, which nothing else here needs
const Talks = lazy(async () => ({ default: (await import("@/pages/archive/Talks")).Talks }));
const Erase = lazy(() => import("./Erase"));
const OwnerSheet = lazy(() => import("./OwnerSheet"));
const Reveal = lazy(() => import("./Reveal"));
export type PersonData = ReplyOf<"/v1/people/{person}", "get">;

export default function Person() {
  const { t } = useText();
  const { id } = usePath({ strict: false }) as { id: string };
  const query = useGet("/v1/people/{person}", { path: { person: id } });
  const person = query.data;
  useEffect(() => {
    document.title = `${person?.name || t("person.unnamed")} · Koipond`;
  }, [person?.name, t]);
  if (!person) {
    return (
      <>
        <h1 className="visually-hidden">{t("person.title")}</h1>
        {query.error ? <Failure problem={asProblem(query.error)} retry={() => void query.refetch()} /> : <Card><Bones lines={10} /></Card>}
      </>
    );
  }
  return <Whole key={person.id} person={person} refresh={() => void query.refetch()} />;
}

function Whole({ person, refresh }: { person: PersonData; refresh: () => void }) {
  const { t } = useText();
  const may = useMay();
  // Sheets that were never opened are undefined, and not fetched.
  const [owning, setOwning] = useState<boolean>();
  const [reveal, setReveal] = useState<string>();
  const [erasing, setErasing] = useState<boolean>();
  const name = person.name || t("person.unnamed");
  return (
    <>
      <header className="person-head">
        <Monogram name={person.name} size={56} />
        <div className="who">
          <div className="row"><h1 tabIndex={-1}>{name}</h1><StagePill stage={person.stage} />{person.erased_at && <span className="chip bad">{t("person.erased")}</span>}</div>
          <div className="row dim">
            {person.phone && <span className="num">{person.phone}</span>}
            {person.member_no && <span>{t("person.member_no", { no: person.member_no })}</span>}
            <Copy text={person.id} />
            {(person.phone || person.name) && <RevealButton onOpen={() => setReveal(person.phone ? "phone" : "name")} />}
          </div>
        </div>
        <div className="row" style={{ marginLeft: "auto" }}>
          <AsOf at={person.as_of} refresh={refresh} />
          {!person.erased_at && <EraseButton onOpen={() => setErasing(true)} />}
        </div>
      </header>
      <div className="person-grid">
        <div className="stack">
          <Figures person={person} />
          <Why person={person} />
          <TagCard person={person} />
          <SegmentCard person={person.id} />
          <AttributeCard person={person} onReveal={setReveal} />
          <Relations person={person} onOwner={may("person.write") ? () => setOwning(true) : undefined} />
          <IdentityCard person={person} />
          <ConsentCard person={person} />
        </div>
        <div className="stack">
          <Suspense fallback={<Card><Bones lines={5} /></Card>}><Orders person={person.id} /></Suspense>
          {may("archive.read") && <Card title={t("archive.title")} flush><Suspense fallback={<Bones lines={3} />}><Talks query={{}} person={person.id} /></Suspense></Card>}
          <Timeline person={person.id} />
        </div>
      </div>
      <Suspense fallback={null}>
        {owning !== undefined && <OwnerSheet open={owning} person={person} onClose={() => setOwning(false)} />}
        {erasing !== undefined && <Erase person={person} open={erasing} onClose={() => setErasing(false)} />}
        {reveal !== undefined && <Reveal person={person} field={reveal || undefined} onClose={() => setReveal("")} />}
      </Suspense>
    </>
  );
}

function RevealButton({ onOpen }: { onOpen: () => void }) {
  const { t } = useText();
  const look = { size: "small", type: "text", icon: <Icon name="eye" size={15} /> } as const;
  return (
    <Guarded permission="person.reveal" fallback={<Button {...look}>{t("reveal.open")}</Button>}>
      <Button {...look} onClick={onOpen}>{t("reveal.open")}</Button>
    </Guarded>
  );
}

function EraseButton({ onOpen }: { onOpen: () => void }) {
  const { t } = useText();
  return (
    <Guarded permission="person.erase" fallback={<Button size="small" danger>{t("erase.open")}</Button>}>
      <Button size="small" danger onClick={onOpen}>{t("erase.open")}</Button>
    </Guarded>
  );
}

function Figures({ person }: { person: PersonData }) {
  const { t, exact, money, ago, dateTime } = useText();
  const net = person.paid_fen - person.refunded_fen;
  return (
    <dl className="figures">
      <div><dt>{t("person.net")}</dt><dd>{money(net)}{person.refunded_fen > 0 && <small>{t("person.refunded", { money: money(person.refunded_fen) })}</small>}</dd></div>
      <div><dt>{t("people.column.orders")}</dt><dd>{exact(person.orders)}</dd></div>
      <div><dt>{t("people.column.last_paid")}</dt><dd title={dateTime(person.last_paid_at)}>{ago(person.last_paid_at)}</dd></div>
      <div><dt>{t("person.invited")}</dt><dd>{exact(person.invited)}</dd></div>
    </dl>
  );
}

/// Codes of moves stand before the colon: "first_order:4711".
export function reasonOf(text: string): string {
  return text.split(":")[0]!;
}

function Why({ person }: { person: PersonData }) {
  const { t, tr, day, dateTime } = useText();
  const [all, setAll] = useState(false);
  const inDays = Math.floor(person.seconds_in_stage / 86_400);
  const moves = all ? person.moves : person.moves.slice(0, 4);
  return (
    <Card title={t("why.title")}>
      <div className="stack tight">
        <p>
          <StagePill stage={person.stage} /> {t("why.since", { days: inDays })}
          {person.stage_reason && <> · {tr("why.", reasonOf(person.stage_reason))}</>}
        </p>
        {person.next_stage_at && <p className="dim">{t("why.next", { day: day(person.next_stage_at) })}</p>}
        <Path person={person} />
        {moves.length > 0 && (
          <ol className="moves">
            {moves.map((move) => (
              <li key={`${move.at}${move.to_stage}`}>
                <StagePill stage={move.from_stage} /><Icon name="arrow" size={14} /><StagePill stage={move.to_stage} />
                <span className="dim">{tr("why.", reasonOf(move.reason))} · <time dateTime={move.at} title={dateTime(move.at)}>{day(move.at)}</time></span>
              </li>
            ))}
          </ol>
        )}
        {person.moves.length > 4 && <div><Button size="small" type="text" onClick={() => setAll(!all)}>{t(all ? "do.less" : "do.all")}</Button></div>}
      </div>
    </Card>
  );
}

const path = ["acquired", "retained", "converted", "repurchased", "referred"] as const;

/// 拉新 → 留存 → 转化 → 复购 → 推荐: how far this one has come.
function Path({ person }: { person: PersonData }) {
  const { tr, day } = useText();
  return (
    <ol className="path">
      {path.map((step) => {
        const at = person[`${step}_at`];
        return <li key={step} data-reached={!!at}><b>{tr("path.", step)}</b><small>{at ? day(at) : "–"}</small></li>;
      })}
    </ol>
  );
}

/// A code that led to somebody, as a way to its page.
function Thing({ id, name }: { id: string; name: string }) {
  return <Link to={id.startsWith("gcd_") ? "/group-codes/$id" : "/codes/$id"} params={{ id }}>{name || id}</Link>;
}

function Relations({ person, onOwner }: { person: PersonData; onOwner?: () => void }) {
  const stores = useStores();
  const { t, tr, day } = useText();
  return (
    <Card title={t("relation.title")} actions={onOwner && <Button size="small" type="text" onClick={onOwner}>{t("owner.assign")}</Button>}>
      <dl className="facts">
        <dt>{t("people.column.owner")}</dt><dd>{person.owner_name || "–"}</dd>
        <dt>{t("people.column.channel")}</dt><dd>{person.channel || "–"}</dd>
        {person.first_touch && <><dt>{t("relation.first_touch")}</dt><dd><Thing id={person.first_touch} name={person.first_touch_name} /></dd></>}
        <dt>{t("people.column.store")}</dt><dd>{stores.nameOf(person.store)}</dd>
        {person.inviter_id && (<><dt>{t("relation.inviter")}</dt><dd><Link to="/customers/$id" params={{ id: person.inviter_id }}>{t("relation.inviter.see")}</Link></dd></>)}
        <dt>{t("relation.first_seen")}</dt><dd className="num">{day(person.first_seen_at)}</dd>
      </dl>
      {person.relations.length > 0 && (
        <ul className="moves" style={{ marginTop: 14 }}>
          {person.relations.map((edge) => (
            <li key={`${edge.kind}${edge.staff_id}${edge.group}`}>
              <Icon name={edge.kind === "staff" ? "user" : "people"} size={16} />
              <span>{edge.kind === "staff" ? edge.staff_name || edge.staff_id : edge.group_name || t("relation.group", { id: edge.group })}</span>
              <span className={`chip ${["active", "joined"].includes(edge.state) ? "good" : "plain"}`}>{tr("relation.state.", edge.state)}</span>
              {edge.via && <Thing id={edge.via} name={edge.via_name} />}
              <span className="dim num">{day(edge.at)}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
