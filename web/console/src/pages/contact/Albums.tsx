/// 商品图册: products that guides show customers from the chat's toolbar.
import { App, Button, Form, Input, InputNumber, Select } from "antd";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { ACCEPTS, useKeepMedia } from "@/parts/media";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { FileButton } from "@/parts/upload";
import { errcodeOf, reasonOf } from "./figures";
import { explained, refused, Standing, WantedTools } from "./wanted";
import "./contact.css";

type List = ReplyOf<"/v1/album-products", "get">;
type Product = List["data"][number];
interface Draft { corp_id?: string; description: string; yuan: number; sn: string; pictures: string[] }

const TOUCHED = ["/v1/album-products"] as const;
const PICTURES_MAX = 9, YUAN_MAX = 50_000;

export default function Albums() {
  const { t } = useText();
  const write = useMay()("channel.send");
  const list = useGet("/v1/album-products", {}, { refetchInterval: 10_000 });
  const [open, setOpen] = useState<Product | "new">();
  const corps = list.data?.corps ?? [];
  const create = write && corps.length > 0 && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setOpen("new")}>{t("album.new")}</Button>;
  return (
    <Page title={t("nav.albums")} lead={t("album.lead")} actions={create}>
      <div className="stack">
        {list.data && <Corps corps={corps} />}
        <Card flush>
          <Products rows={list.data?.data} error={list.error} refetch={() => void list.refetch()} many={corps} write={write} edit={setOpen} create={create} />
        </Card>
      </div>
      <Sheet product={open} corps={corps} close={() => setOpen(undefined)} />
    </Page>
  );
}

/// Why the platform's album could not be read, or that there is none.
function Corps({ corps }: { corps: List["corps"] }) {
  const { t, tr } = useText();
  if (corps.length === 0) return <p className="contact-note"><Icon name="info" size={16} />{t("album.no_corp")}</p>;
  return (
    <>
      {corps.filter((one) => one.error).map((one) => (
        <p key={one.corp_id} className="contact-note bad"><Icon name="alert" size={16} />
          <span>{corps.length > 1 && <b>{one.name || one.corp_id} </b>}{t("album.look.refused")} {reasonOf(t, tr("album.errcode.", errcodeOf(one.detail)), one.detail)}</span></p>
      ))}
    </>
  );
}

function Products({ rows, error, refetch, many, write, edit, create }: { rows?: Product[]; error: unknown; refetch: () => void; many: List["corps"]; write: boolean; edit: (product: Product) => void; create: React.ReactNode }) {
  const { t, money, ago } = useText();
  const { modal } = App.useApp();
  const drop = useAct((id: string) => api.delete("/v1/album-products/{product}", { path: { product: id } }), { touches: [...TOUCHED] });
  const retry = useAct((id: string) => api.post("/v1/album-products/{product}:retry", { path: { product: id }, body: {} as never }), { touches: [...TOUCHED] });
  const remove = (one: Product) => modal.confirm({ title: t("album.delete.sure"), content: t("album.delete.text", { name: one.description }), okText: t("do.delete"), okButtonProps: { danger: true }, cancelText: t("do.cancel"), onOk: () => drop.mutateAsync(one.id) });
  return (
    <Rows<Product> label={t("nav.albums")} rowKey="id" list={{ data: rows, error, refetch }} empty={{ title: t("album.none"), text: t("album.none.text"), action: create }}
      columns={[
        { title: t("album.product"), key: "product", render: (_, one) => <span className="album-product"><img src={`/v1/media/${one.pictures[0]}`} alt="" width={48} height={48} loading="lazy" /><span className="contact-who"><b title={one.description}>{one.description}</b><small>{[many.length > 1 && many.find((corp) => corp.corp_id === one.corp_id)?.name, one.sn, t("album.pictures.count", { count: one.pictures.length })].filter(Boolean).join(" · ")}</small></span></span> },
        { title: t("album.price"), key: "price", align: "right", render: (_, one) => money(one.price) },
        { title: t("album.state"), key: "state", width: 220, render: (_, one) => <State product={one} /> },
        { title: t("album.changed"), key: "changed", render: (_, one) => t("album.by", { who: one.created_by, when: ago(one.updated_at) }) },
        ...(write ? [{ title: <span className="visually-hidden">{t("app.menu")}</span>, key: "do", render: (_: unknown, one: Product) => (
          <WantedTools one={one} retry={retry} again={t("album.again")} change={{ label: t("album.edit", { name: one.description }), act: () => edit(one) }}
            remove={{ label: t("album.delete", { name: one.description }), act: () => remove(one) }} />) }] : []),
      ]} />
  );
}

