import { Form, Input } from "antd";
import { useText } from "@/i18n/use";

export const PASSWORD_MIN = 12;
export const PASSWORD_MAX = 128;

/// A new password, twice. The server also refuses common ones and those made of the account's own words.
export function PasswordField({ label }: { label?: string }) {
  const { t } = useText();
  return (
    <>
      <Form.Item name="password" label={label ?? t("login.password")} extra={t("password.rule")}
        rules={[
          { required: true, message: t("form.required") },
          { min: PASSWORD_MIN, max: PASSWORD_MAX, message: t("password.rule") },
        ]}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item name="again" label={t("password.again")} dependencies={["password"]}
        rules={[
          { required: true, message: t("form.required") },
          ({ getFieldValue }) => ({
            validator: (_, value) =>
              !value || value === getFieldValue("password") ? Promise.resolve() : Promise.reject(new Error(t("password.differs"))),
          }),
        ]}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
    </>
  );
}
