import { useNavigate, useSearch } from "@tanstack/react-router";
import { Button, Form, Input } from "antd";
import { useEffect, useRef, useState } from "react";
import { api, Problem } from "@shared/client";
import { queries, useGet } from "@/app/queries";
import { sessionQuery } from "@/app/session";
import { useText } from "@/i18n/use";
import { asProblem, Failure } from "@/parts/States";
import { Cover } from "./Cover";

interface Fields {
  login: string;
  password: string;
  code?: string;
}

/// Asks for the second factor only when the server says that this member has one.
export function wantsCode(problem: Problem): boolean {
  return problem.code === "auth.totp_required";
}

export default function Login() {
  const { t } = useText();
  const { to, by, code: vouched } = useSearch({ from: "/login" });
  const go = useNavigate();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const [second, setSecond] = useState(false);
  const code = useRef<{ focus: () => void }>(null);
  const ways = useGet("/v1/login/ways", {}, { retry: false }).data?.data ?? [];

  useEffect(() => {
    document.title = `${t("login.title")} · Koipond`;
  }, [t]);
  useEffect(() => {
    if (second) code.current?.focus();
  }, [second]);

  // Back from WeCom: the session is there already.
  useEffect(() => {
    if (by) void queries.fetchQuery(sessionQuery).then((who) => (who ? go({ href: to ?? "/", replace: true }) : undefined), () => {});
  }, [by, go, to]);

  const enter = async (fields: Fields) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await (vouched ? api.post("/v1/login/code", { body: { code: fields.code ?? "" } }) : api.post("/v1/login", { body: fields }));
      queries.clear();
      await queries.fetchQuery(sessionQuery);
      await go({ href: to ?? "/" });
    } catch (error) {
      const refused = asProblem(error);
      if (wantsCode(refused) && !second) setSecond(true);
      else setProblem(refused);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Cover title={t("login.title")} lead={t("login.lead")}>
      <Form<Fields> layout="vertical" size="large" onFinish={(fields) => void enter(fields)} requiredMark={false}>
        {problem && (
          <Form.Item>
            <Failure problem={problem} />
          </Form.Item>
        )}
        {!vouched && <><Form.Item name="login" label={t("login.login")} rules={[{ required: true, message: t("form.required") }]}>
          <Input autoComplete="username" autoFocus readOnly={second} />
        </Form.Item>
        <Form.Item name="password" label={t("login.password")} rules={[{ required: true, message: t("form.required") }]}>
          <Input.Password autoComplete="current-password" readOnly={second} />
        </Form.Item></>}
        {(second || vouched) && (
          <Form.Item name="code" label={t("login.code")} extra={t("login.code.text")} rules={[{ required: true, message: t("form.required") }]}>
            <Input ref={code as never} autoFocus={!!vouched} autoComplete="one-time-code" inputMode="numeric" maxLength={16} />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" block loading={busy}>{t("login.enter")}</Button>
      </Form>
      {!vouched && ways.length > 0 && (
        <div className="ways">
          {ways.map((way) => (
            <Button key={way.corp_id} block size="large" href={`${way.url}?to=${encodeURIComponent(to ?? "/")}`}>
              {ways.length > 1 ? t("login.wecom.of", { name: way.name }) : t("login.wecom")}
            </Button>
          ))}
        </div>
      )}
      <p className="foot">{vouched ? <a href={`/login${to ? `?to=${encodeURIComponent(to)}` : ""}`}>{t("login.again")}</a> : t("login.foot")}</p>
    </Cover>
  );
}
