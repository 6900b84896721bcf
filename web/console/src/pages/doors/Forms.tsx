/// Forms: who asked what, and how many answered.
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
import type { Form } from "./door";
import { Filter, useFilter } from "./parts";

export default function Forms() {
  const { t, exact, percent } = useText();
  const write = useMay()("form.write");
  const go = useNavigate();
  const filter = useFilter();
  const list = useList("/v1/forms", { query: filter.query }, (row) => row.id, { refetchInterval: 20_000, cursor: "cursor" });
  const create = write && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => void go({ to: "/forms/new" })}>{t("form.new")}</Button>;
  return (
    <Page title={t("nav.forms")} lead={t("form.lead")} actions={create}>
      <Filter filter={filter} label={t("form.search")} />
      <Card flush>
        <Rows<Form> label={t("nav.forms")} rowKey="id" list={list}
          empty={filter.filtered ? { title: t("form.none"), text: t("code.none.text"), action: <Button onClick={filter.clear}>{t("people.clear")}</Button> } : { title: t("form.first"), text: t("form.first.text"), action: create }}
          columns={[
            { title: t("keys.name"), key: "name", render: (_, row) => <span className="code-name"><Link to="/forms/$id" params={{ id: row.id }}>{row.spec.name}</Link><small>{[row.spec.channel, row.spec.folder].filter(Boolean).join(" · ") || row.spec.title}</small></span> },
            { title: t("link.address"), key: "url", render: (_, row) => <Copy text={row.url} shown={`/f/${row.slug}`} /> },
            { title: t("code.state"), key: "state", width: 100, render: (_, row) => <CodeState state={row.state} /> },
            { title: t("form.questions"), key: "questions", width: 80, align: "right", render: (_, row) => <span className="num">{exact(row.spec.questions.length)}</span> },
            { title: t("form.answers"), key: "answers", width: 130, align: "right", render: (_, row) => <span className="num">{exact(row.counts.answers)}{row.spec.cap > 0 && <small className="dim"> / {exact(row.spec.cap)}</small>}</span> },
            { title: t("form.rate"), key: "rate", width: 100, align: "right", render: (_, row) => <span className="num">{row.counts.opened > 0 ? percent(Math.round((Math.min(row.counts.answers, row.counts.opened) / row.counts.opened) * 10_000)) : "–"}</span> },
          ]} />
      </Card>
    </Page>
  );
}
