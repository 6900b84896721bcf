// Writes .br and .gz beside every text asset, so that the server never compresses on the fly.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const brotli = promisify(brotliCompress);
const deflate = promisify(gzip);
const root = process.argv[2] ?? "dist/console";
const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };

const names = await readdir(root, { recursive: true });
const texts = names.filter((name) => /\.(js|css|svg)$/.test(name));
let before = 0;
let after = 0;
for (const name of texts) {
  const file = join(root, name);
  const raw = await readFile(file);
  if (raw.length < 1024) continue;
  const [br, gz] = await Promise.all([brotli(raw, quality), deflate(raw, { level: 9 })]);
  await Promise.all([writeFile(`${file}.br`, br), writeFile(`${file}.gz`, gz)]);
  before += raw.length;
  after += br.length;
}
console.log(`${texts.length} assets: ${Math.round(before / 1000)} kB, ${Math.round(after / 1000)} kB as brotli`);
