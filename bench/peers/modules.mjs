// Libraries of the embedded peers, in the versions of package-lock.json beside this file.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const pinned = JSON.parse(readFileSync(path.join(here, 'package.json'), 'utf8')).dependencies;

/** Paths of the shared libraries, fetched on first use (unless `fetch` is false: then nothing without them) into a folder of
 * the cache that other versions do not touch. */
export function peerLibraries({ fetch = true } = {}) {
  const lock = readFileSync(path.join(here, 'package-lock.json'));
  const dir = path.join(os.homedir(), '.cache/koipond/peers', createHash('sha256').update(lock).digest('hex').slice(0, 8));
  const of = (name, file) => ({ version: pinned[name], file: path.join(dir, 'node_modules', name, file) });
  const libraries = {
    clickhouse: of('@chdb/lib-linux-x64-gnu', 'libchdb.so'),
    duckdb: of('@duckdb/node-bindings-linux-x64', 'libduckdb.so'),
  };
  if (!Object.values(libraries).every((library) => existsSync(library.file))) {
    if (!fetch) return null;
    mkdirSync(dir, { recursive: true });
    for (const name of ['package.json', 'package-lock.json']) copyFileSync(path.join(here, name), path.join(dir, name));
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: dir, stdio: 'inherit' });
  }
  return libraries;
}
