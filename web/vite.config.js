import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
// `npm run dev` forwards everything that is not the console to a running server.
const server = process.env.KOI_URL ?? "http://127.0.0.1:8686";

export default defineConfig({
  root: here("./console"),
  plugins: [react()],
  resolve: { alias: {
      "@": here("./console/src"), "@shared": here("./shared"),
      // Its public doors pack with a worker made from a blob, which the page's policy refuses; this one packs in place.
      "write-excel-file/inside": here("./node_modules/write-excel-file/modules/export"),
    } },
  build: {
    outDir: here("./dist/console"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // a data: address would need a wider CSP
    chunkSizeWarningLimit: 700,
    manifest: true,
  },
  server: {
    host: "127.0.0.1",
    port: Number(process.env.PORT ?? 8790),
    proxy: { "/v1": server, "/openapi.json": server, "/healthz": server, "/wecom": server },
  },
  test: { environment: "jsdom", include: ["tests/**/*.test.{ts,tsx}"], restoreMocks: true },
});
