/// Everybody in the pond: found, filtered, shown in the columns one likes, tagged together.
import { Button, Dropdown, Input, Table, type TableProps } from "antd";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useStores } from "@/app/stores";
import { useText } from "@/i18n/use";
import { AsOf } from "@/parts/AsOf";
import { Icon } from "@/parts/Icon";
import { Page } from "@/parts/Page";
import { PersonLink, StagePill, STAGES, TagChip } from "@/parts/people";
import { asProblem, Bones, Failure, Nothing } from "@/parts/States";
import { useNarrow, useRoomBelow } from "@/parts/room";
import { SetFilters } from "./SetFilters";
import { shownValue } from "./values";
import { attributeKeys, COLUMNS, columnsParam, countSet, toColumns, toFilter, toggle, type Column, type FixedColumn } from "./filters";
import { PeopleCards } from "./PeopleCards";
import { Views } from "./Views";
import "./people.css";

const BulkTag = lazy(() => import("./BulkTag"));
const FilterDrawer = lazy(() => import("./FilterDrawer"));
export type PersonRow = ReplyOf<"/v1/people", "get">["data"][number];
type Attribute = ReplyOf<"/v1/attributes", "get">["data"][number];
const OWN_COLUMNS = ["name", "phone"]; // attributes the table shows anyway

export default function PeopleList() {
  const { t, tr, exact } = useText();
  const may = useMay();
  const narrow = useNarrow();
  const [params, setParams] = useParams();
  const [drawer, setDrawer] = useState<boolean>(); // undefined: never opened, and not fetched
  const [bulk, setBulk] = useState<boolean>();
  const filter = useMemo(() => toFilter(params), [params]);
  // People somebody picked elsewhere, by their ids: the server takes those with no filter beside them.
  const picked = useMemo(() => params.ids?.split(",").slice(0, 100), [params.ids]);
  const defs = useGet("/v1/attributes", {}, { staleTime: 60_000, enabled: may("attribute.read") });
  const attributes = (defs.data?.data ?? []).filter((def) => !OWN_COLUMNS.includes(def.key));
  // A column of an attribute that was archived since would be refused: it falls out.
  const columns = toColumns(params.columns).filter((column) => !column.startsWith("a.") || attributes.some((def) => `a.${def.key}` === column));
  const waiting = attributeKeys(toColumns(params.columns)).length > 0 && defs.isPending && may("attribute.read");
  const sort = (["paid", "last_paid"].includes(params.sort ?? "") ? params.sort : "created") as "created";
  const list = useList("/v1/people", { query: { ...(picked ? { ids: picked } : { ...filter, sort }), columns: attributeKeys(columns), limit: 100 } as never }, (row) => row.id, { enabled: !waiting });
  const total = useGet("/v1/people/count", { query: filter as never }, { enabled: !picked });
  const set = countSet(params);
  const counted = !picked && total.data && (total.data.count > total.data.cap ? t("people.more_than", { count: exact(total.data.cap) }) : t("people.count", { count: exact(total.data.count) }));

  return (
    <Page title={t("nav.people")} lead={counted ?? " "}
      actions={
        <>
          {may("tag.write") && <Button icon={<Icon name="tag" size={16} />} disabled={!list.data?.length || !!picked} onClick={() => setBulk(true)}>{t("people.bulk")}</Button>}
          {!narrow && <ColumnPicker columns={columns} attributes={attributes} onChange={(next) => setParams({ columns: columnsParam(next) })} />}
        </>
      }>
      {picked ? (
        <div className="set-filters" role="group" aria-label={t("people.filters")}>
          <button type="button" onClick={() => setParams({ ids: undefined })}>
            <span>{t("people.picked", { count: exact(picked.length) })}</span>
            <Icon name="close" size={13} />
            <span className="visually-hidden">{t("people.drop")}</span>
          </button>
        </div>
      ) : (
        <>
          <Views params={params} columns={columns} sort={sort} onPick={setParams} />
          <div className="people-bar">
            <Input.Search className="find" allowClear enterButton={false} placeholder={t("people.search")} aria-label={t("people.search")}
              key={params.q ?? ""} defaultValue={params.q} onSearch={(q) => setParams({ q: q.trim() || undefined })} />
            <div className="stage-filter" role="group" aria-label={t("people.stage")}>
              {STAGES.map((stage) => (
                <button key={stage} type="button" aria-pressed={!!filter.stage?.includes(stage)} onClick={() => setParams({ stage: toggle(params.stage, stage) })}>
                  {tr("stage.", stage)}
                </button>
              ))}
            </div>
            <Button icon={<Icon name="filter" size={15} />} onClick={() => setDrawer(true)}>{set ? t("people.filters.n", { count: set }) : t("people.filters")}</Button>
          </div>
          <SetFilters params={params} onChange={setParams} />
        </>
      )}
      {list.data === undefined ? (
        list.error ? <Failure problem={asProblem(list.error)} retry={() => void list.refetch()} /> : <div className="card"><Bones lines={9} /></div>
      ) : list.data.length === 0 ? (
        <div className="card">
          {set || params.q
            ? <Nothing title={t("people.none")} text={t("people.none.text")} action={<Button onClick={() => setParams({ ...Object.fromEntries(Object.keys(params).map((key) => [key, undefined])) })}>{t("people.clear")}</Button>} />
            : <FirstPeople />}
        </div>
      ) : narrow ? (
        <PeopleCards rows={list.data} more={list.more} onMore={list.fetchMore} busy={list.fetchingMore} />
      ) : (
        <PeopleTable rows={list.data} columns={columns} attributes={attributes} onMore={list.fetchMore} sort={sort} onSort={(next) => setParams({ sort: next === "created" ? undefined : next })} />
      )}
      {list.data && list.data.length > 0 && (
        <div className="foot-note">
          <span>{list.more ? t("people.shown", { count: exact(list.data.length) }) : t("people.all_shown", { count: exact(list.data.length) })}</span>
          <AsOf at={list.asOf} refresh={() => void list.refetch()} />
        </div>
      )}
      <Suspense fallback={null}>
      {drawer !== undefined && <FilterDrawer open={drawer} params={params} onClose={() => setDrawer(false)} onApply={(next) => { setParams(next, true); setDrawer(false); }} />}
      {bulk !== undefined && <BulkTag open={bulk} filter={filter} onClose={() => setBulk(false)} />}
      </Suspense>
    </Page>
  );
}