function State({ product }: { product: Product }) {
  const { t, tr } = useText();
  const why = refused(product) ? reasonOf(t, tr("album.errcode.", errcodeOf(product.detail)), product.detail) : explained(product) ? tr("album.state.text.", product.state) : "";
  return <Standing state={product.state} name={tr("album.state.", product.state)} why={why} />;
}

function Sheet({ product, corps, close }: { product?: Product | "new"; corps: List["corps"]; close: () => void }) {
  const { t } = useText();
  const had = product && product !== "new" ? product : undefined;
  const save = useAct(({ corp_id, description, yuan, sn, pictures }: Draft, key) => {
    const body = { description, price: Math.round(yuan * 100), sn: sn ?? "", pictures };
    return had ? api.put("/v1/album-products/{product}", { path: { product: had.id }, body, version: had.ver }) : api.post("/v1/album-products", { body: { ...body, corp_id: corp_id ?? corps[0]!.corp_id }, key });
  }, { touches: [...TOUCHED], quiet: true });
  return (
    <FormSheet<Draft> key={had?.id ?? "new"} open={!!product} onClose={close} title={had ? t("album.edit.title") : t("album.new")} lead={t("album.sheet.lead")}
      initial={had ? { description: had.description, yuan: had.price / 100, sn: had.sn, pictures: had.pictures } : { description: "", sn: "", pictures: [], corp_id: corps[0]?.corp_id }} submit={(draft) => save.mutateAsync(draft)}>
      {!had && corps.length > 1 && <Form.Item name="corp_id" label={t("album.corp")} rules={[{ required: true }]}><Select options={corps.map((one) => ({ value: one.corp_id, label: one.name || one.corp_id }))} /></Form.Item>}
      <Form.Item name="pictures" label={t("album.pictures")} extra={t("album.pictures.extra")} rules={[{ required: true, type: "array", min: 1, message: t("album.pictures.needed") }]}><Pictures /></Form.Item>
      <Form.Item name="description" label={t("album.description")} rules={[{ required: true, whitespace: true, max: 300 }]}><Input.TextArea maxLength={300} showCount autoSize={{ minRows: 3, maxRows: 8 }} placeholder={t("album.description.hint")} /></Form.Item>
      <Form.Item name="yuan" label={t("album.price")} rules={[{ required: true }]}><InputNumber min={0} max={YUAN_MAX} precision={2} prefix="¥" style={{ width: 180 }} /></Form.Item>
      <Form.Item name="sn" label={t("album.sn")} extra={t("album.sn.extra")} rules={[{ pattern: /^[A-Za-z0-9]{0,128}$/, message: t("album.sn.bad") }]}><Input maxLength={128} /></Form.Item>
    </FormSheet>
  );
}

/// Pictures in their order: from here, or fresh ones.
function Pictures({ value = [], onChange = () => {} }: { value?: string[]; onChange?: (pictures: string[]) => void }) {
  const { t } = useText();
  const { may, busy, keep } = useKeepMedia("image");
  const list = useGet("/v1/media", { query: { kind: "image", limit: 50 } });
  const full = value.length >= PICTURES_MAX;
  const take = async (files: File[]) => {
    let all = value;
    for (const file of files.slice(0, PICTURES_MAX - value.length)) {
      const kept = await keep(file);
      if (kept && !all.includes(kept.id)) onChange((all = [...all, kept.id]));
    }
  };
  const options = (list.data?.data ?? []).filter((one) => !value.includes(one.id)).map((one) => ({ value: one.id, label: one.name }));
  return (
    <div className="album-pictures">
      {value.map((id, at) => (
        <span key={id} className="album-picture"><img src={`/v1/media/${id}`} alt={t("album.picture", { at: at + 1 })} width={72} height={72} />
          <Button size="small" shape="circle" icon={<Icon name="close" size={13} />} aria-label={t("album.picture.drop", { at: at + 1 })} onClick={() => onChange(value.filter((one) => one !== id))} /></span>
      ))}
      {!full && (
        <span className="album-add">
          {options.length > 0 && <Select<string> value={null as never} placeholder={t("code.media.pick.image")} aria-label={t("code.media.pick.image")} showSearch={{ optionFilterProp: "label" }} options={options} onChange={(id) => onChange([...value, id])} />}
          {may && <FileButton label={t("code.media.upload")} accept={ACCEPTS.image} multiple busy={busy} onFiles={(files) => void take(files)} />}
        </span>
      )}
    </div>
  );
}
