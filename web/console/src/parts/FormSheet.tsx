import { Button, Drawer, Form, type FormInstance } from "antd";
import { useEffect, useState, type ReactNode } from "react";
import { Problem } from "@shared/client";
import { useText } from "@/i18n/use";
import { asProblem, Failure } from "./States";

/// The field a pointer of the server names: "/items/0/name" is ["items", 0, "name"].
export function fieldOf(pointer: string): (string | number)[] {
  return pointer.split("/").slice(1).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/// Puts what the server said about fields beside them; true when every complaint found its field.
export function complain(form: FormInstance, problem: Problem): boolean {
  const known = new Set(Object.keys(form.getFieldsValue(true) as object));
  const fields = problem.errors
    .filter((error) => error.pointer && known.has(String(fieldOf(error.pointer)[0])))
    .map((error) => ({ name: fieldOf(error.pointer!), errors: [error.detail || error.code || problem.title] }));
  form.setFields(fields as never);
  return fields.length > 0 && fields.length === problem.errors.length;
}

/// A side sheet with a form; stays open until the server has agreed.
export function FormSheet<T extends object>({ open, title, lead, initial, onClose, submit, submitText, children, wide }: {
  open: boolean;
  title: string;
  lead?: ReactNode;
  initial?: Partial<T>;
  onClose: () => void;
  submit: (values: T) => Promise<unknown>;
  submitText?: string;
  children: ReactNode;
  wide?: boolean;
}) {
  const { t } = useText();
  const [form] = Form.useForm<T>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();

  useEffect(() => {
    if (!open) return;
    setProblem(undefined);
    form.resetFields();
    if (initial) form.setFieldsValue(initial as never);
  }, [open]);

  const finish = async (values: T) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await submit(values);
      onClose();
    } catch (error) {
      const refused = asProblem(error);
      if (!complain(form, refused)) setProblem(refused);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Drawer open={open} onClose={onClose} title={title} size={wide ? 640 : 440} destroyOnHidden
      footer={
        <div className="row">
          <Button type="primary" loading={busy} onClick={() => form.submit()}>{submitText ?? t("do.save")}</Button>
          <Button onClick={onClose}>{t("do.cancel")}</Button>
        </div>
      }>
      {lead && <p className="dim" style={{ marginBottom: 16 }}>{lead}</p>}
      {problem && <div style={{ marginBottom: 16 }}><Failure problem={problem} /></div>}
      <Form form={form} layout="vertical" onFinish={(values) => void finish(values)} requiredMark="optional" scrollToFirstError>
        {children}
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </Form>
    </Drawer>
  );
}
