/// A member takes up an invitation: sets a password, then signs in with it.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { App, Button, Form } from "antd";
import { useEffect, useState } from "react";
import { api, Problem } from "@shared/client";
import { useText } from "@/i18n/use";
import { asProblem, Failure, Nothing } from "@/parts/States";
import { Cover } from "./Cover";
import { PasswordField } from "./PasswordField";

export default function Invite() {
  const { t } = useText();
  const { token } = useSearch({ from: "/invite" });
  const { message } = App.useApp();
  const go = useNavigate();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();

  useEffect(() => {
    document.title = `${t("invite.title")} · Koipond`;
  }, [t]);

  const finish = async ({ password }: { password: string }) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await api.post("/v1/invites/accept", { body: { token: token!, password } });
      void message.success(t("invite.done"));
      await go({ to: "/login" });
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Cover title={t("invite.title")} lead={t("invite.lead")}>
      {token ? (
        <Form layout="vertical" size="large" requiredMark={false} onFinish={(fields) => void finish(fields)}>
          {problem && (
            <Form.Item>
              <Failure problem={problem} />
            </Form.Item>
          )}
          <PasswordField />
          <Button type="primary" htmlType="submit" block loading={busy}>{t("invite.enter")}</Button>
        </Form>
      ) : (
        <Nothing title={t("setup.no_token")} text={t("invite.no_token")} />
      )}
    </Cover>
  );
}
