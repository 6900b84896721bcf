/// What the pond is worth today: the triangle, growth, the stream of life stages, the path, and how fresh it all is.
import { Link } from "@tanstack/react-router";
import { Button } from "antd";
import { type ReplyOf } from "@shared/client";
import { useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { Gauge } from "@/charts/Gauge";
import { GrowthChart } from "@/charts/Growth";
import { Spark } from "@/charts/Spark";
import { Stream } from "@/charts/Stream";
import { useText } from "@/i18n/use";
import { AsOf } from "@/parts/AsOf";
import { Card, Page } from "@/parts/Page";
import { STAGES, StagePill, stageTone, toneColour } from "@/parts/people";
import { Loaded, Nothing } from "@/parts/States";
import { Change } from "./Change";
import { Meaning } from "./Meaning";
import { useNumbers } from "./numbers";
import "./home.css";

export type HomeData = ReplyOf<"/v1/insight/home", "get">;
type Figure = HomeData["triangle"]["ownership"]["connected"];

export default function Home() {
  const { t } = useText();
  const home = useGet("/v1/insight/home", {}, { staleTime: 30_000, refetchInterval: 120_000 });
  return (
    <Page title={t("home.title")} lead={t("home.lead")} actions={home.data && <AsOf at={home.data.as_of} refresh={() => void home.refetch()} />}>
      <Loaded query={home} lines={12}>
        {(data) => data.triangle.totals.people === 0 && data.triangle.totals.rows === 0 ? <FirstDay /> : <Whole data={data} />}
      </Loaded>
    </Page>
  );
}

function FirstDay() {
  const { t } = useText();
  const may = useMay();
  return (
    <Card>
      <Nothing title={t("home.empty")} text={t("home.empty.text")} action={
        <>
          {may("import.write") && <Link to="/imports" search={{ new: "1" } as never}><Button type="primary" tabIndex={-1}>{t("imports.new")}</Button></Link>}
          {may("source.read") && <Link to="/settings/sources"><Button tabIndex={-1}>{t("sources.new")}</Button></Link>}
        </>
      } />
    </Card>
  );
}

function Whole({ data }: { data: HomeData }) {
  const { t, count, moneyShort, exact, ago, dateTime } = useText();
  const { ownership, value, referral, totals } = data.triangle;
  const fresh = data.freshness;
  return (
    <div className="stack">
      <div className="triangle">
        <Side name="ownership" lead={ownership.reachable} note={t("home.ownership.of", { reach: count(ownership.reachable_connected.value), connected: count(ownership.connected.value) })} tone="var(--water)"
          measures={[ownership.connected, ownership.weekly_loss_rate, ownership.staff_gini]} sparks={data.sparks} before={data.before} />
        <Side name="value" lead={value.repurchase_90d} note={t("home.value.of", { people: count(value.active_people.value) })} tone="var(--koi)"
          measures={[value.per_active_person, value.repeat_sales_share, value.active_people]} sparks={data.sparks} before={data.before} />
        <Side name="referral" lead={referral.invited_share} note={t("home.referral.of")} tone="var(--violet)"
          measures={[referral.referrer_share, referral.k]} sparks={data.sparks} before={data.before} />
      </div>
      {Object.keys(data.before.figures).length > 0 && <p className="freshness"><span>{t("home.before", { days: data.before.days, at: dateTime(data.before.as_of) })}</span></p>}
      <div className="two">
        <GrowthCard growth={data.growth} />
        <Mix mix={ownership.source_mix} />
      </div>
      <Stages data={data} />
      <Path steps={data.path} asOf={data.as_of} />
      <Sales sales={data.sales} />
      <p className="freshness">
        <span>{t("home.people", { count: exact(totals.people) })}</span>
        <span>{t("home.orders", { count: exact(totals.orders) })}</span>
        <span>{t("home.net", { money: moneyShort(totals.net_fen) })}</span>
        <span>{t("home.last_event", { at: ago(fresh.last_event_at) })}</span>
        <span>{t("home.last_order", { at: ago(fresh.last_order_at) })}</span>
      </p>
    </div>
  );
}

function Side({ name, lead, note, tone, measures, sparks, before }: {
  name: "ownership" | "value" | "referral"; lead: Figure; note: string; tone: string; measures: Figure[]; sparks: HomeData["sparks"]; before: HomeData["before"];
}) {
  const { tr } = useText();
  const numbers = useNumbers();
  return (
    <section className="card side" aria-label={tr("home.side.", name)}>
      <header><h2>{tr("home.side.", name)}</h2><Meaning metric={lead.metric} asOf={lead.as_of} drill={lead.drill} /></header>
      <div className="dial">
        <Gauge share={lead.value} text={numbers.say(lead)} label={tr("metric.", lead.metric)} tone={tone} />
        <p>{tr("metric.", lead.metric)}<br />{note}</p>
        <Change figure={lead} before={before} />
      </div>
      <dl className="measures">
        {measures.map((figure) => (
          <div key={figure.metric}>
            <dt>{tr("metric.", figure.metric)}<Meaning metric={figure.metric} asOf={figure.as_of} drill={figure.drill} /></dt>
            <dd className="spark">{(sparks[figure.metric]?.length ?? 0) > 1 && <Spark values={sparks[figure.metric]!.map((point) => point.value)} label={tr("metric.", figure.metric)} width={64} height={24} tone={tone} />}</dd>
            <dd>{numbers.say(figure)}<Change figure={figure} before={before} /></dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function GrowthCard({ growth }: { growth: HomeData["growth"] }) {
  const { t, exact, tr } = useText();
  const sum = (key: "new_people" | "lost") => growth.periods.reduce((total, one) => total + one[key], 0);
  const label = t("home.growth.label", { fresh: exact(sum("new_people")), lost: exact(sum("lost")) });
  return (
    <Card title={t("home.growth")} note={tr("home.by.", growth.by)} actions={<Link to="/channels">{t("nav.channels")} →</Link>}>
      <p className="headline"><b className="num">+{exact(sum("new_people"))}</b><span className="dim num">{t("home.lost", { count: exact(sum("lost")) })}</span></p>
      <GrowthChart periods={growth.periods} label={label} />
    </Card>
  );
}

function Mix({ mix }: { mix: HomeData["triangle"]["ownership"]["source_mix"] }) {
  const { t, count } = useText();
  const numbers = useNumbers();
  const most = Math.max(1, ...mix.map((part) => part.people));
  return (
    <Card title={t("home.mix")} note={t("home.mix.text")}>
      {mix.length === 0 ? <p className="dim">{t("home.mix.none")}</p> : (
        <ul className="mix">
          {mix.slice(0, 7).map((part) => (
            <li key={part.channel}>
              <Link to="/customers" search={{ channel: part.channel } as never}>{part.channel || t("home.unknown")}</Link>
              <i style={{ width: `${Math.max(2, (part.people / most) * 100)}%` }} aria-hidden="true" />
              <span className="num">{count(part.people)} <span className="dim">{numbers.share(part.share)}</span></span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Stages({ data }: { data: HomeData }) {
  const { t, tr, count, exact } = useText();
  const people = STAGES.map((stage) => data.stages.find((one) => one.stage === stage)?.people ?? 0);
  const moved = (stage: string, way: "from_stage" | "to_stage") => data.stage_flow.filter((flow) => flow[way] === stage).reduce((sum, flow) => sum + flow.moves, 0);
  const label = STAGES.map((stage, index) => `${tr("stage.", stage)} ${exact(people[index])}`).join(", ");
  return (
    <Card title={t("home.stages")} note={t("home.stages.text")} actions={<Link to="/settings/stages">{t("home.stages.rules")} →</Link>}>
      <Stream values={people} tones={STAGES.map((stage) => toneColour[stageTone[stage]!]!)} label={label} />
      <div className="stages">
        {STAGES.map((stage, index) => (
          <Link key={stage} to="/customers" search={{ stage } as never}>
            <span><StagePill stage={stage} /></span>
            <b className="num" title={exact(people[index])}>{count(people[index])}</b>
            <small className="num">{t("home.moves", { in: count(moved(stage, "to_stage")), out: count(moved(stage, "from_stage")) })}</small>
          </Link>
        ))}
      </div>
    </Card>
  );
}

/// The step that keeps the smallest share: where the path leaks most.
export function worstStep(steps: { step: string; rate: number | null }[]): string | undefined {
  const rated = steps.filter((step) => step.rate !== null);
  return rated.length ? rated.reduce((worst, step) => (step.rate! < worst.rate! ? step : worst)).step : undefined;
}

function Path({ steps, asOf }: { steps: HomeData["path"]; asOf: string }) {
  const { t, tr, count, exact } = useText();
  const numbers = useNumbers();
  const worst = worstStep(steps);
  return (
    <Card title={<>{t("home.path")} <Meaning metric="path.steps" asOf={asOf} /></>} note={t("home.path.text")}>
      <ol className="steps">
        {steps.map((step) => (
          <li key={step.step}>
            {step.rate !== null && <small className={step.step === worst ? "rate worst num" : "rate num"}>{numbers.share(step.rate)}{step.step === worst && <span className="visually-hidden">{t("home.worst")}</span>}</small>}
            <span>{tr("path.", step.step)}</span>
            <b className="num" title={exact(step.people)}>{count(step.people)}</b>
            <small className="num">{step.median_days === null ? " " : t("home.median", { days: Math.round(step.median_days) })}</small>
            {step.reached > step.people && <small className="num all">{t("home.reached", { count: count(step.reached) })}</small>}
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Sales({ sales }: { sales: HomeData["sales"] }) {
  const { t, tr, moneyShort, exact } = useText();
  const net = sales.periods.reduce((sum, one) => sum + one.net_fen, 0);
  const orders = sales.periods.reduce((sum, one) => sum + one.orders, 0);
  return (
    <Card title={t("home.sales")} note={tr("home.by.", sales.by)}>
      <p className="headline"><b className="num">{moneyShort(net)}</b><span className="dim num">{t("home.orders", { count: exact(orders) })}</span></p>
      <div className="wide-spark"><Spark values={sales.periods.map((one) => one.net_fen)} label={t("home.sales")} width={1100} height={90} /></div>
    </Card>
  );
}
