/// How recently, how often and for how much people do any one thing, in equal groups.
import { InputNumber } from "antd";
import { useMemo } from "react";
import type { ReplyOf } from "@shared/client";
import { useParams, type Params } from "@/app/search";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { Nothing } from "@/parts/States";
import { Explorer, Sheet } from "./Answer";
import { complaint, useAsk, useBehind, useClock } from "./ask";
import { Behind } from "./Behind";
import { DaysField, EventWhere, Field } from "./fields";
import { ScoreGrid } from "./ScoreGrid";
import { squareOf } from "./scores";
import { tilesOf, USUAL, type TilesSpec } from "./specs";

type Answer = ReplyOf<"/v1/queries/rfm", "post">;
const TILES = 5;

export default function Scores() {
  const { t } = useText();
  const [params, setParams] = useParams();
  const clock = useClock();
  const spec = useMemo(() => tilesOf(params, clock), [params, clock]);
  const asked = useAsk("/v1/queries/rfm", spec);
  const ask = (change: Params) => setParams({ ...change, cell: undefined }, true);
  return (
    <Explorer<Answer> kind="rfm" spec={spec} onAsk={ask} title={t("nav.scores")} lead={t("scores.lead")} asked={asked}
      question={
        <div className="ask">
          <Field label={t("activity.event")} wide>{(id) => <EventWhere id={id} label={t("activity.event")} value={spec.event} error={complaint(asked.error, "/event")} onChange={(event) => ask({ event })} />}</Field>
          <Field label={t("explore.days")} error={complaint(asked.error, "/from")}>{(id) => <DaysField id={id} params={params} usual={USUAL.rfmDays} onChange={ask} />}</Field>
          <Field label={t("scores.tiles")} error={complaint(asked.error, "/tiles")}>
            {(id) => <InputNumber id={id} key={params.tiles} min={2} max={10} precision={0} defaultValue={spec.tiles ?? TILES} style={{ width: "100%" }} onStep={(next) => ask({ tiles: String(next) })} onPressEnter={(event) => ask({ tiles: event.currentTarget.value })} onBlur={(event) => event.currentTarget.value !== String(spec.tiles ?? TILES) && ask({ tiles: event.currentTarget.value })} />}
          </Field>
        </div>
      }>
      {(answer) => answer.people === 0 ? <Card><Nothing title={t("activity.empty")} text={t("explore.empty.text")} /></Card> : <Found answer={answer} spec={spec} />}
    </Explorer>
  );
}

function Found({ answer, spec }: { answer: Answer; spec: TilesSpec }) {
  const { t, exact } = useText();
  const [params, setParams] = useParams();
  const picked = squareOf(params.cell, answer.tiles);
  const list = useBehind("/v1/queries/rfm", spec, picked && { ...picked, m: 0 });
  const csv = () => [["R", "F", "M", t("scores.people"), t("scores.money")], ...answer.cells.map((cell) => [cell.r, cell.f, cell.m, cell.people, cell.fen / 100])];
  return (
    <>
      <Sheet title={t("scores.grid")} note={t("scores.grid.text", { count: exact(answer.people) })} file="rfm" rows={csv}>
        <div className="heat-room"><ScoreGrid answer={answer} chosen={picked} onPick={(r, f) => setParams({ cell: picked?.r === r && picked.f === f ? undefined : `${r}-${f}` })} /></div>
      </Sheet>
      {picked && <Behind title={t("scores.behind", picked)} list={list} onClose={() => setParams({ cell: undefined })} />}
    </>
  );
}
