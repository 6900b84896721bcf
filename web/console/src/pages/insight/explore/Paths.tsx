/// What people do after (or before) something: a flow, the routes most taken, and who took them.
import { InputNumber, Segmented, Select } from "antd";
import { useMemo } from "react";
import { useParams, type Params } from "@/app/search";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { Nothing } from "@/parts/States";
import { useNumbers } from "@/pages/home/numbers";
import { Explorer, Opens, Picture, Sheet } from "./Answer";
import { complaint, useAsk, useBehind, useClock } from "./ask";
import { Behind } from "./Behind";
import { DaysField, EventWhere, Field, LengthField, Toggle } from "./fields";
import type { Node } from "./flow";
import { useKinds } from "./kinds";
import { usePathsPicture, type PathsAnswer as Answer } from "./pictures";
import { pathsOf, USUAL, type PathsSpec } from "./specs";
import { listOf, listParams, splitStep } from "./steps";

type Route = Answer["top"][number];
const DEPTH = 4;

export default function Paths() {
  const { t, tr } = useText();
  const [params, setParams] = useParams();
  const clock = useClock();
  const spec = useMemo(() => pathsOf(params, clock), [params, clock]);
  const asked = useAsk("/v1/queries/paths", spec);
  const ask = (change: Params) => setParams({ ...change, ...listParams("via", []) }, true);
  return (
    <Explorer<Answer> kind="paths" spec={spec} onAsk={ask} title={t("nav.paths")} lead={t("paths.lead")} asked={asked}
      question={
        <div className="ask">
          <Field label={t("paths.anchor")} wide>{(id) => <EventWhere id={id} label={t("paths.anchor")} value={spec.anchor} error={complaint(asked.error, "/anchor")} onChange={(anchor) => ask({ anchor })} />}</Field>
          <Field label={t("paths.direction")}>{() => <Segmented aria-label={t("paths.direction")} value={spec.direction ?? "after"} onChange={(value) => ask({ direction: value === "after" ? undefined : value })} options={["after", "before"].map((value) => ({ value, label: tr("paths.direction.", value) }))} />}</Field>
          <Field label={t("paths.window")} error={complaint(asked.error, "/window")}>{(id) => <LengthField id={id} label={t("paths.window")} value={spec.window} onChange={(window) => ask({ window })} />}</Field>
          <Field label={t("paths.depth")} error={complaint(asked.error, "/depth")}>
            {(id) => <InputNumber id={id} key={params.depth} min={1} max={6} precision={0} defaultValue={spec.depth ?? DEPTH} style={{ width: "100%" }} onStep={(next) => ask({ depth: String(next) })} onPressEnter={(event) => ask({ depth: event.currentTarget.value })} />}
          </Field>
          <Field label={t("explore.days")} error={complaint(asked.error, "/from")}>{(id) => <DaysField id={id} params={params} usual={USUAL.days} onChange={ask} />}</Field>
          <Field label={t("paths.only")} error={complaint(asked.error, "/events")}>{(id) => <Several id={id} label={t("paths.only")} placeholder={t("paths.only.none")} value={listOf(params, "only")} onChange={(list) => ask(listParams("only", list))} />}</Field>
          <Field label={t("paths.but")} error={complaint(asked.error, "/but")}>{(id) => <Several id={id} label={t("paths.but")} placeholder={t("paths.but.none")} value={listOf(params, "but")} onChange={(list) => ask(listParams("but", list))} />}</Field>
          <Field label={t("paths.counts")} wide>
            {() => <div className="ask-toggles"><Toggle label={t("paths.every")} checked={!!spec.every} onChange={(on) => ask({ every: on ? "1" : undefined })} /><Toggle label={t("paths.repeats")} checked={!!spec.repeats} onChange={(on) => ask({ repeats: on ? "1" : undefined })} /></div>}
          </Field>
        </div>
      }>
      {(answer) => answer.anchors === 0 ? <Card><Nothing title={t("paths.empty")} text={t("explore.empty.text")} /></Card> : <Found answer={answer} spec={spec} />}
    </Explorer>
  );
}

function Several({ id, label, value, placeholder, onChange }: { id: string; label: string; value: string[]; placeholder: string; onChange: (list: string[]) => void }) {
  const { kinds, nameOf } = useKinds();
  return <Select id={id} mode={kinds ? "multiple" : "tags"} aria-label={label} value={value} placeholder={placeholder} style={{ width: "100%" }} maxTagCount="responsive" showSearch={{ optionFilterProp: "label" }} onChange={onChange}
    options={(kinds ?? []).map((kind) => ({ value: kind.name, label: nameOf(kind.name) }))} />;
}

