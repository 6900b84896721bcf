/// Imports that are under way, wherever one is.
import { Link } from "@tanstack/react-router";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { LazyPopover } from "@/parts/LazyMenu";
import { useGet } from "./queries";
import { useMay } from "./session";
import { busy, share } from "@/pages/imports/states";

export function Tray() {
  const { t, tr, count } = useText();
  const may = useMay();
  const list = useGet("/v1/imports", { query: { limit: 20 } as never }, {
    enabled: may("import.read"),
    staleTime: 10_000,
    refetchInterval: (query) => (query.state.data?.data.some((job) => busy(job.state)) ? 2_000 : 60_000),
  });
  if (!may("import.read")) return null;
  const jobs = list.data?.data.filter((job) => busy(job.state)) ?? [];
  return (
    <LazyPopover placement="bottomRight" title={t("tray.title")} content={
      <div className="stack tight" style={{ width: 280 }}>
        {jobs.map((job) => (
          <Link key={job.id} to="/imports/$id" params={{ id: job.id }}>
            <span className="row between"><b>{job.file_name}</b><span className="dim">{tr("import.state.", job.state)}</span></span>
            <progress className="thin" max={100} value={share(job)} aria-label={job.file_name} />
            <span className="dim">{t("imports.rows", { count: count(job.rows_done) })}</span>
          </Link>
        ))}
        {jobs.length === 0 && <p className="dim">{t("tray.empty")}</p>}
        <Link to="/imports">{t("tray.all")}</Link>
      </div>
    }>
      <button type="button" className="tool" aria-label={t("tray.label", { count: jobs.length })} aria-haspopup="dialog">
        <Icon name="tray" />
        {jobs.length > 0 && <span className="dot" aria-hidden="true">{jobs.length}</span>}
      </button>
    </LazyPopover>
  );
}