function FirstPeople() {
  const { t } = useText();
  const may = useMay();
  const go = useNavigate();
  return <Nothing title={t("people.empty")} text={t("people.empty.text")}
    action={may("import.write") && <Button type="primary" onClick={() => void go({ to: "/imports" })}>{t("imports.new")}</Button>} />;
}

function ColumnPicker({ columns, attributes, onChange }: { columns: Column[]; attributes: Attribute[]; onChange: (columns: Column[]) => void }) {
  const { t, tr, lang } = useText();
  const fixed = COLUMNS.map((key) => ({ key: key as string, label: tr("people.column.", key) }));
  const own = attributes.map((def) => ({ key: `a.${def.key}`, label: lang === "en" ? def.en : def.zh }));
  return (
    <Dropdown trigger={["click"]} menu={{
      multiple: true, selectable: true, selectedKeys: columns, style: { maxHeight: "70vh", overflowY: "auto" },
      items: own.length ? [...fixed, { type: "group" as const, key: "own", label: t("nav.attributes"), children: own }] : fixed,
      onSelect: ({ selectedKeys }) => onChange(selectedKeys as Column[]),
      onDeselect: ({ selectedKeys }) => selectedKeys.length && onChange(selectedKeys as Column[]),
    }}>
      <Button icon={<Icon name="columns" size={16} />} aria-haspopup="menu">{t("people.columns")}</Button>
    </Dropdown>
  );
}

