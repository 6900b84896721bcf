/// Path × pool: which pool carries people through each step, and how far its people come.
import { Button } from "antd";
import { Link } from "@tanstack/react-router";
import { Fragment, useState } from "react";
import type { ReplyOf } from "@shared/client";
import { shade } from "@/charts/shapes";
import { useGet } from "@/app/queries";
import { useText } from "@/i18n/use";
import { AsOf } from "@/parts/AsOf";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Loaded, Nothing } from "@/parts/States";
import "./insight.css";

type Map = ReplyOf<"/v1/insight/source-map", "get">;
type Pool = Map["pools"][number];

/// The people of a square, as a rule.
export const ruleOf = (pool: string, step: string): string => (step === "everyone" ? pool : `(${pool}) and ${step}`);

export default function SourceMap() {
  const { t } = useText();
  const query = useGet("/v1/insight/source-map", { query: {} });
  return (
    <Page title={t("nav.source_map")} lead={t("map.lead")} actions={<AsOf at={query.data?.as_of} refresh={() => void query.refetch()} />}>
      <Loaded query={query} lines={8}>{(map) => (map.people === 0 ? <Card><Nothing title={t("map.none")} text={t("map.none.text")} /></Card> : <Whole map={map} />)}</Loaded>
    </Page>
  );
}

function Whole({ map }: { map: Map }) {
  const { t, tr, exact } = useText();
  const [meant, setMeant] = useState(false);
  const nobody = map.pools.filter((pool) => pool.steps[0]!.people === 0);
  return (
    <div className="stack">
      <Card title={t("map.title")} note={t("map.note")} actions={<Button size="small" aria-expanded={meant} onClick={() => setMeant(!meant)} icon={<Icon name="info" size={14} />}>{t("map.meaning")}</Button>}>
        {meant && <dl className="map-rules">{[...map.pools.map((one) => [tr("map.pool.", one.pool), one.rule]), ...map.steps.slice(1).map((one) => [tr("map.step.", one.step), one.rule])].map(([name, rule]) => <Fragment key={name}><dt>{name}</dt><dd><code>{rule}</code></dd></Fragment>)}</dl>}
        <div className="scroll-x" tabIndex={0} role="region" aria-label={t("map.title")}>
          <table className="heat source-map">
            <thead><tr><th scope="col">{t("map.pool")}</th>{map.steps.map((step) => <th key={step.step} scope="col">{tr("map.step.", step.step)}<small className="num">{exact(step.people)}</small></th>)}</tr></thead>
            <tbody>{map.pools.filter((pool) => !nobody.includes(pool)).map((pool) => <Line key={pool.pool} pool={pool} map={map} />)}</tbody>
          </table>
        </div>
        {nobody.length > 0 && <p className="dim">{t("map.empty", { pools: nobody.map((pool) => tr("map.pool.", pool.pool)).join(t("map.and")) })}</p>}
      </Card>
    </div>
  );
}

function Line({ pool, map }: { pool: Pool; map: Map }) {
  const { t, tr, exact, percent } = useText();
  return (
    <tr>
      <th scope="row">{tr("map.pool.", pool.pool)}</th>
      {pool.steps.map((cell, at) => {
        const step = map.steps[at]!;
        return (
          <td key={cell.step}>
            <Link className={`square shade-${at === 0 ? shade(cell.people, map.people) : shade(cell.rate ?? 0, 1)}`} to="/segments/new" search={{ text: ruleOf(pool.rule, step.rule) } as never} title={t("map.open", { pool: tr("map.pool.", pool.pool), step: tr("map.step.", cell.step) })}>
              <b className="num">{exact(cell.people)}</b>
              <small className="num">{at === 0 ? percent(Math.round((cell.people / map.people) * 10_000)) : cell.rate === null ? "–" : percent(Math.round(cell.rate * 10_000))}{step.main === pool.pool && <i title={t("map.main")}>{t("map.main.short")}</i>}</small>
            </Link>
          </td>
        );
      })}
    </tr>
  );
}
