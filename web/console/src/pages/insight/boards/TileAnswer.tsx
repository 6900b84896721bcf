/// A saved chart's answer as it is now, drawn as large as its tile; each tile waits and fails by itself.
import { lazy, Suspense, type ReactNode } from "react";
import type { ReplyOf } from "@shared/client";
import { useText } from "@/i18n/use";
import { Bones, Failure, asProblem } from "@/parts/States";
import { useAsk } from "../explore/ask";
import { useActivityPicture, useAttributionPicture, useFunnelPicture, usePathsPicture, useReturnsPicture, type ActivityAnswer, type AttributionAnswer, type Drawn, type FunnelAnswer, type PathsAnswer, type RetentionAnswer } from "../explore/pictures";
import { ScoreGrid } from "../explore/ScoreGrid";
import type { SavedChart } from "../explore/saved";
import type { ActivitySpec, AttributionSpec, FunnelSpec, PathsSpec, RetentionSpec, TilesSpec } from "../explore/specs";

const EChart = lazy(() => import("@/charts/EChart"));
const FlowChart = lazy(() => import("@/charts/FlowChart"));

interface Shown<S> { spec: S; look: Record<string, string>; name: string; height: number }

export function TileAnswer({ chart, height }: { chart: SavedChart; height: number }) {
  const shown = { look: chart.look as Record<string, string>, name: chart.name, height };
  const spec = chart.spec as unknown;
  switch (chart.kind) {
    case "funnel": return <FunnelTile {...shown} spec={spec as FunnelSpec} />;
    case "retention": return <RetentionTile {...shown} spec={spec as RetentionSpec} />;
    case "paths": return <PathsTile {...shown} spec={spec as PathsSpec} />;
    case "activity": return <ActivityTile {...shown} spec={spec as ActivitySpec} />;
    case "attribution": return <AttributionTile {...shown} spec={spec as AttributionSpec} />;
    default: return <ScoresTile {...shown} spec={spec as TilesSpec} />;
  }
}

/// One of: still asked, refused, nothing there, the answer.
function Answered<T>({ asked, empty, children }: { asked: { data: T | undefined; error: unknown; refetch: () => unknown }; empty: (answer: T) => boolean; children: (answer: T) => ReactNode }) {
  const { t } = useText();
  if (asked.error) return <Failure problem={asProblem(asked.error)} retry={() => void asked.refetch()} />;
  if (asked.data === undefined) return <Bones lines={4} />;
  if (empty(asked.data)) return <p className="tile-empty">{t("boards.tile.empty")}</p>;
  return <>{children(asked.data)}</>;
}

function Drawing({ drawn, name, height }: { drawn: Drawn; name: string; height: number }) {
  const Chart = drawn.flow ? FlowChart : EChart;
  return <Suspense fallback={<Bones lines={4} />}><Chart option={drawn.option} label={name} height={height} /></Suspense>;
}

function FunnelTile(props: Shown<FunnelSpec>) {
  const asked = useAsk("/v1/queries/funnel", props.spec);
  return <Answered asked={asked} empty={(answer) => !answer.parts.some((part) => part.steps[0]?.people)}>{(answer) => <FunnelDrawing answer={answer} {...props} />}</Answered>;
}
function FunnelDrawing({ answer, spec, name, height }: Shown<FunnelSpec> & { answer: FunnelAnswer }) {
  return <Drawing drawn={useFunnelPicture(answer, spec)} name={name} height={height} />;
}

function RetentionTile(props: Shown<RetentionSpec>) {
  const asked = useAsk("/v1/queries/retention", props.spec);
  return <Answered asked={asked} empty={(answer) => answer.cohorts.every((row) => row.people === 0)}>{(answer) => <RetentionDrawing answer={answer} {...props} />}</Answered>;
}
function RetentionDrawing({ answer, spec, name, height }: Shown<RetentionSpec> & { answer: RetentionAnswer }) {
  return <Drawing drawn={useReturnsPicture(answer, spec)} name={name} height={height} />;
}

function PathsTile(props: Shown<PathsSpec>) {
  const asked = useAsk("/v1/queries/paths", props.spec);
  return <Answered asked={asked} empty={(answer) => answer.links.length === 0}>{(answer) => <PathsDrawing answer={answer} {...props} />}</Answered>;
}
function PathsDrawing({ answer, spec, name, height }: Shown<PathsSpec> & { answer: PathsAnswer }) {
  return <div className="scroller flow" tabIndex={0} role="region" aria-label={name}><Drawing drawn={usePathsPicture(answer, spec)} name={name} height={height} /></div>;
}

function ActivityTile(props: Shown<ActivitySpec>) {
  const asked = useAsk("/v1/queries/activity", props.spec);
  return <Answered asked={asked} empty={(answer) => answer.parts.every((part) => part.events === 0)}>{(answer) => <ActivityDrawing answer={answer} {...props} />}</Answered>;
}
function ActivityDrawing({ answer, spec, look, name, height }: Shown<ActivitySpec> & { answer: ActivityAnswer }) {
  return <Drawing drawn={useActivityPicture(answer, spec, look)} name={name} height={height} />;
}

function AttributionTile(props: Shown<AttributionSpec>) {
  const asked = useAsk("/v1/queries/attribution", props.spec);
  return <Answered asked={asked} empty={(answer) => answer.conversions === 0}>{(answer) => <AttributionDrawing answer={answer} {...props} />}</Answered>;
}
function AttributionDrawing({ answer, spec, look, name, height }: Shown<AttributionSpec> & { answer: AttributionAnswer }) {
  return <Drawing drawn={useAttributionPicture(answer, spec, look.show === "fen")} name={name} height={height} />;
}

function ScoresTile({ spec }: Shown<TilesSpec>) {
  const asked = useAsk("/v1/queries/rfm", spec);
  return <Answered asked={asked} empty={(answer: ReplyOf<"/v1/queries/rfm", "post">) => answer.people === 0}>{(answer) => <ScoreGrid answer={answer} small />}</Answered>;
}
