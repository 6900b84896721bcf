/// Who may sign in, with which role and how far they reach; and the matrix of what each role may do.
import { App, Button, Dropdown, Form, Input, Radio, Select, Switch } from "antd";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct, useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay, useSession } from "@/app/session";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { Once } from "@/parts/Once";
import { Card, Page } from "@/parts/Page";
import { Monogram } from "@/parts/people";
import { Rows } from "@/parts/Rows";
import { Tabs } from "@/parts/Tabs";
import { Loaded } from "@/parts/States";
import { Matrix } from "./Matrix";

type Member = ReplyOf<"/v1/members", "get">["data"][number];

export function inviteLink(token: string): string {
  return `${location.origin}/invite?token=${encodeURIComponent(token)}`;
}

export default function Members() {
  const { t } = useText();
  const may = useMay();
  const [search, setSearch] = useParams();
  const [editing, setEditing] = useState<Partial<Member>>();
  const [link, setLink] = useState<string>();
  return (
    <Page title={t("nav.members")} lead={t("members.lead")}
      actions={may("member.write") && (
        <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setEditing({ role: "operator" })}>{t("members.invite")}</Button>
      )}>
      <Tabs label={t("nav.members")} value={search.tab ?? "members"} onChange={(tab) => setSearch({ tab: tab === "members" ? undefined : tab })}
        items={[
          { key: "members", label: t("members.people"), children: <People onEdit={setEditing} onLink={setLink} /> },
          { key: "roles", label: t("members.roles"), children: <Matrix /> },
          { key: "security", label: t("members.security"), children: <Security /> },
        ]} />
      <Editor member={editing} onClose={() => setEditing(undefined)} onLink={setLink} />
      <Once title={t("members.link")} note={t("members.link.text")} secrets={link ? [link] : undefined} onClose={() => setLink(undefined)} />
    </Page>
  );
}

function People({ onEdit, onLink }: { onEdit: (member: Member) => void; onLink: (link: string) => void }) {
  const { t, tr, ago, dateTime } = useText();
  const { modal } = App.useApp();
  const may = useMay();
  const me = useSession();
  const list = useList("/v1/members", {}, (row) => row.id);
  const touches = ["/v1/members"] as const;
  const patch = useAct(({ member, active }: { member: Member; active: boolean }) =>
    api.patch("/v1/members/{member}", { path: { member: member.id }, body: { active }, version: member.ver }), { touches: [...touches] });
  const invite = useAct((id: string) => api.post("/v1/members/{member}/invite", { path: { member: id } }),
    { done: (reply) => onLink(inviteLink(reply.data.invite_token)) });
  const resetTotp = useAct((id: string) => api.post("/v1/members/{member}/totp/reset", { path: { member: id } }), { touches: [...touches] });
  const signOut = useAct((id: string) => api.delete("/v1/members/{member}/sessions", { path: { member: id } }), { touches: [...touches] });

  const act = (member: Member, verb: string) => {
    if (verb === "edit") return onEdit(member);
    if (verb === "invite") return invite.mutate(member.id);
    if (verb === "on") return patch.mutate({ member, active: true });
    const run = { off: () => patch.mutateAsync({ member, active: false }), totp: () => resetTotp.mutateAsync(member.id), out: () => signOut.mutateAsync(member.id) }[verb]!;
    modal.confirm({ title: tr("members.ask.", verb), content: `${member.display_name} · ${member.login}`, okButtonProps: { danger: true }, onOk: () => run().catch(() => {}) });
  };
  const verbs = (member: Member) => [
    { key: "edit", label: t("do.edit") },
    { key: "invite", label: t("members.do.invite") },
    ...(member.totp_on ? [{ key: "totp", label: t("members.do.totp") }] : []),
    { key: "out", label: t("members.do.out") },
    ...(member.id === me?.id ? [] : [member.state === "disabled" ? { key: "on", label: t("members.do.on") } : { key: "off", label: t("members.do.off"), danger: true }]),
  ];

  return (
    <Card flush>
      <Rows<Member> label={t("members.people")} rowKey="id" list={list} empty={{ title: t("members.people") }}
        columns={[
          { title: t("members.name"), key: "name", render: (_, row) => (
            <span className="person-link"><Monogram name={row.display_name} size={28} /><span>{row.display_name}<br /><small className="dim">{row.login}</small></span></span>) },
          { title: t("members.role"), dataIndex: "role", render: (role: string) => tr("role.", role) },
          { title: t("members.reach"), key: "reach", render: (_, row) => (<>{tr("reach.", row.reach)}{row.staff_name && <span className="dim"> · {row.staff_name}</span>}</>) },
          { title: t("members.state"), dataIndex: "state", render: (state: string) =>
            <span className={`chip ${state === "active" ? "good" : state === "invited" ? "gold" : "plain"}`}>{tr("members.state.", state)}</span> },
          { title: t("account.totp"), dataIndex: "totp_on", render: (on: boolean) => t(on ? "account.totp.on" : "account.totp.off") },
          { title: t("account.seen"), dataIndex: "last_seen_at", render: (at: string | null) => at ? <span title={dateTime(at)}>{ago(at)}</span> : "–" },
          ...(may("member.write") ? [{ title: <span className="visually-hidden">{t("app.menu")}</span>, key: "do", align: "right" as const, render: (_: unknown, row: Member) => (
            <Dropdown trigger={["click"]} menu={{ items: verbs(row), onClick: ({ key }) => act(row, key) }}>
              <Button type="text" size="small" aria-label={t("members.more", { name: row.display_name })} aria-haspopup="menu" icon={<Icon name="more" />} />
            </Dropdown>) }] : []),
        ]} />
    </Card>
  );
}

