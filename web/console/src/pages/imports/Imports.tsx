/// Files that came in, and the way for a new one.
import { Link, useNavigate } from "@tanstack/react-router";
import { Button, Input, Modal, Progress } from "antd";
import { useRef, useState } from "react";
import { Problem, type ReplyOf } from "@shared/client";
import { bytes } from "@shared/format";
import { useList } from "@/app/lists";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { asProblem, Failure } from "@/parts/States";
import { sendFile } from "./send";
import { busy, share, toneOfState } from "./states";
import "./imports.css";

type Job = ReplyOf<"/v1/imports", "get">["data"][number];
const subjects = ["customers", "orders", "events"] as const;

export default function Imports() {
  const { t, tr, exact, dateTime } = useText();
  const may = useMay();
  const [search, setSearch] = useParams();
  const list = useList("/v1/imports", { query: { limit: 50 } }, (row) => row.id);
  const add = may("import.write") && <Button type="primary" icon={<Icon name="upload" size={16} />} onClick={() => setSearch({ new: "1" })}>{t("imports.new")}</Button>;
  return (
    <Page title={t("nav.imports")} lead={t("imports.lead")} actions={add}>
      <Card flush>
        <Rows<Job> label={t("nav.imports")} rowKey="id" list={list} empty={{ title: t("imports.empty"), text: t("imports.empty.text"), action: add }}
          columns={[
            { title: t("imports.file"), key: "file", render: (_, row) => (<><Link to="/imports/$id" params={{ id: row.id }}>{row.file_name}</Link><br /><span className="dim">{tr("import.subject.", row.subject)} · {row.source} · {bytes(row.bytes_total)}</span></>) },
            { title: t("members.state"), key: "state", render: (_, row) => (
              <div style={{ minWidth: 130 }}><span className={`chip ${toneOfState[row.state] ?? "plain"}`}>{tr("import.state.", row.state)}</span>
                {busy(row.state) && <Progress percent={share(row)} size="small" aria-label={row.file_name} />}</div>) },
            { title: t("imports.good"), dataIndex: "good", align: "right", render: (n: number) => <span className="num">{exact(n)}</span> },
            { title: t("imports.bad"), dataIndex: "bad", align: "right", render: (n: number) => <span className="num" style={n ? { color: "var(--bad)" } : undefined}>{exact(n)}</span> },
            { title: t("audit.who"), dataIndex: "author" },
            { title: t("imports.at"), dataIndex: "created_at", render: (at: string) => <span className="num">{dateTime(at)}</span> },
          ]} />
      </Card>
      <NewImport open={!!search.new && may("import.write")} onClose={() => setSearch({ new: undefined })} />
    </Page>
  );
}

function NewImport({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t, tr } = useText();
  const go = useNavigate();
  const chooser = useRef<HTMLInputElement>(null);
  const [subject, setSubject] = useState<(typeof subjects)[number]>("orders");
  const [file, setFile] = useState<File>();
  const [source, setSource] = useState("");
  const [over, setOver] = useState(false);
  const [sent, setSent] = useState<number>();
  const [problem, setProblem] = useState<Problem>();

  const send = async () => {
    if (!file) return;
    setProblem(undefined);
    setSent(0);
    try {
      const id = await sendFile(file, { subject, source: source.trim() || undefined }, (part) => setSent(Math.round(part * 100)));
      await go({ to: "/imports/$id", params: { id } });
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setSent(undefined);
    }
  };

  return (
    <Modal open={open} onCancel={onClose} title={t("imports.new")} width={620} okText={t("imports.upload")} okButtonProps={{ disabled: !file, loading: sent !== undefined }} onOk={() => void send()}>
      <div className="stack">
        {problem && <Failure problem={problem} />}
        <fieldset className="plain-field">
          <legend>{t("imports.what")}</legend>
          <div className="subject">
            {subjects.map((value) => (
              <label key={value}>
                <input type="radio" name="subject" value={value} checked={subject === value} onChange={() => setSubject(value)} />
                <b>{tr("import.subject.", value)}</b>
                <span className="dim">{tr("import.subject.text.", value)}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <label className={over ? "drop over" : "drop"} onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}
          onDrop={(event) => { event.preventDefault(); setOver(false); setFile(event.dataTransfer.files[0] ?? file); }}>
          <Icon name="upload" size={28} />
          <b>{file ? file.name : t("imports.drop")}</b>
          <span className="dim">{file ? bytes(file.size) : t("imports.drop.text")}</span>
          <input ref={chooser} className="visually-hidden" type="file" accept=".csv,.tsv,.txt,.xlsx" aria-label={t("imports.drop")} onChange={(event) => setFile(event.target.files?.[0])} />
        </label>
        <label className="stack tight">
          <span>{t("imports.source")} <span className="dim">{t("imports.source.text")}</span></span>
          <Input value={source} maxLength={64} placeholder={file ? file.name.replace(/\.[^.]+$/, "") : ""} onChange={(event) => setSource(event.target.value)} />
        </label>
        {sent !== undefined && <Progress percent={sent} aria-label={t("imports.upload")} />}
      </div>
    </Modal>
  );
}
