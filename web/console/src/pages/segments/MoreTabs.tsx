/// The smaller tabs of a segment: another one beside it, who relies on it, what its rule was.
import { Select } from "antd";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { Loaded, Nothing } from "@/parts/States";
import { diffOf, linesOf } from "./diff";
import { useWords, type Segment } from "./door";
import { Shared } from "./Shared";

function OverlapTab({ segment }: { segment: Segment }) {
  const { t } = useText();
  const [{ other }, setParams] = useParams();
  const words = useWords();
  const others = (words.data?.segments ?? []).filter((one) => one.id !== segment.id);
  const name = others.find((one) => one.id === other)?.name;
  return (
    <Card title={t("seg.overlap")} note={t("seg.overlap.text")}>
      <Select aria-label={t("seg.overlap.with")} className="seg-pick" showSearch={{ optionFilterProp: "label" }} allowClear loading={words.isPending} placeholder={t("seg.overlap.with")} notFoundContent={t("seg.none_yet")} value={name ? other : undefined} onChange={(next) => setParams({ other: next })} options={others.map((one) => ({ value: one.id, label: one.name }))} />
      {other && name ? <Shared a={{ segment: segment.id }} b={{ segment: other }} names={[segment.name, name]} /> : <Nothing title={t("seg.overlap.pick")} />}
    </Card>
  );
}

type Use = { kind: string; id: string; name: string };
function UseTab({ segment }: { segment: Segment }) {
  const { t, tr } = useText();
  const use = useGet("/v1/segments/{segment}/use", { path: { segment: segment.id } });
  return (
    <Card flush>
      <Rows<Use> label={t("seg.tab.use")} rowKey={(row) => `${row.kind} ${row.id}`} list={{ data: use.data?.data, error: use.error, refetch: use.refetch }} empty={{ title: t("seg.use.none"), text: t("seg.use.none.text") }}
        columns={[
          { title: t("seg.use.kind"), key: "kind", width: 140, render: (_, row) => <span className="chip plain">{tr("seg.use.", row.kind)}</span> },
          { title: t("keys.name"), key: "name", render: (_, row) => row.kind === "segment" ? <Link to="/segments/$id" params={{ id: row.id }}>{row.name}</Link> : row.kind === "tag" ? <Link to="/customers" search={{ tag_any: row.id } as never}>{row.name}</Link> : row.name },
        ]} />
    </Card>
  );
}

function VersionsTab({ segment }: { segment: Segment }) {
  const { t } = useText();
  const versions = useGet("/v1/segments/{segment}/versions", { path: { segment: segment.id } });
  return <Loaded query={versions} lines={5}>{({ data }) => data.length === 0 ? <Card><Nothing title={t("seg.versions.none")} /></Card> : <Versions rows={data} />}</Loaded>;
}

interface Version { version: number; text: string; by: string; by_name: string; at: string }
/// Newest first; each against the one before it, or against any other.
function Versions({ rows }: { rows: Version[] }) {
  const { t, tr, dateTime } = useText();
  const [params, setParams] = useParams();
  const by = ({ by: who, by_name }: Version) => {
    if (by_name) return by_name;
    const [kind, n] = who.split(" ");
    if (kind === "user" && n) return t("seg.by.user", { n });
    return kind === "key" && n ? t("seg.by.key", { n }) : tr("seg.by.", who);
  };
  const sorted = useMemo(() => [...rows].sort((a, b) => b.version - a.version), [rows]);
  const shown = sorted.find((one) => String(one.version) === params.version) ?? sorted[0]!;
  const before = sorted.find((one) => String(one.version) === params.against && one !== shown) ?? sorted.find((one) => one.version < shown.version);
  const diff = useMemo(() => (before ? diffOf(linesOf(before.text), linesOf(shown.text)) : undefined), [before, shown]);
  return (
    <div className="seg-versions">
      <Card title={t("seg.tab.versions")}>
        <ol className="seg-history">
          {sorted.map((one) => (
            <li key={one.version}><button type="button" aria-pressed={one === shown} onClick={() => setParams({ version: String(one.version), against: undefined })}>
              <b>{t("seg.version", { n: one.version })}</b><span>{by(one)}</span><time className="num" dateTime={one.at}>{dateTime(one.at)}</time></button></li>
          ))}
        </ol>
      </Card>
      <Card title={t("seg.version", { n: shown.version })}
        actions={before && <Select size="small" aria-label={t("seg.version.against")} popupMatchSelectWidth={false} value={before.version} onChange={(next) => setParams({ version: String(shown.version), against: String(next) })} options={sorted.filter((one) => one !== shown).map((one) => ({ value: one.version, label: t("seg.version.vs", { n: one.version }) }))} />}>
        {diff ? (
          <pre className="seg-diff" tabIndex={0} aria-label={t("seg.version.diff")}>{diff.map((line, at) => (
            <span key={at} className={line.kind}><i aria-hidden="true">{line.kind === "new" ? "+" : line.kind === "old" ? "−" : " "}</i>{line.kind !== "same" && <span className="visually-hidden">{t(line.kind === "new" ? "seg.diff.new" : "seg.diff.old")}</span>}{line.text}{"\n"}</span>
          ))}</pre>
        ) : <pre className="seg-pack" tabIndex={0} aria-label={t("seg.text")}>{shown.text}</pre>}
      </Card>
    </div>
  );
}

export default function MoreTabs({ tab, segment }: { tab: "overlap" | "use" | "versions"; segment: Segment }) {
  if (tab === "overlap") return <OverlapTab segment={segment} />;
  return tab === "use" ? <UseTab segment={segment} /> : <VersionsTab segment={segment} />;
}
