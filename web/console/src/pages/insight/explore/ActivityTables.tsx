/// The figures of an activity: by part, by period, and how they spread.
import { useParams } from "@/app/search";
import { useText } from "@/i18n/use";
import { Rows } from "@/parts/Rows";
import { useNumbers } from "@/pages/home/numbers";
import { Opens, Sheet } from "./Answer";
import { against } from "./averages";
import { SHOWN_PARTS, useSums, type ActivityAnswer as Answer } from "./pictures";
import type { ActivitySpec } from "./specs";
import { useValueNames } from "./values";

type Part = Answer["parts"][number];

export function ActivityTables({ answer, spec, onOpen }: { answer: Answer; spec: ActivitySpec; onOpen: (start: string, value: string) => void }) {
  return (
    <>
      <Parts answer={answer} spec={spec} />
      {spec.spread && <Spread answer={answer} spec={spec} />}
      <Points answer={answer} spec={spec} onOpen={onOpen} />
    </>
  );
}

function Parts({ answer, spec }: { answer: Answer; spec: ActivitySpec }) {
  const { t, exact, lang } = useText();
  const numbers = useNumbers();
  const valueOf = useValueNames(spec.by);
  const sums = useSums(spec);
  const earlier = (part: Part) => answer.before.find((one) => one.value === part.value)?.events;
  const signed = (share: number | null) => (share === null ? "–" : `${share > 0 ? "+" : ""}${numbers.share(share)}`);
  const decimal = (value: number | null) => (value === null ? "–" : value.toLocaleString(lang, { maximumFractionDigits: 2 }));
  const heads = [t("activity.part"), t("activity.measure.events"), t("activity.measure.people"), t("activity.per_person"), t("activity.measure.sum"), t("activity.average")];
  const csv = () => [
    [...heads, ...(spec.compare ? [t("activity.before"), t("activity.change")] : [])],
    ...answer.parts.map((part) => [spec.by ? valueOf(part.value) : t("activity.all"), part.events, part.people, part.per_person, part.sum, part.average, ...(spec.compare ? [earlier(part) ?? 0, against(part.events, earlier(part))] : [])]),
  ];
  return (
    <Sheet title={t("activity.table")} note={answer.more_parts ? t("explore.more_parts", { count: exact(answer.more_parts) }) : undefined} file="activity" rows={csv}>
      <Rows<Part> label={t("activity.table")} rowKey="value" list={{ data: answer.parts, error: null, refetch: () => {} }} empty={{ title: t("activity.empty") }}
        columns={[
          { title: heads[0], key: "value", render: (_, part) => (spec.by ? valueOf(part.value) : t("activity.all")) },
          { title: heads[1], key: "events", align: "right", render: (_, part) => <span className="num">{exact(part.events)}</span> },
          { title: heads[2], key: "people", align: "right", render: (_, part) => <span className="num">{exact(part.people)}</span> },
          { title: heads[3], key: "per", align: "right", render: (_, part) => <span className="num">{decimal(part.per_person)}</span> },
          { title: heads[4], key: "sum", align: "right", render: (_, part) => <span className="num">{part.valued ? sums.say(part.sum) : "–"}</span> },
          { title: heads[5], key: "average", align: "right", render: (_, part) => <span className="num">{sums.say(part.average)}</span> },
          ...(spec.compare ? [
            { title: t("activity.before"), key: "before", align: "right" as const, render: (_: unknown, part: Part) => <span className="num">{exact(earlier(part) ?? 0)}</span> },
            { title: t("activity.change"), key: "change", align: "right" as const, render: (_: unknown, part: Part) => <span className="num">{signed(against(part.events, earlier(part)))}</span> },
          ] : []),
        ]} />
    </Sheet>
  );
}

/// A row a period; each number opens to its people.
function Points({ answer, spec, onOpen }: { answer: Answer; spec: ActivitySpec; onOpen: (start: string, value: string) => void }) {
  const { t, tr, exact } = useText();
  const [params] = useParams();
  const valueOf = useValueNames(spec.by);
  const sums = useSums(spec);
  const measure = params.show === "people" || params.show === "sum" ? params.show : "events";
  const parts = answer.parts.slice(0, SHOWN_PARTS);
  const say = (value: number) => (measure === "sum" ? sums.say(value) : exact(value));
  const nameOf = (part: Part) => (spec.by ? valueOf(part.value) : tr("activity.measure.", measure));
  const starts = (parts[0]?.points ?? []).map((one, at) => ({ start: one.start, at })).reverse();
  const csv = () => [
    [t("activity.period"), ...answer.parts.map(nameOf)],
    ...starts.map(({ start, at }) => [start, ...answer.parts.map((part) => part.points[at]?.[measure] ?? 0)]),
  ];
  return (
    <Sheet title={t("activity.points")} note={tr("activity.measure.", measure)} file="activity-periods" rows={csv}>
      <div className="tall">
        <Rows label={t("activity.points")} rowKey="start" list={{ data: starts, error: null, refetch: () => {} }} empty={{ title: t("activity.empty") }}
          columns={[
            { title: t("activity.period"), dataIndex: "start", render: (start: string) => <span className="num">{start}</span> },
            ...parts.map((part, index) => ({ title: nameOf(part), key: `part-${index}`, align: "right" as const, render: (_: unknown, { start, at }: { start: string; at: number }) => {
              const value = part.points[at]?.[measure] ?? 0;
              if (!part.points[at]?.events) return <span className="dim num">0</span>;
              return <Opens text={say(value)} chosen={params.point === start && (!spec.by || params.part === (part.value || "-"))} label={t("activity.open", { start, part: nameOf(part), value: say(value) })} onOpen={() => onOpen(start, part.value)} />;
            } })),
          ]} />
      </div>
    </Sheet>
  );
}

function Spread({ answer, spec }: { answer: Answer; spec: ActivitySpec }) {
  const { t } = useText();
  const numbers = useNumbers();
  const valueOf = useValueNames(spec.by);
  const sums = useSums(spec);
  const parts = answer.parts.filter((part) => part.percentiles.length > 0);
  const shares = parts[0]?.percentiles.map((one) => one.share) ?? [];
  const csv = () => [[t("activity.part"), ...shares.map((share) => `P${Math.round(share * 100)}`)], ...parts.map((part) => [spec.by ? valueOf(part.value) : t("activity.all"), ...part.percentiles.map((one) => one.value)])];
  return (
    <Sheet title={t("activity.spread")} note={t("activity.spread.text")} file="activity-spread" rows={csv}>
      <Rows<Part> label={t("activity.spread")} rowKey="value" list={{ data: parts, error: null, refetch: () => {} }} empty={{ title: t("activity.spread.none") }}
        columns={[
          { title: t("activity.part"), key: "value", render: (_, part) => (spec.by ? valueOf(part.value) : t("activity.all")) },
          ...shares.map((share, at) => ({ title: numbers.share(share), key: String(share), align: "right" as const, render: (_: unknown, part: Part) => <span className="num">{sums.say(part.percentiles[at]?.value)}</span> })),
        ]} />
    </Sheet>
  );
}
