import { useNavigate, useSearch } from "@tanstack/react-router";
import { Button, Form, Input } from "antd";
import { useEffect, useRef, useState } from "react";
import { api, Problem } from "@shared/client";
import { queries } from "@/app/queries";
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
  const { to } = useSearch({ from: "/login" });
  const go = useNavigate();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const [second, setSecond] = useState(false);
  const code = useRef<{ focus: () => void }>(null);

  useEffect(() => {
    document.title = `${t("login.title")} · Koipond`;
  }, [t]);
  useEffect(() => {
    if (second) code.current?.focus();
  }, [second]);

  const enter = async (fields: Fields) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await api.post("/v1/login", { body: fields });
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
        <Form.Item name="login" label={t("login.login")} rules={[{ required: true, message: t("form.required") }]}>
          <Input autoComplete="username" autoFocus readOnly={second} />
        </Form.Item>
        <Form.Item name="password" label={t("login.password")} rules={[{ required: true, message: t("form.required") }]}>
          <Input.Password autoComplete="current-password" readOnly={second} />
        </Form.Item>
        {second && (
          <Form.Item name="code" label={t("login.code")} extra={t("login.code.text")} rules={[{ required: true, message: t("form.required") }]}>
            <Input ref={code as never} autoComplete="one-time-code" inputMode="numeric" maxLength={16} />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" block loading={busy}>{t("login.enter")}</Button>
      </Form>
      <p className="foot">{t("login.foot")}</p>
    </Cover>
  );
}
