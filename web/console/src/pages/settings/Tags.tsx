/// Tags in their groups: how many people hold each, what they are called, what is retired.
import { App, Button, Form, Input, Select, Switch } from "antd";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { toneOf } from "@/parts/people";
import { Loaded, Nothing } from "@/parts/States";
import "./settings.css";

type Tag = ReplyOf<"/v1/tags", "get">["data"][number];
type Group = ReplyOf<"/v1/tag-groups", "get">["data"][number];
const colours = ["", "koi", "good", "gold", "violet"];

export default function Tags() {
  const { t } = useText();
  const may = useMay();
  const tags = useGet("/v1/tags");
  const groups = useGet("/v1/tag-groups");
  const [tag, setTag] = useState<Partial<Tag>>();
  const [group, setGroup] = useState<Partial<Group>>();
  const write = may("tag.write");
  const addGroup = write && <Button icon={<Icon name="plus" size={16} />} onClick={() => setGroup({ exclusive: false, color: "" })}>{t("tags.group.new")}</Button>;

  return (
    <Page title={t("nav.tags")} lead={t("tags.lead")}
      actions={write && (<>{addGroup}<Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setTag({ color: "" })}>{t("tags.new")}</Button></>)}>
      <Loaded query={groups}>
        {({ data: allGroups }) => (
          <Loaded query={tags}>
            {({ data: allTags }) => allTags.length + allGroups.length === 0
              ? <Card><Nothing title={t("tags.empty")} text={t("tags.empty.text")} action={addGroup} /></Card>
              : (
                <div className="tag-groups">
                  {[...allGroups.filter((one) => !one.archived_at), undefined].map((one) => {
                    const held = allTags.filter((row) => (one ? row.group_id === one.id : !row.group_id || !row.group));
                    if (!one && held.length === 0) return null;
                    return (
                      <Card key={one?.id ?? "none"} title={one?.name ?? t("tags.loose")} note={one?.exclusive ? t("tags.exclusive") : undefined}
                        actions={write && one && <Button size="small" type="text" onClick={() => setGroup(one)}>{t("do.edit")}</Button>}>
                        <TagList tags={held} fallback={one?.color} onPick={setTag} />
                        {write && one && <Button size="small" type="text" style={{ marginTop: 10 }} icon={<Icon name="plus" size={14} />} onClick={() => setTag({ group_id: one.id, color: "" })}>{t("tags.new")}</Button>}
                      </Card>
                    );
                  })}
                </div>
              )}
          </Loaded>
        )}
      </Loaded>
      <TagSheet tag={tag} groups={groups.data?.data ?? []} onClose={() => setTag(undefined)} />
      <GroupSheet group={group} onClose={() => setGroup(undefined)} />
    </Page>
  );
}

function TagList({ tags, fallback, onPick }: { tags: Tag[]; fallback?: string; onPick: (tag: Tag) => void }) {
  const { t, count } = useText();
  if (tags.length === 0) return <p className="dim">{t("tags.none")}</p>;
  return (
    <div className="tag-list">
      {tags.map((tag) => (
        <button key={tag.id} type="button" className={`chip ${tag.archived_at ? "plain" : toneOf(tag.group || tag.name, tag.color || fallback)}`} onClick={() => onPick(tag)}>
          {tag.name} <small>{count(tag.people)}</small>
          {tag.archived_at && <small>{t("tags.archived")}</small>}
        </button>
      ))}
    </div>
  );
}

function ColourField() {
  const { t, tr } = useText();
  return (
    <Form.Item name="color" label={t("tags.colour")}>
      <Select options={colours.map((value) => ({ value, label: <span className={`chip ${value}`}>{tr("colour.", value || "water")}</span> }))} />
    </Form.Item>
  );
}

function TagSheet({ tag, groups, onClose }: { tag: Partial<Tag> | undefined; groups: Group[]; onClose: () => void }) {
  const { t, exact, dateTime } = useText();
  const { modal } = App.useApp();
  const may = useMay();
  const go = useNavigate();
  const isNew = !tag?.id;
  const touches = ["/v1/tags"] as const;
  const save = useAct((values: Tag & { archived?: boolean }) => {
    const body = { name: values.name, group_id: values.group_id || null, color: values.color ?? "" };
    return isNew ? api.post("/v1/tags", { body: body as never })
      : api.patch("/v1/tags/{tag}", { path: { tag: tag!.id! }, body: { ...body, archived: !!values.archived } as never, version: tag!.ver });
  }, { touches: [...touches], quiet: true });
  const remove = useAct((one: Partial<Tag>) => api.delete("/v1/tags/{tag}", { path: { tag: one.id! }, version: one.ver }), { touches: [...touches], done: onClose });
  if (tag && !isNew && !may("tag.write")) {
    void go({ to: "/customers", search: { tag_any: tag.id! } });
    return null;
  }
  return (
    <FormSheet<Tag & { archived?: boolean }> open={!!tag} onClose={onClose} title={t(isNew ? "tags.new" : "tags.edit")}
      initial={{ ...tag, group_id: tag?.group_id ?? undefined, archived: !!tag?.archived_at } as Tag} submit={(values) => save.mutateAsync(values)}
      lead={!isNew && (<>{t("tags.held", { count: exact(tag?.people) })}{tag?.last_used_at && ` · ${t("tags.used", { at: dateTime(tag.last_used_at) })}`}</>)}>
      <Form.Item name="name" label={t("keys.name")} rules={[{ required: true, max: 40, message: t("form.required") }]}><Input maxLength={40} /></Form.Item>
      <Form.Item name="group_id" label={t("tags.group")}><Select allowClear options={groups.map((group) => ({ value: group.id, label: group.name }))} /></Form.Item>
      <ColourField />
      {!isNew && <Form.Item name="archived" label={t("tags.archived")} extra={t("tags.archived.text")} valuePropName="checked"><Switch /></Form.Item>}
      {!isNew && (
        <div className="row">
          <Button onClick={() => void go({ to: "/customers", search: { tag_any: tag!.id! } })}>{t("tags.people")}</Button>
          <Button danger type="text" disabled={!!tag?.people} title={tag?.people ? t("tags.in_use") : undefined}
            onClick={() => modal.confirm({ title: t("tags.delete.ask", { name: tag!.name! }), okButtonProps: { danger: true }, onOk: () => remove.mutateAsync(tag!).catch(() => {}) })}>{t("do.delete")}</Button>
        </div>
      )}
    </FormSheet>
  );
}

function GroupSheet({ group, onClose }: { group: Partial<Group> | undefined; onClose: () => void }) {
  const { t } = useText();
  const isNew = !group?.id;
  const save = useAct((values: Group) => {
    const body = { name: values.name, exclusive: !!values.exclusive, color: values.color ?? "" };
    return isNew ? api.post("/v1/tag-groups", { body: body as never })
      : api.patch("/v1/tag-groups/{group}", { path: { group: group!.id! }, body: body as never, version: group!.ver });
  }, { touches: ["/v1/tag-groups", "/v1/tags"], quiet: true });
  return (
    <FormSheet<Group> open={!!group} onClose={onClose} title={t(isNew ? "tags.group.new" : "tags.group.edit")} initial={group as Group} submit={(values) => save.mutateAsync(values)}>
      <Form.Item name="name" label={t("keys.name")} rules={[{ required: true, max: 40, message: t("form.required") }]}><Input maxLength={40} /></Form.Item>
      <Form.Item name="exclusive" label={t("tags.exclusive")} extra={t("tags.exclusive.text")} valuePropName="checked"><Switch /></Form.Item>
      <ColourField />
    </FormSheet>
  );
}