interface Fields { login: string; display_name: string; role: string; reach: string; staff_id?: string }

function Editor({ member, onClose, onLink }: { member: Partial<Member> | undefined; onClose: () => void; onLink: (link: string) => void }) {
  const { t, tr } = useText();
  const roles = useGet("/v1/roles", {}, { enabled: !!member });
  const staff = useList("/v1/staff", { query: { limit: 200 } }, (row) => row.id, { enabled: !!member });
  const isNew = !member?.id;
  const save = useAct(async (values: Fields) => {
    const reachAndStaff = { reach: values.reach, staff_id: values.staff_id || null };
    if (isNew) {
      const body = { login: values.login, display_name: values.display_name, role: values.role, ...reachAndStaff } as never;
      return onLink(inviteLink((await api.post("/v1/members", { body })).data.invite_token));
    }
    const body = { display_name: values.display_name, role: values.role, ...reachAndStaff } as never;
    await api.patch("/v1/members/{member}", { path: { member: member!.id! }, body, version: member!.ver });
  }, { touches: ["/v1/members"], quiet: true });
  const of = (role: string) => roles.data?.data.find((found) => found.role === role);
  const required = [{ required: true, message: t("form.required") }];

  return (
    <FormSheet<Fields> open={!!member} onClose={onClose} title={t(isNew ? "members.invite" : "members.edit")}
      lead={isNew ? t("members.invite.text") : undefined} submitText={isNew ? t("members.invite") : undefined}
      initial={{ reach: "all", ...member, staff_id: member?.staff_id ?? undefined } as Fields} submit={(values) => save.mutateAsync(values)}>
      {isNew && <Form.Item name="login" label={t("login.login")} extra={t("setup.login.text")} rules={required}><Input autoComplete="off" /></Form.Item>}
      <Form.Item name="display_name" label={t("members.name")} rules={required}><Input /></Form.Item>
      <Form.Item name="role" label={t("members.role")} rules={required}>
        <Select options={(roles.data?.data ?? []).map((role) => ({ value: role.role, label: tr("role.", role.role) }))} />
      </Form.Item>
      <Form.Item noStyle shouldUpdate>
        {({ getFieldValue, setFieldValue }) => {
          const role = of(getFieldValue("role"));
          if (role && !role.reaches.includes(getFieldValue("reach"))) queueMicrotask(() => setFieldValue("reach", role.reach));
          return (
            <>
              <Form.Item name="reach" label={t("members.reach")} extra={t("members.reach.text")}>
                <Radio.Group options={(role?.reaches ?? []).map((value) => ({ value, label: tr("reach.", value) }))} />
              </Form.Item>
              <Form.Item name="staff_id" label={t("members.staff")} extra={t("members.staff.text")}
                rules={getFieldValue("reach") === "all" ? [] : required}>
                <Select allowClear showSearch={{ optionFilterProp: "label" }}
                  options={(staff.data ?? []).map((one) => ({ value: one.id, label: one.unit_name ? `${one.name} · ${one.unit_name}` : one.name }))} />
              </Form.Item>
            </>
          );
        }}
      </Form.Item>
    </FormSheet>
  );
}

function Security() {
  const { t } = useText();
  const may = useMay();
  const found = useGet("/v1/security");
  const save = useAct((require_totp: boolean) => api.put("/v1/security", { body: { require_totp } }), { touches: ["/v1/security"] });
  return (
    <Card title={t("members.totp")} note={t("members.totp.text")}>
      <Loaded query={found} lines={1}>
        {(security) => (
          <Switch checked={security.require_totp} disabled={!may("settings.write")} loading={save.isPending} aria-label={t("members.totp")}
            onChange={(on) => save.mutate(on)} />
        )}
      </Loaded>
    </Card>
  );
}
