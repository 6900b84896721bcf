/// The rule as nested groups: add, fill in, move, wrap, turn round, take away. Everything works by keyboard.
import { App, Button, Dropdown, Select, type MenuProps } from "antd";
import { useEffect, useMemo, useRef, type KeyboardEvent } from "react";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { begun, CHOICES, shapeOf, whole, withOp, type Choice } from "./clauses";
import type { Live, Preview, Trouble } from "./door";
import { LeafEditor } from "./Editors";
import { useTheWords } from "./fields";
import { KINDS, type FieldIs, type Kind } from "./rule";
import * as tree from "./tree";
import { isGroup, type GroupNode, type LeafNode, type Node } from "./tree";
import { fieldType, LENSES } from "./words";

export type Edit = (next: GroupNode, what?: string) => void;
interface Shared {
  root: GroupNode;
  edit: Edit;
  troubles: Map<number, Trouble[]>;
  numbers: Map<number, Preview["clauses"][number]>;
  stale: boolean;
  onTake: (trouble: Trouble) => void;
}

export function Tree({ root, edit, live, impact, onTake }: { root: GroupNode; edit: Edit; live: Live; impact: boolean; onTake: (trouble: Trouble) => void }) {
  const { t } = useText();
  const troubles = useMemo(() => {
    const out = new Map<number, Trouble[]>();
    for (const one of live.problems) {
      const id = tree.nodeAt(root, one.pointer);
      out.set(id, [...(out.get(id) ?? []), one]);
    }
    return out;
  }, [root, live.problems]);
  const numbers = useMemo(() => new Map((impact ? (live.preview?.clauses ?? []) : []).map((one) => [tree.nodeAt(root, one.pointer), one])), [root, live.preview, impact]);
  return (
    <div className="seg-tree" role="group" aria-label={t("seg.tree")}>
      <GroupBox group={root} shared={{ root, edit, troubles, numbers, stale: live.stalePreview, onTake }} />
    </div>
  );
}

function GroupBox({ group, shared }: { group: GroupNode; shared: Shared }) {
  const { t, tr } = useText();
  const { root, edit } = shared;
  const isRoot = group.id === root.id;
  return (
    <div className={`seg-group ${group.kind}`}>
      <header>
        <Select aria-label={t("seg.group.kind")} variant="filled" value={group.kind} popupMatchSelectWidth={false} onChange={(kind: Kind) => edit(tree.setKind(root, group.id, kind))} options={KINDS.map((kind) => ({ value: kind, label: tr("seg.kind.", kind) }))} />
        {!isRoot && <NodeTools node={group} shared={shared} />}
      </header>
      <Troubles of={shared.troubles.get(group.id)} onTake={shared.onTake} />
      <ul>
        {group.of.map((node, at) => (
          <li key={node.id} data-node={node.id} className={isGroup(node) ? "holds-group" : undefined}>
            <span className="seg-join" aria-hidden={at === 0}>{at === 0 ? "" : tr("seg.join.", group.kind)}</span>
            {isGroup(node) ? <GroupBox group={node} shared={shared} /> : <LeafRow node={node} shared={shared} />}
          </li>
        ))}
      </ul>
      {group.of.length === 0 && <p className="seg-empty">{t(isRoot && group.kind === "all" ? "seg.empty.root" : group.kind === "any" ? "seg.empty.any" : "seg.empty.group")}</p>}
      <AddClause group={group} shared={shared} />
    </div>
  );
}

function AddClause({ group, shared }: { group: GroupNode; shared: Shared }) {
  const { t, tr } = useText();
  const words = useTheWords();
  const place = useRef<HTMLDivElement>(null);
  const added = useRef<number>(undefined);
  // What was just added is where the work goes on.
  useEffect(() => {
    if (added.current === undefined) return;
    document.querySelector<HTMLElement>(`[data-node="${added.current}"] :is(input, [role="combobox"])`)?.focus();
    added.current = undefined;
  });
  const put = (node: Node) => {
    added.current = node.id;
    shared.edit(tree.add(shared.root, group.id, node));
  };
  const items: MenuProps["items"] = CHOICES.map((choice) => ({ key: choice, label: <span className="seg-choice"><b>{tr("seg.choice.", choice)}</b><small>{tr("seg.choice.hint.", choice)}</small></span> }));
  return (
    <div className="seg-adds" ref={place}>
      <Dropdown trigger={["click"]} autoFocus menu={{ items, onClick: ({ key }) => { const { leaf, not } = begun(key as Choice, words); put(tree.leafNode(leaf, not)); } }}>
        <Button type="dashed" icon={<Icon name="plus" size={15} />} aria-haspopup="menu">{t("seg.add")}</Button>
      </Dropdown>
      <Button type="text" onClick={() => put(tree.groupNode(group.kind === "any" ? "all" : "any"))}>{t("seg.add.group")}</Button>
    </div>
  );
}

