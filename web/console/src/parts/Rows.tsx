import { Button, Table, type TableProps } from "antd";
import { useEffect, useRef, type ReactNode } from "react";
import { useText } from "@/i18n/use";
import { Bones, Failure, Nothing, asProblem } from "./States";

interface List<T> {
  data: T[] | undefined;
  error: unknown;
  refetch: () => unknown;
  more?: boolean;
  fetchMore?: () => void;
  fetchingMore?: boolean;
}

/// A plain table of a list: its states, its columns, and a way to the next page.
export function Rows<T extends object>({ list, columns, rowKey, empty, label, onRow }: {
  list: List<T>;
  columns: TableProps<T>["columns"];
  rowKey: TableProps<T>["rowKey"];
  empty: { title: string; text?: string; action?: ReactNode };
  label: string;
  onRow?: TableProps<T>["onRow"];
}) {
  const { t } = useText();
  const place = useRef<HTMLDivElement>(null);
  // A table wider than its place scrolls: the keyboard must be able to get there.
  useEffect(() => {
    const box = place.current?.querySelector<HTMLElement>(".ant-table-content");
    if (!box) return;
    const mark = () => {
      if (box.scrollWidth > box.clientWidth) {
        box.tabIndex = 0;
        box.setAttribute("role", "region");
        box.setAttribute("aria-label", label);
      } else {
        box.removeAttribute("tabindex");
        box.removeAttribute("role");
        box.removeAttribute("aria-label");
      }
    };
    const watch = new ResizeObserver(mark);
    watch.observe(box);
    return () => watch.disconnect();
  }, [list.data, label]);
  if (list.data === undefined) {
    return (
      <div style={{ padding: 20 }}>
        {list.error ? <Failure problem={asProblem(list.error)} retry={() => void list.refetch()} /> : <Bones lines={6} />}
      </div>
    );
  }
  if (list.data.length === 0) return <Nothing {...empty} />;
  return (
    <div ref={place}>
      <Table<T> columns={columns} dataSource={list.data} rowKey={rowKey} pagination={false} size="middle" aria-label={label}
        scroll={{ x: "max-content" }} onRow={onRow} />
      {list.more && (
        <div className="more">
          <Button onClick={list.fetchMore} loading={list.fetchingMore}>{t("do.more")}</Button>
        </div>
      )}
    </div>
  );
}
