/// The typed door to the server. Paths, queries, bodies and replies come from the generated api.d.ts.
import createClient from "openapi-fetch";
import type { paths } from "./api";

type Method = "get" | "post" | "put" | "patch" | "delete";
type Op<P extends keyof paths, M extends Method> = M extends keyof paths[P] ? NonNullable<paths[P][M]> : never;
export type PathsWith<M extends Method> = {
  [P in keyof paths]: M extends keyof paths[P] ? ([Exclude<paths[P][M], undefined>] extends [never] ? never : P) : never;
}[keyof paths];

type Content<R> = R extends { content: { "application/json": infer T } } ? T : void;
type Success<R> = R extends { 200: infer A } ? Content<A> : R extends { 201: infer A } ? Content<A> : R extends { 202: infer A } ? Content<A> : void;

/// What a route answers.
export type ReplyOf<P extends keyof paths, M extends Method> =
  Op<P, M> extends { responses: infer R } ? Success<R> : never;
/// What a route takes as a body.
export type BodyOf<P extends keyof paths, M extends Method> =
  Op<P, M> extends { requestBody?: infer B } ? (NonNullable<B> extends { content: { "application/json": infer T } } ? T : undefined) : undefined;
/// What a route takes in its query string.
export type QueryOf<P extends keyof paths, M extends Method> =
  Op<P, M> extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never;

export interface FieldProblem {
  pointer?: string;
  code?: string;
  detail?: string;
}

/// A refusal by the server (RFC 9457), or the network's: status 0.
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail = "",
    readonly requestId = "",
    readonly errors: FieldProblem[] = [],
  ) {
    super(detail ? `${title}: ${detail}` : title);
  }
  get retryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export const session = { csrf: "", lang: "zh-CN", onLost: () => {} };

export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function problemOf(response: Response): Promise<Problem> {
  const id = response.headers.get("x-request-id") ?? "";
  const body = (await response.json().catch(() => null)) as Record<string, unknown> | null;
  const text = (key: string) => (typeof body?.[key] === "string" ? (body[key] as string) : "");
  return new Problem(
    response.status,
    text("code") || `http.${response.status}`,
    text("title") || response.statusText || String(response.status),
    text("detail"),
    text("request_id") || id,
    Array.isArray(body?.errors) ? (body.errors as FieldProblem[]) : [],
  );
}

/// Headers every call carries; mutations add the session's token and a key that makes a repeat safe.
export function headersFor(method: string, key?: string): Record<string, string> {
  const headers: Record<string, string> = { "accept-language": session.lang };
  if (method.toUpperCase() === "GET") return headers;
  headers["x-koipond-csrf"] = session.csrf;
  headers["idempotency-key"] = key ?? newKey();
  return headers;
}

const client = createClient<paths>({ baseUrl: typeof location === "undefined" ? "" : location.origin });

export interface CallOptions<P extends keyof paths, M extends Method> {
  path?: Record<string, string>;
  query?: QueryOf<P, M>;
  body?: BodyOf<P, M>;
  /// Repeats with the same key take effect once.
  key?: string;
  /// The version the caller saw: an edit of an older one is refused.
  version?: number;
  signal?: AbortSignal;
}

export interface Answered<T> {
  data: T;
  etag: string;
}

async function call<P extends keyof paths, M extends Method>(
  method: M,
  path: P,
  options: CallOptions<P, M> = {},
): Promise<Answered<ReplyOf<P, M>>> {
  const headers = headersFor(method, options.key);
  if (options.version !== undefined) headers["if-match"] = `"v${options.version}"`;
  // A POST without fields still says that it speaks JSON: the server refuses anything a form could send.
  const body = method === "get" ? undefined : (options.body ?? {});
  const send = client.request as unknown as (
    m: string,
    p: string,
    init: object,
  ) => Promise<{ data?: unknown; response: Response; error?: unknown }>;
  let answer: { data?: unknown; response: Response; error?: unknown };
  try {
    answer = await send(method, path as string, {
      params: { path: options.path, query: options.query },
      body,
      headers,
      signal: options.signal,
      parseAs: "stream",
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new Problem(0, "web.network", "network");
  }
  const { response } = answer;
  if (!response.ok) {
    // openapi-fetch has read the error body already: as an object, or as text.
    const found = typeof answer.error === "object" ? JSON.stringify(answer.error) : String(answer.error ?? "");
    const problem = await problemOf(new Response(found, { status: response.status, headers: response.headers }));
    if (problem.status === 401) session.onLost();
    throw problem;
  }
  const text = await response.text();
  return { data: (text ? JSON.parse(text) : undefined) as ReplyOf<P, M>, etag: response.headers.get("etag") ?? "" };
}

export const api = {
  get: <P extends PathsWith<"get">>(path: P, options?: CallOptions<P, "get">) => call("get", path, options),
  post: <P extends PathsWith<"post">>(path: P, options?: CallOptions<P, "post">) => call("post", path, options),
  put: <P extends PathsWith<"put">>(path: P, options?: CallOptions<P, "put">) => call("put", path, options),
  patch: <P extends PathsWith<"patch">>(path: P, options?: CallOptions<P, "patch">) => call("patch", path, options),
  delete: <P extends PathsWith<"delete">>(path: P, options?: CallOptions<P, "delete">) => call("delete", path, options),
};

/// Sends a file as it is, with progress (fetch cannot report what it has sent).
export function upload<T>(
  path: string,
  file: Blob,
  headers: Record<string, string>,
  progress: (share: number) => void,
): Promise<T> {
  return new Promise((done, refuse) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    for (const [name, value] of Object.entries({ ...headersFor("POST"), ...headers })) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onerror = () => refuse(new Problem(0, "web.network", "network"));
    request.onload = async () => {
      if (request.status >= 200 && request.status < 300) return done(JSON.parse(request.responseText) as T);
      const id = request.getResponseHeader("x-request-id") ?? "";
      refuse(await problemOf(new Response(request.responseText, { status: request.status, headers: { "x-request-id": id } })));
    };
    request.send(file);
  });
}