function LeafRow({ node, shared }: { node: LeafNode; shared: Shared }) {
  const { t } = useText();
  const words = useTheWords();
  const { root, edit } = shared;
  const troubles = shared.troubles.get(node.id);
  const shape = shapeOf(node.leaf);
  const said = node.not && !(shape === "deed" && "did" in node.leaf); // "never" is said by the measure
  const onKey = (event: KeyboardEvent) => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    edit(tree.move(root, node.id, event.key === "ArrowUp" ? -1 : 1));
  };
  return (
    <div className="seg-row" data-bad={!!troubles} data-open={!whole(words, node.leaf)} onKeyDown={onKey}>
      <div className="seg-body">
        {said && (
          <span className="chip koi seg-not">{t("seg.not")}
            <button type="button" className="seg-drop" aria-label={t("seg.not.drop")} onClick={() => edit(tree.replace(root, node.id, node.leaf, false))}><Icon name="close" size={12} /></button>
          </span>
        )}
        <LeafEditor leaf={node.leaf} not={node.not} onChange={(leaf, not) => edit(tree.replace(root, node.id, leaf, not), `leaf ${node.id}`)} />
        <Troubles of={troubles} onTake={shared.onTake} />
      </div>
      <Numbers of={shared.numbers.get(node.id)} stale={shared.stale} />
      <NodeTools node={node} shared={shared} />
    </div>
  );
}

/// Alone so many; without it so many more, or fewer where it is a branch of an "any"; of so many nothing is known.
function Numbers({ of, stale }: { of: Preview["clauses"][number] | undefined; stale: boolean }) {
  const { t, exact } = useText();
  if (!of) return null;
  return (
    <dl className="seg-numbers" data-stale={stale}>
      <div><dt>{t("seg.alone")}</dt><dd>{exact(of.alone)}</dd></div>
      <div><dt>{of.removes < 0 ? t("seg.brings") : t("seg.removes")}</dt><dd>{exact(Math.abs(of.removes))}</dd></div>
      {!!of.missing && <div className="missing"><dt>{t("seg.missing")}</dt><dd>{exact(of.missing)}</dd></div>}
    </dl>
  );
}

export function Troubles({ of, onTake }: { of: Trouble[] | undefined; onTake: (trouble: Trouble) => void }) {
  const { t } = useText();
  if (!of) return null;
  return (
    <div className="seg-troubles" role="alert">
      {of.map((one, at) => (
        <p key={at} className="wrong"><Icon name="alert" size={14} /> <span>{one.title}{one.detail && <span className="dim"> · {one.detail}</span>}</span>
          {one.suggestion && <Button size="small" type="link" onClick={() => onTake(one)}>{t("seg.take", { text: one.suggestion })}</Button>}
        </p>
      ))}
    </div>
  );
}

function NodeTools({ node, shared }: { node: Node; shared: Shared }) {
  const { t, tr } = useText();
  const { modal } = App.useApp();
  const words = useTheWords();
  const { root, edit } = shared;
  const parent = tree.parentOf(root, node.id);
  const field = !isGroup(node) && "field" in node.leaf ? (node.leaf as FieldIs) : undefined;
  const lenses = field ? Object.entries(LENSES).filter(([, lens]) => lens.of.includes(fieldType(words, field.field))).map(([name]) => name) : [];
  const canTurn = !isGroup(node) && !("did" in node.leaf && !("without" in node.leaf));
  const dissolve = () => {
    const go = () => edit(tree.dissolve(root, node.id));
    if (!isGroup(node) || node.of.length < 1 || (node.kind === parent?.kind && node.kind !== "none") || (node.of.length === 1 && node.kind !== "none")) go();
    else void modal.confirm({ title: t("seg.dissolve.ask"), content: t("seg.dissolve.text"), onOk: go });
  };
  const items: MenuProps["items"] = [
    { key: "up", label: t("seg.up"), onClick: () => edit(tree.move(root, node.id, -1)) },
    { key: "down", label: t("seg.down"), onClick: () => edit(tree.move(root, node.id, 1)) },
    { key: "copy", label: t("seg.duplicate"), onClick: () => edit(tree.duplicate(root, node.id)) },
    { key: "wrap", label: t("seg.wrap"), onClick: () => edit(tree.wrap(root, node.id, parent?.kind === "any" ? "all" : "any")) },
    ...(isGroup(node) ? [{ key: "dissolve", label: t("seg.dissolve"), onClick: dissolve }] : []),
    ...(canTurn ? [{ key: "not", label: t(node.not ? "seg.not.drop" : "seg.turn"), onClick: () => edit(tree.replace(root, node.id, node.leaf, !node.not)) }] : []),
    ...(field && lenses.length ? [{ key: "lens", label: t("seg.lens"), children: lenses.map((lens) => ({ key: lens, label: tr("seg.lens.", lens), onClick: () => edit(tree.replace(root, node.id, withOp(words, { ...field, lens }, LENSES[lens]!.to === "number" ? ">=" : "=", LENSES[lens]!.to), !isGroup(node) && node.not)) })) }] : []),
  ];
  return (
    <span className="seg-tools">
      <Dropdown trigger={["click"]} autoFocus menu={{ items }} placement="bottomRight">
        <Button type="text" size="small" icon={<Icon name="more" size={17} />} aria-label={t("seg.more")} aria-haspopup="menu" />
      </Dropdown>
      <Button type="text" size="small" icon={<Icon name="close" size={16} />} aria-label={t(isGroup(node) ? "seg.remove.group" : "seg.remove")} onClick={() => edit(tree.remove(root, node.id))} />
    </span>
  );
}
