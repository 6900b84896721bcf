/// Landing pages: what is live, how often it was seen.
import { Button } from "antd";
import { Link, useNavigate } from "@tanstack/react-router";
import { useList } from "@/app/lists";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Copy } from "@/parts/Copy";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { CodeState } from "@/pages/codes/pills";
import type { Landing } from "./door";
import { Filter, useFilter } from "./parts";

export default function Pages() {
  const { t, exact } = useText();
  const write = useMay()("page.write");
  const go = useNavigate();
  const filter = useFilter();
  const list = useList("/v1/pages", { query: filter.query }, (row) => row.id, { refetchInterval: 20_000, cursor: "cursor" });
  const create = write && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => void go({ to: "/pages/new" })}>{t("page.new")}</Button>;
  return (
    <Page title={t("nav.pages")} lead={t("page.lead")} actions={create}>
      <Filter filter={filter} label={t("page.search")} />
      <Card flush>
        <Rows<Landing> label={t("nav.pages")} rowKey="id" list={list}
          empty={filter.filtered ? { title: t("page.none"), text: t("code.none.text"), action: <Button onClick={filter.clear}>{t("people.clear")}</Button> } : { title: t("page.first"), text: t("page.first.text"), action: create }}
          columns={[
            { title: t("keys.name"), key: "name", render: (_, row) => <span className="code-name"><Link to="/pages/$id" params={{ id: row.id }}>{row.spec.name}</Link><small>{[row.spec.channel, row.spec.folder].filter(Boolean).join(" · ") || row.spec.title}</small></span> },
            { title: t("link.address"), key: "url", render: (_, row) => <Copy text={row.url} shown={`/h5/p/${row.slug}`} /> },
            { title: t("code.state"), key: "state", width: 150, render: (_, row) => <span className="row nowrap"><CodeState state={row.state} />{row.live_ver === 0 && <span className="chip gold">{t("page.draft")}</span>}{row.live_ver > 0 && row.live_ver < row.ver && <span className="chip plain">{t("page.newer")}</span>}</span> },
            { title: t("page.views"), key: "views", width: 100, align: "right", render: (_, row) => <span className="num">{exact(row.counts.views)}</span> },
            { title: t("door.visitors"), key: "visitors", width: 100, align: "right", render: (_, row) => <span className="num">{exact(row.counts.visitors)}</span> },
            { title: t("page.clicks"), key: "clicks", width: 100, align: "right", render: (_, row) => <span className="num">{exact(row.counts.clicks)}</span> },
          ]} />
      </Card>
    </Page>
  );
}
