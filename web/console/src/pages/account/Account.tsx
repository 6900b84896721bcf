/// My account: who I am, password, second factor, and where I am signed in.
import { App, Button, Form, Input, QRCode } from "antd";
import { useState } from "react";
import { api, Problem, type ReplyOf } from "@shared/client";
import { queries, useAct, useGet } from "@/app/queries";
import { sessionQuery, useSession } from "@/app/session";
import { useText } from "@/i18n/use";
import { PasswordField } from "@/pages/entry/PasswordField";
import { Copy } from "@/parts/Copy";
import { complain } from "@/parts/FormSheet";
import { Once } from "@/parts/Once";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { asProblem, Failure } from "@/parts/States";

type MySession = ReplyOf<"/v1/me/sessions", "get">["data"][number];

export default function Account() {
  const { t, tr } = useText();
  const session = useSession();
  return (
    <Page title={t("nav.account")}>
      <div className="account">
        <Card title={session?.name}>
          <dl className="facts">
            <dt>{t("login.login")}</dt>
            <dd>{session?.login}</dd>
            <dt>{t("members.role")}</dt>
            <dd>{tr("role.", session?.role)}</dd>
            <dt>{t("members.reach")}</dt>
            <dd>{tr("reach.", session?.reach)}{session?.unit && ` · ${session.unit}`}</dd>
          </dl>
        </Card>
        <SecondFactor />
        <Password />
      </div>
      <Sessions />
    </Page>
  );
}

function Password() {
  const { t } = useText();
  const { message } = App.useApp();
  const [form] = Form.useForm();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);

  const change = async ({ old, password }: { old: string; password: string }) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await api.post("/v1/me/password", { body: { password: old, new_password: password } });
      form.resetFields();
      void message.success(t("account.password.done"));
    } catch (error) {
      const refused = asProblem(error);
      const renamed = refused.errors.map((found) => ({ ...found, pointer: found.pointer === "/new_password" ? "/password" : "/old" }));
      if (!complain(form, new Problem(refused.status, refused.code, refused.title, refused.detail, refused.requestId, renamed))) {
        setProblem(refused);
      }
    } finally {
      setBusy(false);
    }
  };

  return (
    <Card title={t("account.password")} note={t("account.password.text")}>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void change(values)}>
        {problem && <Form.Item><Failure problem={problem} /></Form.Item>}
        <Form.Item name="old" label={t("account.password.old")} rules={[{ required: true, message: t("form.required") }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <PasswordField label={t("account.password.new")} />
        <Button type="primary" htmlType="submit" loading={busy}>{t("account.password.change")}</Button>
      </Form>
    </Card>
  );
}

function SecondFactor() {
  const { t } = useText();
  const on = useSession()?.totp;
  const [enrolment, setEnrolment] = useState<ReplyOf<"/v1/me/totp", "post">>();
  const [codes, setCodes] = useState<string[]>();
  const again = () => void queries.invalidateQueries({ queryKey: sessionQuery.queryKey });

  const begin = useAct(() => api.post("/v1/me/totp"), { done: (reply) => setEnrolment(reply.data) });
  const confirm = useAct((code: string) => api.post("/v1/me/totp/confirm", { body: { code } }), {
    done: (reply) => { setEnrolment(undefined); setCodes(reply.data.recovery_codes); again(); },
  });
  const stop = useAct((code: string) => api.post("/v1/me/totp/disable", { body: { code } }), { done: again });

  const codeForm = (submit: (code: string) => void, text: string, busy: boolean, danger?: boolean) => (
    <Form layout="inline" onFinish={({ code }) => submit(code)} style={{ rowGap: 8 }}>
      <Form.Item name="code" rules={[{ required: true, message: t("form.required") }]} label={t("login.code")}>
        <Input inputMode="numeric" autoComplete="one-time-code" maxLength={16} style={{ width: 140 }} />
      </Form.Item>
      <Button htmlType="submit" type={danger ? "default" : "primary"} danger={danger} loading={busy}>{text}</Button>
    </Form>
  );

  return (
    <Card title={t("account.totp")} note={t("account.totp.text")}
      actions={<span className={on ? "chip good" : "chip plain"}>{t(on ? "account.totp.on" : "account.totp.off")}</span>}>
      {on && codeForm((code) => stop.mutate(code), t("account.totp.stop"), stop.isPending, true)}
      {!on && !enrolment && <Button loading={begin.isPending} onClick={() => begin.mutate(undefined)}>{t("account.totp.begin")}</Button>}
      {enrolment && (
        <div className="stack">
          <p>{t("account.totp.scan")}</p>
          <div role="img" aria-label={t("account.totp.qr")} style={{ justifySelf: "start" }}>
            <div aria-hidden="true"><QRCode type="svg" value={enrolment.uri} size={168} bgColor="#fff" color="#13272a" /></div>
          </div>
          <Copy text={enrolment.secret} label={t("account.totp.secret")} />
          {codeForm((code) => confirm.mutate(code), t("do.confirm"), confirm.isPending)}
        </div>
      )}
      <Once title={t("account.recovery")} note={t("account.recovery.text")} secrets={codes} onClose={() => setCodes(undefined)} />
    </Card>
  );
}

/// "Chrome · Windows" from a user agent; the text itself when it is nobody we know.
export function deviceOf(agent: string): string {
  const browser = /Edg\//.test(agent) ? "Edge" : /Firefox\//.test(agent) ? "Firefox" : /Chrome\//.test(agent) ? "Chrome"
    : /Safari\//.test(agent) ? "Safari" : "";
  const system = /Android/.test(agent) ? "Android" : /iPhone|iPad/.test(agent) ? "iOS" : /Windows/.test(agent) ? "Windows"
    : /Mac OS/.test(agent) ? "macOS" : /Linux/.test(agent) ? "Linux" : "";
  return [browser, system].filter(Boolean).join(" · ") || agent.slice(0, 60) || "–";
}

function Sessions() {
  const { t, dateTime, ago } = useText();
  const list = useGet("/v1/me/sessions");
  const end = useAct((id: string) => api.delete("/v1/me/sessions/{session}", { path: { session: id } }), { touches: ["/v1/me/sessions"] });
  return (
    <Card flush>
      <header className="flush-head"><h2>{t("account.sessions")}</h2><span className="dim">{t("account.sessions.text")}</span></header>
      <Rows<MySession> label={t("account.sessions")} rowKey="id" list={{ ...list, data: list.data?.data }} empty={{ title: t("account.sessions") }}
        columns={[
          { title: t("account.device"), key: "device", render: (_, row) => (
            <span className="row">{deviceOf(row.ua)}{row.current && <span className="chip">{t("account.this")}</span>}
              {row.strong && <span className="chip good">{t("account.totp")}</span>}</span>) },
          { title: t("account.ip"), dataIndex: "ip" },
          { title: t("account.since"), dataIndex: "created_at", render: (at: string) => dateTime(at) },
          { title: t("account.seen"), dataIndex: "last_seen_at", render: (at: string) => <span title={dateTime(at)}>{ago(at)}</span> },
          { title: t("account.end"), key: "end", render: (_, row) => !row.current && (
            <Button size="small" danger type="text" onClick={() => end.mutate(row.id)}>{t("account.end")}</Button>) },
        ]} />
    </Card>
  );
}
