/// A landing page is put together from blocks; the phone beside shows it. Saving makes a version, publishing shows it to visitors.
import { App, Button, Collapse, Dropdown, Input, InputNumber, Select } from "antd";
import { Link, useBlocker, useNavigate, useParams as usePath } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@shared/client";
import { rangeOf } from "@/app/days";
import { useAct, useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { AsOf } from "@/parts/AsOf";
import { DateField } from "@/parts/Dates";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { asProblem, Bones, Failure, Loaded, Nothing } from "@/parts/States";
import { Tabs } from "@/parts/Tabs";
import { BLOCKS, emptyBlock, emptyPage, FIELDS, isWhole, lackOf, type BlockKind } from "./blocks";
import { changed, fromPicker, moved, PAGES, toFen, toPicker, toYuan, useDoors, useLanding, useSavePage, type Block, type Doors, type Landing, type PageSpec } from "./door";
import { PagePhone } from "./PagePhone";
import { DayBars, Figures, Head, LineTools, Rest, Span, useSpan } from "./parts";

const TABS = ["edit", "report", "versions"] as const;

export default function PageBuilder() {
  const { t } = useText();
  const { id } = usePath({ strict: false }) as { id?: string };
  const query = useLanding(id);
  const write = useMay()("page.write");
  if (!id && !write) return <Page title={t("page.new")}><Card><Nothing title={t("state.forbidden")} text={t("state.forbidden.text")} /></Card></Page>;
  if (id && !query.data) return <Page title={t("nav.pages")}>{query.error ? <Failure problem={asProblem(query.error)} retry={() => void query.refetch()} /> : <Card><Bones lines={8} /></Card>}</Page>;
  if (!query.data) return <Page title={t("page.new")} lead={t("page.builder.lead")}><Workshop initial={emptyPage()} /></Page>;
  return <Whole page={query.data} />;
}

function Whole({ page }: { page: Landing }) {
  const { t } = useText();
  const go = useNavigate();
  const write = useMay()("page.write");
  const [params, setParams] = useParams();
  const shown = TABS.find((one) => one === params.tab) ?? (write && page.state !== "deleted" ? "edit" : "report");
  const path = { page: page.id };
  const publish = useAct(() => api.post("/v1/pages/{page}:publish", { path }), { touches: [...PAGES] });
  const pause = useAct(() => api.post("/v1/pages/{page}:pause", { path }), { touches: [...PAGES] });
  const resume = useAct(() => api.post("/v1/pages/{page}:resume", { path }), { touches: [...PAGES] });
  const remove = useAct(() => api.delete("/v1/pages/{page}", { path }), { touches: [...PAGES], done: () => void go({ to: "/pages" }) });
  const live = write && page.state !== "deleted";
  return (
    <>
      <Head name={page.spec.name} state={page.state} about={[page.spec.channel, page.spec.folder, t("page.version", { ver: page.ver })].filter(Boolean).join(" · ")} url={page.url}
        tools={live && <>{page.live_ver < page.ver && <Button type="primary" loading={publish.isPending} onClick={() => publish.mutate(undefined)}>{t("page.publish")}</Button>}
          <Rest name={page.spec.name} state={page.state} pause={() => pause.mutateAsync(undefined)} resume={() => resume.mutateAsync(undefined)} remove={() => remove.mutateAsync(undefined)} /></>} />
      {page.live_ver < page.ver && <p className="code-hint"><Icon name="info" size={16} />{page.live_ver === 0 ? t("page.not_live") : t("page.live_is", { ver: page.live_ver })}</p>}
      <Tabs label={page.spec.name} value={shown} onChange={(tab) => setParams({ tab })} items={[
        ...(live ? [{ key: "edit", label: t("page.tab.edit"), children: <Workshop key={page.ver} page={page} initial={page.spec} /> }] : []),
        { key: "report", label: t("page.tab.report"), children: <Report page={page} /> },
        { key: "versions", label: t("page.tab.versions"), children: <Versions page={page} /> },
      ]} />
    </>
  );
}

function Workshop({ page, initial }: { page?: Landing; initial: PageSpec }) {
  const { t, tr } = useText();
  const { modal, message } = App.useApp();
  const go = useNavigate();
  const doors = useDoors();
  const save = useSavePage(page);
  const [spec, setSpec] = useState(initial);
  const [slug, setSlug] = useState("");
  const [at, setAt] = useState<number>();
  const [touched, setTouched] = useState(false);
  const put = (change: Partial<PageSpec>) => { setSpec((before) => ({ ...before, ...change })); setTouched(true); };
  const putBlock = (i: number, change: Partial<Block>) => put({ blocks: changed(spec.blocks, i, change) });
  useBlocker({ disabled: !touched, enableBeforeUnload: () => touched, shouldBlockFn: async ({ current, next }) => current.pathname !== next.pathname && !(await modal.confirm({ title: t("code.leave"), content: t("page.leave.text"), okText: t("code.leave.go") })) });
  const finish = async () => {
    try {
      const done = await save.mutateAsync({ spec, slug });
      setTouched(false);
      void message.success(t("page.saved", { ver: done.ver }));
      if (!page) void go({ to: "/pages/$id", params: { id: done.id }, ignoreBlocker: true });
    } catch {
      // Said where it stands.
    }
  };
  return (
    <div className="code-shop">
      <div className="stack">
        {save.error && <Failure problem={asProblem(save.error)} />}
        <Card title={t("page.basics")}>
          <div className="code-form">
            <label><span>{t("keys.name")}</span><Input value={spec.name} maxLength={60} onChange={(event) => put({ name: event.target.value })} /></label>
            <label><span>{t("page.title")}</span><Input value={spec.title} maxLength={100} onChange={(event) => put({ title: event.target.value })} /></label>
            {!page && <label><span>{t("door.slug")}</span><Input prefix="/h5/p/" value={slug} maxLength={32} placeholder={t("door.slug.hint")} onChange={(event) => setSlug(event.target.value.toLowerCase())} /></label>}
            <label><span>{t("code.channel")}</span><Input value={spec.channel} maxLength={60} onChange={(event) => put({ channel: event.target.value })} /></label>
            <label><span>{t("code.folder")}</span><Input value={spec.folder} maxLength={60} onChange={(event) => put({ folder: event.target.value })} /></label>
          </div>
          <Collapse ghost items={[{ key: "more", label: t("page.more"), children: (
            <div className="code-form">
              <label className="code-long"><span>{t("page.description")}</span><Input value={spec.description} maxLength={100} onChange={(event) => put({ description: event.target.value })} /></label>
              <label className="code-long"><span>{t("page.picture")}</span><Input value={spec.picture} placeholder="https://" onChange={(event) => put({ picture: event.target.value.trim() })} /></label>
              <label><span>{t("door.ends")}</span><DateField showTime value={toPicker(spec.ends_at)} onChange={(moment) => put({ ends_at: fromPicker(moment) })} /></label>
              <label><span>{t("page.ended_url")}</span><Input value={spec.ended_url} placeholder="https://" onChange={(event) => put({ ended_url: event.target.value.trim() })} /></label>
              <label className="code-long"><span>{t("page.ended_text")}</span><Input value={spec.ended_text} maxLength={500} onChange={(event) => put({ ended_text: event.target.value })} /></label>
            </div>) }]} />
        </Card>
        <Card title={t("page.blocks")} actions={<Add blocks={spec.blocks} onAdd={(block) => { put({ blocks: [...spec.blocks, block] }); setAt(spec.blocks.length); }} />}>
          {spec.blocks.length === 0 ? <p className="dim">{t("page.blocks.none")}</p> : (
            <ol className="door-lines">
              {spec.blocks.map((block, i) => (
                <li key={block.key} data-on={i === at}>
                  <div className="door-line">
                    <button type="button" className="door-line-name" aria-expanded={i === at} onClick={() => setAt(i === at ? undefined : i)}><b>{tr("page.block.", block.kind)}</b><small>{block.title || block.label || block.text || block.image}</small></button>
                    {lackOf(block) && <span className="chip gold">{t("page.lacks", { field: tr("page.field.", lackOf(block)) })}</span>}
                    <LineTools at={i} of={spec.blocks.length} name={tr("page.block.", block.kind)} onMove={(by) => { put({ blocks: moved(spec.blocks, i, by) }); if (at === i) setAt(i + by); }} onDrop={() => { put({ blocks: spec.blocks.filter((_, other) => other !== i) }); setAt(undefined); }} />
                  </div>
                  {i === at && <BlockFields block={block} doors={doors} put={(change) => putBlock(i, change)} />}
                </li>
              ))}
            </ol>
          )}
        </Card>
        <div className="row"><Button type="primary" loading={save.isPending} disabled={!isWhole(spec) || (!touched && !!page)} onClick={() => void finish()}>{t(page ? "page.save" : "page.create")}</Button>
          {!page && <Link to="/pages" className="ant-btn-like">{t("do.cancel")}</Link>}</div>
      </div>
      <aside className="code-side" aria-label={t("code.preview")}><PagePhone spec={spec} at={at} onPick={setAt} /></aside>
    </div>
  );
}

function Add({ blocks, onAdd }: { blocks: Block[]; onAdd: (block: Block) => void }) {
  const { t, tr } = useText();
  return (
    <Dropdown trigger={["click"]} autoFocus disabled={blocks.length >= 60} menu={{ items: BLOCKS.map((kind) => ({ key: kind, label: tr("page.block.", kind) })), onClick: ({ key }) => onAdd(emptyBlock(key as BlockKind, blocks)) }}>
      <Button aria-haspopup="menu" icon={<Icon name="plus" size={15} />}>{t("page.block.add")}</Button>
    </Dropdown>
  );
}

function BlockFields({ block, doors, put }: { block: Block; doors: Doors; put: (change: Partial<Block>) => void }) {
  const { t, tr } = useText();
  const field = (name: keyof Block) => {
    const label = tr("page.field.", name);
    if (name === "text") return <label key={name} className="code-long"><span>{label}</span><Input.TextArea value={block.text} maxLength={5000} autoSize={{ minRows: 2, maxRows: 10 }} onChange={(event) => put({ text: event.target.value })} /></label>;
    if (name === "price_fen" || name === "was_fen") return <label key={name}><span>{label}</span><InputNumber min={0} precision={2} prefix="¥" value={toYuan(block[name])} onChange={(value) => put({ [name]: toFen(value) })} /></label>;
    if (name === "until") return <label key={name}><span>{label}</span><DateField showTime value={toPicker(block.until)} onChange={(at) => put({ until: fromPicker(at) })} /></label>;
    if (name === "to") return <label key={name}><span>{label}</span><Select value={block.to || undefined} placeholder={t("door.pick")} showSearch={{ optionFilterProp: "label" }} options={doors[block.kind === "form" ? "form" : "code"]} onChange={(to: string) => put({ to })} /></label>;
    const address = name === "image" || name === "url";
    return <label key={name} className={address ? "code-long" : undefined}><span>{label}</span><Input value={block[name] as string} maxLength={address ? 2000 : name === "label" ? 20 : 100} placeholder={address ? "https://" : undefined} onChange={(event) => put({ [name]: address ? event.target.value.trim() : event.target.value })} /></label>;
  };
  return <div className="code-form door-fields">{FIELDS[block.kind].map(field)}</div>;
}

function Report({ page }: { page: Landing }) {
  const { t, tr, exact, percent } = useText();
  const span = useSpan();
  const query = useGet("/v1/pages/{page}/stats", { path: { page: page.id }, query: rangeOf(Number(span.span)) }, { refetchInterval: 20_000 });
  return (
    <>
      <div className="row between door-gap"><Span {...span} /><AsOf at={query.data?.as_of} refresh={() => void query.refetch()} /></div>
      <Loaded query={query} lines={8}>{({ total, days, blocks }) => total.views + total.bots === 0 ? <Card><Nothing title={t("page.report.none")} text={t("page.report.none.text")} /></Card> : (
        <div className="stack">
          <Figures lines={[[t("page.views"), exact(total.views)], [t("door.visitors"), exact(total.visitors)], [t("page.clicks"), exact(total.clicks)], [t("page.click_rate"), total.views ? percent(Math.round((total.clicks / total.views) * 10_000)) : "–"], [t("link.bots"), exact(total.bots)]]} />
          <div className="code-two">
            <Card title={t("door.days")}><DayBars wide={t("page.views")} inner={t("page.clicks")} days={days.map((one) => ({ day: one.day, wide: one.views, inner: one.clicks }))} /></Card>
            <Card title={t("page.by_block")}>
              <ul className="door-bars">{blocks.map((one) => {
                const block = page.spec.blocks.find((other) => other.key === one.block);
                return <li key={one.block}><span>{block ? block.label || block.title || tr("page.block.", block.kind) : one.block}</span><span className="code-funnel-bar"><i style={{ inlineSize: `${total.clicks ? (one.clicks / total.clicks) * 100 : 0}%` }} /></span><b className="num">{exact(one.clicks)}</b></li>;
              })}</ul>
            </Card>
          </div>
        </div>
      )}</Loaded>
    </>
  );
}

function Versions({ page }: { page: Landing }) {
  const { t, dateTime } = useText();
  const write = useMay()("page.write") && page.state !== "deleted";
  const path = { page: page.id };
  const query = useGet("/v1/pages/{page}/versions", { path });
  const publish = useAct((ver: number) => api.post("/v1/pages/{page}:publish", { path, query: { ver } }), { touches: [...PAGES] });
  const restore = useAct((ver: number) => api.post("/v1/pages/{page}:restore", { path, query: { ver } }), { touches: [...PAGES] });
  return (
    <Card>
      <Loaded query={query}>{({ data }) => (
        <ul className="door-lines">{data.map((one) => (
          <li key={one.ver}><div className="door-line">
            <span className="door-line-name"><b>{t("page.version", { ver: one.ver })}</b><small>{[one.by_whom, dateTime(one.at)].filter(Boolean).join(" · ")}</small></span>
            {one.live && <span className="chip good">{t("page.live")}</span>}
            <span className="row"><Button size="small" href={`/v1/pages/${page.id}/preview?ver=${one.ver}`} target="_blank" rel="noopener">{t("page.look")}</Button>
              {write && !one.live && <Button size="small" loading={publish.isPending} onClick={() => publish.mutate(one.ver)}>{t("page.publish")}</Button>}
              {write && one.ver < page.ver && <Button size="small" loading={restore.isPending} onClick={() => restore.mutate(one.ver)}>{t("page.restore")}</Button>}</span>
          </div></li>
        ))}</ul>
      )}</Loaded>
    </Card>
  );
}
