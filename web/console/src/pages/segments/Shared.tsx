import type { ReactNode } from "react";
import { useText } from "@/i18n/use";
import { asProblem, Failure } from "@/parts/States";
import { usePut, type What } from "./door";

/// Two circles' worth of people as one bar: only here, both, only there.
export function Shared({ a, b, names, ready = true }: { a: What; b: What; names: [string, string]; ready?: boolean }) {
  const { t, exact, percent } = useText();
  const found = usePut("/v1/segments/overlap", { a, b }, ready);
  if (found.error) return <Failure problem={asProblem(found.error)} retry={() => void found.refetch()} />;
  const data = found.data;
  if (!data) return <p className="dim">{t("state.loading")}</p>;
  const all = Math.max(1, data.only_a + data.both + data.only_b);
  const part = (n: number, tone: string, label: ReactNode) => <li><i className={tone} aria-hidden="true" /><span>{label}</span><span className="num">{exact(n)}</span></li>;
  return (
    <div className="seg-overlap" data-stale={found.isPlaceholderData}>
      <div className="seg-split" aria-hidden="true"><i className="a" style={{ flexGrow: data.only_a / all }} /><i className="both" style={{ flexGrow: data.both / all }} /><i className="b" style={{ flexGrow: data.only_b / all }} /></div>
      <ul>
        {part(data.only_a, "a", t("seg.overlap.only", { name: names[0] }))}
        {part(data.both, "both", t("seg.overlap.both"))}
        {part(data.only_b, "b", t("seg.overlap.only", { name: names[1] }))}
      </ul>
      <p className="dim">{t("seg.overlap.share", { a: percent(data.a ? (data.both / data.a) * 10_000 : 0), b: percent(data.b ? (data.both / data.b) * 10_000 : 0), other: names[1] })}</p>
    </div>
  );
}
