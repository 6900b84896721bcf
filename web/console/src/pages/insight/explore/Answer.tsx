/// What every explorer has: its question above, then the answer with when it was true, and files of both.
import { Button } from "antd";
import { lazy, Suspense, useRef, type ReactNode } from "react";
import type { EChartsCoreOption } from "echarts/core";
import type { Pressed } from "@/charts/EChart";
import { useText } from "@/i18n/use";
import { AsOf } from "@/parts/AsOf";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Bones, Loaded } from "@/parts/States";
import { useParams, type Params } from "@/app/search";
import type { useAsk } from "./ask";
import { saveCsv, savePng, saveXlsx, type CsvCell } from "./export";
import { useKinds } from "./kinds";
import { SaveChart } from "./SaveChart";
import type { AnySpec, ChartKind } from "./saved";
import { WhoField } from "./Who";
import "../insight.css";
import "./explore.css";

const EChart = lazy(() => import("@/charts/EChart"));
const FlowChart = lazy(() => import("@/charts/FlowChart"));

type Asked<T> = Pick<ReturnType<typeof useAsk>, "error" | "refetch" | "isPending" | "isPlaceholderData"> & { data: T | undefined };

interface Basis { as_of: string; events: number; people: number; unseen: string[] }

export function Explorer<T extends { basis: Basis }>({ kind, spec, title, lead, question, asked, onAsk, children }: {
  kind: ChartKind; spec: AnySpec; title: string; lead: string; question: ReactNode; asked: Asked<T>; onAsk: (change: Params) => void; children: (answer: T) => ReactNode;
}) {
  const { t, exact } = useText();
  const [params] = useParams();
  const basis = asked.error ? undefined : asked.data?.basis;
  return (
    <Page title={title} lead={lead} actions={<>{basis && <AsOf at={basis.as_of} refresh={() => void asked.refetch()} />}<SaveChart kind={kind} spec={spec} /></>}>
      <div className="stack">
        <Card label={t("explore.question")}>
          <div className="stack">
            {question}
            <div className="ask"><WhoField params={params} error={asked.error} onChange={onAsk} /></div>
          </div>
        </Card>
        {basis && basis.unseen.length > 0 && <Unseen kinds={basis.unseen} />}
        <div className="stack answer" aria-busy={asked.isPlaceholderData}>
          <Loaded query={asked as never} lines={10}>{(answer: T) => children(answer)}</Loaded>
        </div>
        {basis && <p className="dim basis">{t(params.segment || params.among ? "explore.basis.who" : "explore.basis", { events: exact(basis.events), people: exact(basis.people) })}</p>}
      </div>
    </Page>
  );
}

/// An empty answer may be no answer to a question, but one about something that never happens.
function Unseen({ kinds }: { kinds: string[] }) {
  const { t } = useText();
  const { nameOf } = useKinds();
  return <p className="unseen" role="status"><Icon name="info" size={16} />{t("explore.unseen", { events: kinds.map(nameOf).join(t("explore.unseen.and")) })}</p>;
}

/// A chart in its card; what it says stands in a table too.
export function Picture({ title, note, label, file, option, height, flow, actions, onPress }: {
  title: ReactNode; note?: ReactNode; label: string; file: string; option: EChartsCoreOption; height?: number; flow?: boolean; actions?: ReactNode; onPress?: (what: Pressed) => void;
}) {
  const { t } = useText();
  const picture = useRef<(() => string) | null>(null);
  const Chart = flow ? FlowChart : EChart;
  const save = () => { if (picture.current) savePng(file, picture.current()); };
  const chart = <Suspense fallback={<Bones lines={6} />}><Chart option={option} label={label} height={height} onPress={onPress} picture={picture} /></Suspense>;
  return (
    <Card title={title} note={note} actions={<>{actions}<Button size="small" icon={<Icon name="download" size={14} />} onClick={save} aria-label={t("explore.png.of", { name: label })}>PNG</Button></>}>
      {flow ? <div className="scroller flow" tabIndex={0} role="region" aria-label={label}>{chart}</div> : chart}
    </Card>
  );
}

/// A table in its card, and the same as a file.
export function Sheet({ title, note, name, file, rows, children }: { title: string; note?: string; name?: string; file: string; rows: () => CsvCell[][]; children: ReactNode }) {
  const { t } = useText();
  return (
    <Card flush>
      <header className="flush-head">
        <h2>{title}</h2>
        {note && <span className="dim">{note}</span>}
        <span className="row" style={{ marginLeft: "auto" }}>
          <Button size="small" icon={<Icon name="download" size={14} />} onClick={() => saveCsv(file, rows())} aria-label={t("explore.csv.of", { name: name ?? title })}>CSV</Button>
          <Button size="small" icon={<Icon name="download" size={14} />} onClick={() => void saveXlsx(file, title, rows())} aria-label={t("explore.xlsx.of", { name: name ?? title })}>XLSX</Button>
        </span>
      </header>
      {children}
    </Card>
  );
}

/// A number that opens to its people.
export function Opens({ text, label, chosen, onOpen }: { text: ReactNode; label: string; chosen: boolean; onOpen: () => void }) {
  return <button type="button" className="opens num" aria-pressed={chosen} aria-label={label} onClick={onOpen}>{text}</button>;
}
