/// What leaves the browser: the version an edit is based on, and lists of ids as the server reads them.
import { afterEach, beforeEach, expect, it, vi } from "vitest";

const sent: Request[] = [];
beforeEach(() => {
  sent.length = 0;
  vi.resetModules();
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push(request);
    return new Response("{}", { status: 200, headers: { "content-type": "application/json" } });
  });
});
afterEach(() => vi.unstubAllGlobals());

it("an edit names the version it saw, as the server writes it", async () => {
  const { api } = await import("@shared/client");
  await api.patch("/v1/tags/{tag}", { path: { tag: "tag_1" }, body: { name: "a" } as never, version: 3 });
  expect(sent[0]!.headers.get("if-match")).toBe('"v3"');
  expect(new URL(sent[0]!.url).pathname).toBe("/v1/tags/tag_1");
});

it("ids go as one parameter each", async () => {
  const { api } = await import("@shared/client");
  await api.get("/v1/people", { query: { ids: ["cus_a", "cus_b"], limit: 25 } as never });
  expect(new URL(sent[0]!.url).search).toBe("?ids=cus_a&ids=cus_b&limit=25");
  expect(sent[0]!.headers.has("if-match")).toBe(false);
});
