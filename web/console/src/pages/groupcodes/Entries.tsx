/// The ways into groups, in the order they are asked.
import { Button, Input, InputNumber, Select, Switch } from "antd";
import { useList } from "@/app/lists";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import type { WhoIsWho } from "../codes/staff";
import { AUDIENCES, joinEntry, type Entry, type Spec } from "./spec";

export function Entries({ spec, put, who, tags }: { spec: Spec; put: (entries: Entry[]) => void; who: WhoIsWho; tags: string[] }) {
  const { t, tr } = useText();
  const chats = useList("/v1/group-chats", { query: { limit: 200 } }, (row) => row.id, { cursor: "cursor" });
  const options = (chats.data ?? []).map((chat) => ({ value: chat.chat_id, label: chat.name ? `${chat.name} · ${chat.people}` : chat.chat_id }));
  const change = (at: number, part: Partial<Entry>) => put(spec.entries.map((entry, i) => (i === at ? { ...entry, ...part } : entry)));
  const move = (at: number, by: number) => {
    const next = [...spec.entries];
    [next[at], next[at + by]] = [next[at + by]!, next[at]!];
    put(next);
  };
  return (
    <div className="stack">
      <ul className="code-members">
        {spec.entries.map((entry, at) => (
          <li key={entry.id ?? `new-${at}`}>
            <div className="code-member-line">
              <b>{t(entry.kind === "join" ? "group.kind.join" : "group.kind.image")} {at + 1}</b>
              <label className="code-cap"><Switch size="small" checked={entry.on} onChange={(on) => change(at, { on })} />{t("group.on")}</label>
              <Button type="text" size="small" disabled={at === 0} aria-label={t("group.up")} onClick={() => move(at, -1)}>↑</Button>
              <Button type="text" size="small" disabled={at === spec.entries.length - 1} aria-label={t("group.down")} onClick={() => move(at, 1)}>↓</Button>
              <Button type="text" size="small" icon={<Icon name="close" size={15} />} aria-label={t("do.delete")} onClick={() => put(spec.entries.filter((_, i) => i !== at))} />
            </div>
            <div className="code-form">
              <label><span>{t("keys.name")}</span><Input value={entry.name} maxLength={60} placeholder={t("group.entry.hint")} onChange={(event) => change(at, { name: event.target.value })} /></label>
              <label><span>{t("group.chats")}</span>
                <Select mode="tags" value={entry.chats} maxCount={entry.kind === "image" ? 1 : 200} options={options} showSearch={{ optionFilterProp: "label" }} placeholder={t(entry.kind === "image" ? "group.chats.image" : "group.chats.join")} onChange={(next: string[]) => change(at, { chats: next })} /></label>
              {entry.kind === "join" && (
                <>
                  <label><span>{t("group.auto")}</span><span><Switch checked={entry.auto_create} onChange={(auto_create) => change(at, { auto_create })} /></span></label>
                  {entry.auto_create && <label><span>{t("group.room")}</span><Input value={entry.room_base_name} maxLength={40} placeholder={t("group.room.hint")} onChange={(event) => change(at, { room_base_name: event.target.value })} /></label>}
                  {entry.auto_create && <label><span>{t("group.room.number")}</span><InputNumber min={0} value={entry.room_base_id} onChange={(next) => change(at, { room_base_id: next ?? 1 })} /></label>}
                </>
              )}
              <label><span>{t("group.cap")}</span><InputNumber min={1} value={entry.cap || null} placeholder={t("code.cap.none")} onChange={(next) => change(at, { cap: next ?? 0 })} /></label>
              {spec.rule === "weight" && <label><span>{t("code.weight")}</span><InputNumber min={1} max={1000} value={entry.weight} onChange={(next) => change(at, { weight: next ?? 1 })} /></label>}
              {spec.rule === "category" && <label><span>{t("group.category")}</span><Input value={entry.category} maxLength={60} onChange={(event) => change(at, { category: event.target.value })} /></label>}
              {spec.rule === "store" && <label><span>{t("group.store")}</span><Select allowClear value={entry.store} options={who.stores.map((store) => ({ value: store.value, label: store.label }))} showSearch={{ optionFilterProp: "label" }} onChange={(store?: string) => change(at, { store: store ?? null })} /></label>}
              <label><span>{t("group.audience")}</span><Select value={entry.audience} options={AUDIENCES.map((one) => ({ value: one, label: tr("group.audience.", one) }))} onChange={(audience) => change(at, { audience })} /></label>
              <label><span>{t("group.tags")}</span><Select mode="multiple" value={entry.tags} options={tags.map((tag) => ({ value: tag }))} placeholder={t("group.tags.any")} onChange={(next: string[]) => change(at, { tags: next })} /></label>
            </div>
          </li>
        ))}
      </ul>
      <div><Button icon={<Icon name="plus" size={15} />} onClick={() => put([...spec.entries, { ...joinEntry(), room_base_name: spec.name.slice(0, 40) }])}>{t("group.add")}</Button></div>
      <p className="dim">{t("group.images.later")}</p>
    </div>
  );
}
