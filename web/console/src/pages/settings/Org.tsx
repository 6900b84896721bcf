/// Places as a tree, and who works where.
import { App, Button, Dropdown, Form, Input, Radio, Select } from "antd";
import { useMemo, useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Monogram } from "@/parts/people";
import { Rows } from "@/parts/Rows";
import { Bones, Failure, Nothing } from "@/parts/States";
import "./settings.css";

type Unit = ReplyOf<"/v1/units", "get">["data"][number];
type Staff = ReplyOf<"/v1/staff", "get">["data"][number];
const kinds = ["region", "city", "store", "team"];

/// Units in tree order with their depth; one whose parent is not in sight stands at the top.
export function inTreeOrder<T extends { id: string; parent_id?: string | null; name: string }>(units: T[]): { unit: T; depth: number }[] {
  const known = new Set(units.map((unit) => unit.id));
  const below = new Map<string, T[]>();
  for (const unit of units) {
    const parent = unit.parent_id && known.has(unit.parent_id) ? unit.parent_id : "";
    below.set(parent, [...(below.get(parent) ?? []), unit]);
  }
  const walk = (parent: string, depth: number): { unit: T; depth: number }[] =>
    (below.get(parent) ?? []).sort((a, b) => a.name.localeCompare(b.name, "zh")).flatMap((unit) => [{ unit, depth }, ...walk(unit.id, depth + 1)]);
  return walk("", 0);
}

/// Members of staff in a unit and everywhere below it; `tree` is in tree order.
export function staffBelow(tree: { unit: { id: string; staff: number }; depth: number }[]): Map<string, number> {
  const sums = new Map<string, number>();
  tree.forEach(({ unit, depth }, at) => {
    let sum = unit.staff;
    for (let next = at + 1; next < tree.length && tree[next]!.depth > depth; next++) sum += tree[next]!.unit.staff;
    sums.set(unit.id, sum);
  });
  return sums;
}

/// A unit and everything below it.
export function withBelow(tree: { unit: { id: string }; depth: number }[], id: string): Set<string> {
  const at = tree.findIndex(({ unit }) => unit.id === id);
  const out = new Set([id]);
  for (let next = at + 1; at >= 0 && next < tree.length && tree[next]!.depth > tree[at]!.depth; next++) out.add(tree[next]!.unit.id);
  return out;
}

export default function Org() {
  const { t, tr, count } = useText();
  const may = useMay();
  const [search, setSearch] = useParams();
  const units = useList("/v1/units", { query: { limit: 200 } }, (row) => row.id);
  const staff = useList("/v1/staff", { query: { limit: 200 } }, (row) => row.id);
  const [unit, setUnit] = useState<Partial<Unit>>();
  const [person, setPerson] = useState<Partial<Staff>>();
  const tree = useMemo(() => inTreeOrder(units.data ?? []), [units.data]);
  const sums = useMemo(() => staffBelow(tree), [tree]);
  const chosen = search.unit;
  const under = useMemo(() => (chosen ? withBelow(tree, chosen) : undefined), [tree, chosen]);
  const shown = under ? { ...staff, data: staff.data?.filter((one) => under.has(one.unit_id)) } : staff;
  const write = may("org.write");
  const addUnit = write && <Button icon={<Icon name="plus" size={16} />} onClick={() => setUnit({ kind: "store", parent_id: chosen })}>{t("org.unit.new")}</Button>;

  return (
    <Page title={t("nav.org")} lead={t("org.lead")}
      actions={write && (<>{addUnit}<Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setPerson({ unit_id: chosen })}>{t("org.staff.new")}</Button></>)}>
      <div className="split">
        <Card title={t("org.units")}>
          {units.error && !units.data ? <Failure problem={units.error} retry={() => void units.refetch()} /> : !units.data ? <Bones />
            : units.data.length === 0 ? <Nothing title={t("org.empty")} text={t("org.empty.text")} action={addUnit} /> : (
              <ul className="tree" aria-label={t("org.units")}>
                <li><button type="button" aria-pressed={!chosen} onClick={() => setSearch({ unit: undefined })}>{t("org.all")}</button></li>
                {tree.map(({ unit: one, depth }) => (
                  <li key={one.id} style={{ paddingLeft: depth * 18 }}>
                    <button type="button" aria-pressed={chosen === one.id} onClick={() => setSearch({ unit: one.id })} onDoubleClick={() => write && setUnit(one)}>
                      <span>{one.name}</span>
                      <span className="chip plain">{tr("unit.kind.", one.kind)}</span>
                      {one.state === "closed" && <span className="chip">{t("org.closed")}</span>}
                      <span className="dim num" style={{ marginLeft: "auto" }}>{count(sums.get(one.id))}</span>
                    </button>
                  </li>
                ))}
              </ul>
            )}
          {units.more && <Button size="small" onClick={units.fetchMore}>{t("do.more")}</Button>}
          {chosen && write && tree.some((one) => one.unit.id === chosen) && (
            <div className="row" style={{ marginTop: 12 }}><Button size="small" onClick={() => setUnit(tree.find((one) => one.unit.id === chosen)!.unit)}>{t("org.unit.edit")}</Button></div>
          )}
        </Card>
        <Card flush>
          <Rows<Staff> label={t("org.staff")} rowKey="id" list={shown} empty={{ title: t("org.staff.empty"), text: t("org.staff.empty.text") }}
            columns={[
              { title: t("org.staff"), key: "name", render: (_, row) => <span className="person-link"><Monogram name={row.name} size={28} />{row.name}</span> },
              { title: t("org.unit"), dataIndex: "unit_name", render: (name: string) => name || "–" },
              { title: t("org.number"), dataIndex: "wecom_userid", render: (id: string) => id ? <code>{id}</code> : "–" },
              { title: t("members.state"), dataIndex: "state", render: (state: string) => <span className={`chip ${state === "active" ? "good" : "plain"}`}>{tr("staff.state.", state)}</span> },
              ...(write ? [{ title: <span className="visually-hidden">{t("app.menu")}</span>, key: "do", align: "right" as const, render: (_: unknown, row: Staff) => <StaffMenu row={row} onEdit={() => setPerson(row)} /> }] : []),
            ]} />
        </Card>
      </div>
      <UnitSheet unit={unit} tree={tree} onClose={() => setUnit(undefined)} />
      <StaffSheet person={person} tree={tree} onClose={() => setPerson(undefined)} />
    </Page>
  );
}