function PeopleTable({ rows, columns, attributes, sort, onSort, onMore }: {
  rows: PersonRow[]; columns: Column[]; attributes: Attribute[]; sort: string; onSort: (sort: string) => void; onMore: () => void;
}) {
  const { t, tr, lang, day, money, exact, ago, dateTime } = useText();
  const go = useNavigate();
  const stores = useStores(columns.includes("store"));
  const [place, height] = useRoomBelow(126);
  const heading = (key: FixedColumn, order?: string) => order ? (
    <button type="button" className="sorter" aria-pressed={sort === order} onClick={() => onSort(order)}>
      {tr("people.column.", key)}{sort === order && <span aria-hidden="true"> ↓</span>}
    </button>
  ) : tr("people.column.", key);
  const all: Record<FixedColumn, NonNullable<TableProps<PersonRow>["columns"]>[number]> = {
    phone: { width: 140, render: (_, row) => <span className="num">{row.phone || "–"}</span> },
    stage: { width: 100, render: (_, row) => <StagePill stage={row.stage} /> },
    tags: { width: 240, render: (_, row) => (
      <span className="row" style={{ flexWrap: "nowrap", overflow: "hidden" }}>
        {row.tags.slice(0, 3).map((tag) => <TagChip key={tag.tag} name={tag.name} color={tag.color} />)}
        {row.tags.length > 3 && <span className="dim">+{row.tags.length - 3}</span>}
      </span>) },
    orders: { width: 90, align: "right", render: (_, row) => exact(row.orders) },
    paid: { title: heading("paid", "paid"), width: 140, align: "right", render: (_, row) => <span className="num">{money(row.paid_fen)}</span> },
    last_paid: { title: heading("last_paid", "last_paid"), width: 130, render: (_, row) => day(row.last_paid_at) },
    owner: { width: 120, render: (_, row) => row.owner_name || "–" },
    channel: { width: 130, render: (_, row) => row.channel || "–" },
    store: { width: 140, render: (_, row) => stores.nameOf(row.store) },
    member_no: { width: 140, render: (_, row) => row.member_no || "–" },
    created: { title: heading("created", "created"), width: 130, render: (_, row) => day(row.created_at) },
    last_seen: { width: 120, render: (_, row) => <span title={dateTime(row.last_seen_at)}>{ago(row.last_seen_at)}</span> },
  };
  /// A sensitive value comes masked from the server.
  const ownColumn = (key: string) => {
    const def = attributes.find((found) => found.key === key);
    return { title: def ? (lang === "en" ? def.en : def.zh) : key, key: `a.${key}`, width: 150, ellipsis: true,
      render: (_: unknown, row: PersonRow) => row.attributes[key] ? shownValue(def, row.attributes[key], { money, tr }) : "–" };
  };
  const shown: NonNullable<TableProps<PersonRow>["columns"]> = [
    { title: t("people.name"), key: "name", width: 190, fixed: "left", render: (_, row) => <PersonLink id={row.id} name={row.name} /> },
    ...columns.map((key) => key.startsWith("a.") ? ownColumn(key.slice(2)) : { title: heading(key as FixedColumn), ...all[key as FixedColumn], key }),
  ];
  const width = shown.reduce((sum, column) => sum + Number(column.width), 0);
  return (
    <div ref={place} className="card flush people-table">
      <Table<PersonRow> virtual rowKey="id" columns={shown} dataSource={rows} pagination={false} size="middle" aria-label={t("nav.people")}
        scroll={{ x: width, y: height }}
        onRow={(row) => ({ onClick: (event) => { if (!(event.target as HTMLElement).closest("a,button")) void go({ to: "/customers/$id", params: { id: row.id } }); } })}
        onScroll={(event) => {
          const box = event.currentTarget;
          if (box.scrollTop + box.clientHeight > box.scrollHeight - 600) onMore();
        }} />
    </div>
  );
}
