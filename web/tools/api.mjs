// Takes the server's description into shared/openapi.json and writes shared/api.d.ts from it:
//   npm run api                                   from the file that is there
//   npm run api -- http://127.0.0.1:8686          from a running server
// Only /v1 is kept: the console has no business elsewhere, and probes of the machine are not part of its types.
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const file = fileURLToPath(new URL("../shared/openapi.json", import.meta.url));
const types = fileURLToPath(new URL("../shared/api.d.ts", import.meta.url));
const server = process.argv[2];
const text = server ? await (await fetch(`${server.replace(/\/$/, "")}/openapi.json`)).text() : await readFile(file, "utf8");
const api = JSON.parse(text);
const sorted = (value) =>
  Array.isArray(value)
    ? value.map(sorted)
    : value && typeof value === "object"
      ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]))
      : value;
api.paths = Object.fromEntries(Object.entries(api.paths).filter(([path]) => path.startsWith("/v1/")));
await writeFile(file, `${JSON.stringify(sorted(api), null, 1)}\n`);
execFileSync("openapi-typescript", [file, "--output", types, "--alphabetize", "--empty-objects-unknown"], { stdio: "inherit" });
