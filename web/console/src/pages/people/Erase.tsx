/// The end of what is known about somebody: what goes, what stays, and the name typed before it happens.
import { Alert, App, Button, Input, Modal } from "antd";
import { useEffect, useState } from "react";
import { api, Problem } from "@shared/client";
import { useAct } from "@/app/queries";
import { useText } from "@/i18n/use";
import { asProblem, Failure } from "@/parts/States";
import type { PersonData } from "./Person";

/// What has to be typed: the name as it is shown, or the id of somebody without one.
export const eraseWord = (person: Pick<PersonData, "name" | "id">) => person.name || person.id;

export default function Erase({ person, open, onClose }: { person: PersonData; open: boolean; onClose: () => void }) {
  const { t, tr, exact } = useText();
  const { message } = App.useApp();
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const word = eraseWord(person);
  useEffect(() => {
    setTyped("");
    setProblem(undefined);
  }, [open]);
  const erase = useAct((id: string) => api.delete("/v1/people/{person}", { path: { person: id } }), {
    touches: ["/v1/people/{person}", "/v1/people/{person}/identity", "/v1/people/{person}/timeline", "/v1/people/{person}/consent", "/v1/people"], quiet: true,
  });
  const finish = async () => {
    setProblem(undefined);
    try {
      await erase.mutateAsync(person.id);
      void message.success(t("erase.done"));
      onClose();
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return (
    <Modal open={open} onCancel={onClose} title={t("erase.title", { name: person.name || t("person.unnamed") })} destroyOnHidden
      footer={<><Button onClick={onClose}>{t("do.cancel")}</Button>
        <Button danger type="primary" disabled={typed.trim() !== word} loading={erase.isPending} onClick={() => void finish()}>{t("erase.do")}</Button></>}>
      <div className="stack">
        <Alert type="warning" showIcon title={t("erase.warning")} />
        {(["goes", "stays"] as const).map((part) => (
          <div key={part}>
            <h3>{tr("erase.", part)}</h3>
            <p className="dim">{part === "goes" ? t("erase.goes.text") : t("erase.stays.text", { orders: exact(person.orders) })}</p>
          </div>
        ))}
        {problem && <Failure problem={problem} />}
        <label className="stack tight">
          <span>{t("erase.type")} <code>{word}</code></span>
          <Input value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" onPressEnter={() => typed.trim() === word && void finish()} />
        </label>
      </div>
    </Modal>
  );
}
