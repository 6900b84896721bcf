/// Short links: where each leads, how often it was opened, and the sheet of a new one.
import { Button } from "antd";
import { Link as Go } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useList } from "@/app/lists";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Copy } from "@/parts/Copy";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { CodeState } from "@/pages/codes/pills";
import type { Link } from "./door";
import { Filter, useFilter } from "./parts";

const LinkSheet = lazy(() => import("./LinkSheet"));

export default function Links() {
  const { t, tr, exact } = useText();
  const write = useMay()("link.write");
  const filter = useFilter();
  const [open, setOpen] = useState(false);
  const list = useList("/v1/links", { query: filter.query }, (row) => row.id, { refetchInterval: 20_000, cursor: "cursor" });
  const create = write && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setOpen(true)}>{t("link.new")}</Button>;
  return (
    <Page title={t("nav.links")} lead={t("link.lead")} actions={create}>
      <Filter filter={filter} label={t("link.search")} />
      <Card flush>
        <Rows<Link> label={t("nav.links")} rowKey="id" list={list}
          empty={filter.filtered ? { title: t("link.none"), text: t("code.none.text"), action: <Button onClick={filter.clear}>{t("people.clear")}</Button> } : { title: t("link.first"), text: t("link.first.text"), action: create }}
          columns={[
            { title: t("keys.name"), key: "name", render: (_, row) => <span className="code-name"><Go to="/links/$id" params={{ id: row.id }}>{row.spec.name}</Go><small>{[row.spec.channel, row.spec.folder].filter(Boolean).join(" · ") || tr("link.kind.", row.spec.targets[0]?.kind)}</small></span> },
            { title: t("link.address"), key: "url", render: (_, row) => <Copy text={row.url} shown={`/s/${row.slug}`} /> },
            { title: t("code.state"), key: "state", width: 100, render: (_, row) => <CodeState state={row.state} /> },
            { title: t("link.clicks"), key: "clicks", width: 130, align: "right", render: (_, row) => <span className="num">{exact(row.counts.clicks)}{row.spec.click_cap > 0 && <small className="dim"> / {exact(row.spec.click_cap)}</small>}</span> },
            { title: t("link.bots"), key: "bots", width: 100, align: "right", render: (_, row) => <span className="num dim">{exact(row.counts.bots)}</span> },
          ]} />
      </Card>
      <Suspense fallback={null}>{open && <LinkSheet onClose={() => setOpen(false)} />}</Suspense>
    </Page>
  );
}