function Found({ answer, spec }: { answer: Answer; spec: PathsSpec }) {
  const { t } = useText();
  const { nameOf } = useKinds();
  const [params, setParams] = useParams();
  const via = listOf(params, "via");
  const list = useBehind("/v1/queries/paths", spec, via.length ? { steps: via } : undefined);
  const open = (steps: string[]) => setParams(listParams("via", steps.join() === via.join() ? [] : steps));
  return (
    <>
      <Flow answer={answer} spec={spec} onOpen={open} />
      <Routes answer={answer} back={spec.direction === "before"} anchor={splitStep(spec.anchor).event} chosen={via.join()} onOpen={open} />
      {via.length > 0 && <Behind title={t("paths.behind", { route: via.map(nameOf).join(" → ") })} list={list} onClose={() => setParams(listParams("via", []))} />}
    </>
  );
}

function Flow({ answer, spec, onOpen }: { answer: Answer; spec: PathsSpec; onOpen: (steps: string[]) => void }) {
  const { t } = useText();
  const { option, height, empty } = usePathsPicture(answer, spec);
  if (empty) return null;
  return (
    <Picture flow title={t("paths.flow")} note={t("paths.flow.text")} label={t("paths.flow")} file="paths" option={option} height={height}
      onPress={({ dataType, data }) => {
        const node = data as Node;
        if (dataType === "node" && node.level === 1 && node.event) onOpen([node.event]);
      }} />
  );
}

function Routes({ answer, back, anchor, chosen, onOpen }: { answer: Answer; back: boolean; anchor: string; chosen: string; onOpen: (steps: string[]) => void }) {
  const { t, exact } = useText();
  const { nameOf } = useKinds();
  const numbers = useNumbers();
  const inOrder = (route: Route) => (back ? [...route.steps].reverse().concat(anchor) : [anchor, ...route.steps]);
  const say = (route: Route) => inOrder(route).map(nameOf).join(" → ");
  const rest = answer.routes - answer.top.length;
  const csv = () => [[t("paths.route"), t("paths.times"), t("paths.share")], ...answer.top.map((route) => [inOrder(route).join(" > "), route.times, route.share]), ...(rest > 0 ? [[t("paths.rest", { count: rest }), answer.other_times, answer.other_times / answer.anchors]] : [])];
  return (
    <Sheet title={t("paths.routes")} note={t("paths.routes.text", { anchors: exact(answer.anchors), routes: exact(answer.routes) })} file="paths" rows={csv}>
      <div className="tall"><Rows<Route> label={t("paths.routes")} rowKey={(route) => route.steps.join() || "-"} list={{ data: answer.top, error: null, refetch: () => {} }} empty={{ title: t("paths.empty") }}
        columns={[
          { title: t("paths.route"), key: "route", render: (_, route) => route.steps.length === 0 ? <span className="dim">{t("paths.nothing")}</span> : (
            <RouteChips steps={inOrder(route)} anchorAt={back ? route.steps.length : 0} />) },
          { title: t("paths.times"), key: "times", align: "right", render: (_, route) => route.steps.length === 0 ? <span className="num">{exact(route.times)}</span>
            : <Opens text={exact(route.times)} chosen={chosen === route.steps.join()} label={t("paths.open", { route: say(route), count: exact(route.times) })} onOpen={() => onOpen(route.steps)} /> },
          { title: t("paths.share"), key: "share", align: "right", render: (_, route) => <span className="num">{numbers.share(route.share)}</span> },
        ]} /></div>
      {rest > 0 && <p className="dim paths-rest">{t("paths.rest", { count: exact(rest) })} · {exact(answer.other_times)} · {numbers.share(answer.other_times / answer.anchors)}</p>}
    </Sheet>
  );
}

/// Events in the order in which they came, the anchor in colour.
function RouteChips({ steps, anchorAt }: { steps: string[]; anchorAt: number }) {
  const { nameOf } = useKinds();
  return (
    <span className="route">
      {steps.map((step, at) => <span key={at}>{at > 0 && <Icon name="arrow" size={13} />}<span className={at === anchorAt ? "chip" : "chip plain"}>{nameOf(step)}</span></span>)}
    </span>
  );
}
