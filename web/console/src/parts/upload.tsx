/// Files of the browser's: chosen by a button, sent as they are.
import { App, Button } from "antd";
import { useRef, useState } from "react";
import { newKey, upload } from "@shared/client";
import { queries, sayProblem } from "@/app/queries";
import { Icon } from "./Icon";
import { asProblem } from "./States";

/// `onFiles` gets what was chosen, in its order; the same file can be chosen again.
export function FileButton({ label, accept, multiple, busy, size, onFiles }: { label: string; accept: string; multiple?: boolean; busy: boolean; size?: "small"; onFiles: (files: File[]) => void }) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <input ref={field} type="file" accept={accept} multiple={multiple} style={{ display: "none" }} onChange={(event) => { const files = [...(event.target.files ?? [])]; event.target.value = ""; if (files.length > 0) onFiles(files); }} />
      <Button size={size} icon={<Icon name="upload" size={size ? 14 : 15} />} loading={busy} onClick={() => field.current?.click()}>{label}</Button>
    </>
  );
}

/// `send` puts a file at an address, once however often it is tried, and then asks for `touches` again. It says what went wrong itself, and then returns nothing.
export function useUpload(touches: readonly string[]) {
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const send = async (address: string, file: File, type = "application/octet-stream") => {
    setBusy(true);
    try {
      const reply = await upload(address, file, { "content-type": type, "idempotency-key": newKey() }, () => {});
      await Promise.all(touches.map((path) => queries.invalidateQueries({ queryKey: [path] })));
      return reply;
    } catch (error) {
      void message.error(sayProblem(asProblem(error)));
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  return { busy, send };
}
