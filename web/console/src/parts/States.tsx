/// The states a page can be in before it has something to show.
import "./states.css";
import type { UseQueryResult } from "@tanstack/react-query";
import { Button } from "antd";
import type { ReactNode } from "react";
import { Problem } from "@shared/client";
import { useText } from "@/i18n/use";
import { Copy } from "./Copy";
import { Icon } from "./Icon";

/// Still water: why there is nothing, and the one thing to do about it.
export function Nothing({ title, text, action }: { title: string; text?: string; action?: ReactNode }) {
  return (
    <div className="nothing">
      <svg className="ripple" width="160" height="112" viewBox="0 0 160 112" fill="none" aria-hidden="true">
        <g stroke="var(--water-mid)" strokeWidth="1.2">
          <ellipse cx="80" cy="72" rx="70" ry="26" opacity=".28" />
          <ellipse cx="80" cy="72" rx="48" ry="17" opacity=".5" />
          <ellipse cx="80" cy="72" rx="26" ry="9" opacity=".8" />
        </g>
        <path d="M58 74c2-12 12-19 24-18 8 1 13 6 18 5 4-1 6-3 9-3-1 5-1 9 1 13-4 0-7-3-11-3-6 0-9 7-20 8-9 1-15 1-21-2Z" fill="var(--koi)" opacity=".92" />
        <path d="M66 66c4-6 11-9 18-7-4 4-5 9-3 15-6 1-13-2-15-8Z" fill="var(--surface)" opacity=".85" />
        <circle cx="64" cy="70" r="1.5" fill="var(--ink)" />
      </svg>
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {action && <div className="row">{action}</div>}
    </div>
  );
}

/// What happened, why, what now, and the number to quote.
export function Failure({ problem, retry }: { problem: Problem; retry?: () => void }) {
  const { t } = useText();
  if (problem.status === 403) {
    return <Nothing title={t("state.forbidden")} text={problem.detail || t("state.forbidden.text")} />;
  }
  const offline = problem.status === 0;
  return (
    <div className="failure" role="alert">
      <Icon name="alert" size={20} />
      <div>
        <h2>{offline ? t("state.offline") : problem.title}</h2>
        {problem.detail && <p>{problem.detail}</p>}
        <div className="row">
          {retry && <Button size="small" onClick={retry}>{t("do.retry")}</Button>}
          {!offline && <code>{problem.code}</code>}
          {problem.requestId && <Copy text={problem.requestId} label={t("state.request")} />}
        </div>
      </div>
    </div>
  );
}

export function Bones({ lines = 4 }: { lines?: number }) {
  const { t } = useText();
  return (
    <div className="bones" role="status" aria-label={t("state.loading")}>
      {Array.from({ length: lines }, (_, index) => <i key={index} />)}
    </div>
  );
}

/// Shows a query's data, or the state it is in. Old data stays on screen while it is asked again.
export function Loaded<T>({ query, lines, children }: {
  query: Pick<UseQueryResult<T, Problem>, "data" | "error" | "refetch" | "isPending">;
  lines?: number;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <Failure problem={asProblem(query.error)} retry={() => void query.refetch()} />;
  return <Bones lines={lines} />;
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, "web.error", String(error), "");
}