function StaffMenu({ row, onEdit }: { row: Staff; onEdit: () => void }) {
  const { t } = useText();
  const { modal } = App.useApp();
  const move = useAct((state: string) => api.patch("/v1/staff/{staff}", { path: { staff: row.id }, body: { state }, version: row.ver }), { touches: ["/v1/staff", "/v1/units"] });
  const leaving = row.state === "active";
  const act = (key: string) => {
    if (key === "edit") return onEdit();
    if (!leaving) return move.mutate("active");
    modal.confirm({ title: t("org.leave.ask", { name: row.name }), content: t("org.leave.text"), okText: t("org.leave"), okButtonProps: { danger: true },
      onOk: () => move.mutateAsync("left").catch(() => {}) });
  };
  return (
    <Dropdown trigger={["click"]} menu={{ onClick: ({ key }) => act(key), items: [{ key: "edit", label: t("do.edit") }, { key: "state", label: t(leaving ? "org.leave" : "org.return"), danger: leaving }] }}>
      <Button type="text" size="small" aria-label={t("members.more", { name: row.name })} aria-haspopup="menu" icon={<Icon name="more" />} />
    </Dropdown>
  );
}

type Tree = { unit: Unit; depth: number }[];
const treeOptions = (tree: Tree) => tree.map(({ unit, depth }) => ({ value: unit.id, label: `${"　".repeat(depth)}${unit.name}` }));

function UnitSheet({ unit, tree, onClose }: { unit: Partial<Unit> | undefined; tree: Tree; onClose: () => void }) {
  const { t, tr } = useText();
  const isNew = !unit?.id;
  const save = useAct((values: Unit) => isNew
    ? api.post("/v1/units", { body: { name: values.name, kind: values.kind, code: values.code || null, parent_id: values.parent_id || null } })
    : api.patch("/v1/units/{unit}", { path: { unit: unit!.id! }, body: { name: values.name, code: values.code, state: values.state }, version: unit!.ver }),
  { touches: ["/v1/units"], quiet: true });
  return (
    <FormSheet<Unit> open={!!unit} onClose={onClose} title={t(isNew ? "org.unit.new" : "org.unit.edit")} initial={unit as Unit} submit={(values) => save.mutateAsync(values)}>
      <Form.Item name="name" label={t("keys.name")} rules={[{ required: true, message: t("form.required") }]}><Input /></Form.Item>
      {isNew && <Form.Item name="kind" label={t("attributes.type")}><Radio.Group options={kinds.map((value) => ({ value, label: tr("unit.kind.", value) }))} /></Form.Item>}
      {isNew && <Form.Item name="parent_id" label={t("org.parent")}><Select allowClear options={treeOptions(tree)} /></Form.Item>}
      <Form.Item name="code" label={t("org.code")} extra={t("org.code.text")}><Input className="mono" /></Form.Item>
      {!isNew && <Form.Item name="state" label={t("members.state")}><Radio.Group options={["open", "closed"].map((value) => ({ value, label: tr("unit.state.", value) }))} /></Form.Item>}
    </FormSheet>
  );
}

function StaffSheet({ person, tree, onClose }: { person: Partial<Staff> | undefined; tree: Tree; onClose: () => void }) {
  const { t } = useText();
  const isNew = !person?.id;
  const save = useAct((values: Staff) => {
    const body = { name: values.name, unit_id: values.unit_id || null, wecom_userid: values.wecom_userid || null };
    return isNew ? api.post("/v1/staff", { body }) : api.patch("/v1/staff/{staff}", { path: { staff: person!.id! }, body, version: person!.ver });
  }, { touches: ["/v1/staff", "/v1/units"], quiet: true });
  return (
    <FormSheet<Staff> open={!!person} onClose={onClose} title={t(isNew ? "org.staff.new" : "org.staff.edit")} initial={{ ...person, unit_id: person?.unit_id ?? undefined } as Staff} submit={(values) => save.mutateAsync(values)}>
      <Form.Item name="name" label={t("members.name")} rules={[{ required: true, message: t("form.required") }]}><Input /></Form.Item>
      <Form.Item name="unit_id" label={t("org.unit")}><Select allowClear options={treeOptions(tree)} /></Form.Item>
      <Form.Item name="wecom_userid" label={t("org.number")} extra={t("org.number.text")}><Input className="mono" /></Form.Item>
    </FormSheet>
  );
}
