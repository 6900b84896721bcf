/// First run: the merchant, then the first administrator. Opened with the one-time link the server printed.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Button, Form, Input, Radio, Select, Steps } from "antd";
import { useEffect, useState } from "react";
import { api, Problem } from "@shared/client";
import { queries, useGet } from "@/app/queries";
import { sessionQuery } from "@/app/session";
import { useText } from "@/i18n/use";
import { asProblem, Failure, Nothing } from "@/parts/States";
import { Cover } from "./Cover";
import { PasswordField } from "./PasswordField";

interface Fields {
  merchant: string;
  zone: string;
  industry: string;
  login: string;
  display_name: string;
  password: string;
}

const industries = ["retail", "food", "education", "beauty", "baby", "other"] as const;
const merchantFields: (keyof Fields)[] = ["merchant", "zone", "industry"];

/// Zones this browser knows, the likely ones first.
export function zones(): string[] {
  const likely = ["Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei", "Asia/Singapore"];
  const known = Intl.supportedValuesOf("timeZone");
  return [...likely, ...known.filter((zone) => !likely.includes(zone)), ...(known.includes("UTC") ? [] : ["UTC"])];
}

export default function Setup() {
  const { t, tr } = useText();
  const { token } = useSearch({ from: "/setup" });
  const go = useNavigate();
  const [form] = Form.useForm<Fields>();
  const [step, setStep] = useState(0);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();

  useEffect(() => {
    document.title = `${t("setup.title")} · Koipond`;
  }, [t]);

  const status = useGet("/v1/setup/status");
  useEffect(() => {
    const known = status.data;
    if (known) form.setFieldsValue({ ...(known.merchant ? { merchant: known.merchant } : {}), ...(known.zone ? { zone: known.zone } : {}) });
  }, [status.data]);

  if (status.data && !status.data.needed) {
    return (
      <Cover title={t("setup.title")} lead={t("setup.lead")}>
        <Nothing title={t("setup.over")} text={t("setup.over.text")} action={<Button type="primary" onClick={() => void go({ to: "/login" })}>{t("login.enter")}</Button>} />
      </Cover>
    );
  }
  if (!token) {
    return (
      <Cover title={t("setup.title")} lead={t("setup.lead")}>
        <Nothing title={t("setup.no_token")} text={t("setup.no_token.text")} />
      </Cover>
    );
  }

  const on = async () => {
    await form.validateFields(merchantFields);
    setStep(1);
  };

  const finish = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const { merchant, zone, industry, login, display_name, password } = form.getFieldsValue(true) as Fields;
      await api.post("/v1/setup", { body: { token, merchant, zone, industry, login, display_name, password } });
      queries.clear();
      const who = await queries.fetchQuery(sessionQuery);
      await go({ to: who ? "/" : "/login" });
    } catch (error) {
      const refused = asProblem(error);
      setProblem(refused);
      if (refused.errors.some((found) => merchantFields.some((field) => found.pointer === `/${field}`))) setStep(0);
    } finally {
      setBusy(false);
    }
  };

  const required = [{ required: true, message: t("form.required") }];
  return (
    <Cover title={t("setup.title")} lead={t("setup.lead")} wide>
      <Steps size="small" current={step} style={{ marginBottom: 28 }} items={[{ title: t("setup.merchant") }, { title: t("setup.admin") }]} />
      <Form<Fields> form={form} layout="vertical" size="large" requiredMark={false} preserve
        initialValues={{ zone: "Asia/Shanghai", industry: "retail" }} onFinish={() => void (step === 0 ? on() : finish())}>
        {problem && (
          <Form.Item>
            <Failure problem={problem} />
          </Form.Item>
        )}
        <div hidden={step !== 0}>
          <Form.Item name="merchant" label={t("setup.name")} rules={[...required, { max: 80, message: t("form.long") }]}>
            <Input autoFocus placeholder={t("setup.name.hint")} />
          </Form.Item>
          <Form.Item name="industry" label={t("setup.industry")}>
            <Radio.Group options={industries.map((value) => ({ value, label: tr("industry.", value) }))} />
          </Form.Item>
          <Form.Item name="zone" label={t("setup.zone")} extra={t("setup.zone.text")} rules={required}>
            <Select showSearch options={zones().map((zone) => ({ value: zone, label: zone.replaceAll("_", " ") }))} />
          </Form.Item>
        </div>
        {step === 1 && (
          <>
            <Form.Item name="display_name" label={t("setup.person")} rules={required}>
              <Input autoComplete="name" autoFocus />
            </Form.Item>
            <Form.Item name="login" label={t("login.login")} extra={t("setup.login.text")}
              rules={[...required, { pattern: /^[A-Za-z0-9._@-]{3,64}$/, message: t("setup.login.text") }]}>
              <Input autoComplete="username" />
            </Form.Item>
            <PasswordField />
          </>
        )}
        <div className="row">
          {step === 1 && <Button onClick={() => setStep(0)}>{t("do.back")}</Button>}
          <Button type="primary" htmlType="submit" loading={busy}>{step === 0 ? t("do.next") : t("setup.finish")}</Button>
        </div>
      </Form>
    </Cover>
  );
}
