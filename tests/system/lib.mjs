// What whole-system tests share: a fresh data folder, the release binary, honest failures.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');
export const binary = process.env.KOI_BIN ?? path.join(root, 'build/release/koipond');
const run = promisify(execFile);

export function check(condition, message) {
  if (!condition) throw new Error(message);
}
export function equal(got, want, what) {
  const g = JSON.stringify(got), w = JSON.stringify(want);
  check(g === w, `${what}: got ${g}, want ${w}`);
}

const made = new Set();
process.on('exit', () => made.forEach(removeFolder));
export function temporaryFolder() {
  const dir = mkdtempSync(path.join(tmpdir(), 'koi-sys-'));
  made.add(dir);
  return dir;
}
export function removeFolder(dir) {
  made.delete(dir);
  rmSync(dir, { recursive: true, force: true });
}

/** A seeded stream, so that a failing run can be repeated. */
export function dice(seed) {
  let s = BigInt(seed) & 0xffffffffffffffffn;
  const next = () => {
    s = (s + 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn;
    let z = s;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & 0xffffffffffffffffn;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & 0xffffffffffffffffn;
    return Number((z ^ (z >> 31n)) >> 11n) / 2 ** 53;
  };
  return { next, below: (n) => Math.floor(next() * n), yes: (p) => next() < p };
}

export async function freePort() {
  const server = net.createServer();
  await new Promise((ok) => server.listen(0, '127.0.0.1', ok));
  const { port } = server.address();
  await new Promise((ok) => server.close(ok));
  return port;
}

/** One product: a data folder (or PostgreSQL), a port, and a process that can be started and killed. */
export class Pond {
  constructor({ data = temporaryFolder(), store = process.env.KOI_TEST_PG ?? '', console: consoleDir = '', env = {} } = {}) {
    this.data = data;
    this.env = { ...process.env, ...env };  // KOIPOND_*: how this one is set up
    this.store = store;
    this.consoleDir = consoleDir;
  }
  get base() {
    return `http://127.0.0.1:${this.port}`;
  }
  options() {
    return ['--data', this.data, ...(this.store ? ['--store', this.store] : [])];
  }
  /** Starts the server; resolves when /readyz answers, with the milliseconds that took. */
  async start() {
    this.port ??= await freePort();
    const began = performance.now();
    this.log = '';
    const flags = ['serve', ...this.options(), '--port', String(this.port)];
    if (this.consoleDir) flags.push('--console', this.consoleDir);
    this.process = spawn(binary, flags, { stdio: ['ignore', 'pipe', 'pipe'], env: this.env });
    this.output = '';
    this.process.stdout.on('data', (d) => (this.output += d));
    this.process.stderr.on('data', (d) => (this.log = (this.log + d).slice(-20_000)));
    this.ended = new Promise((ok) => this.process.on('exit', (code, signal) => ok({ code, signal })));
    let dead = false;
    void this.ended.then(() => (dead = true));
    for (;;) {
      check(!dead, `the server ended while starting: ${this.log}`);
      check(performance.now() - began < 60_000, `the server is not ready after 60 s: ${this.log}`);
      const ready = await fetch(`${this.base}/readyz`).then((r) => r.ok, () => false);
      if (ready) {
        const took = performance.now() - began;
        check(await this.takesCommands(), 'the server says it is ready and takes no commands yet');
        return took;
      }
      await new Promise((ok) => setTimeout(ok, 10));
    }
  }
  /** Whether somebody listens where commands come in. */
  takesCommands() {
    return new Promise((ok) => {
      const door = net.connect(path.join(this.data, 'koipond.sock'), () => ok(true)).on('error', () => ok(false)).on('connect', () => door.destroy());
    });
  }
  /** Resolves with the match when the server has printed it. */
  async said(pattern) {
    for (let found; ; ) {
      if ((found = pattern.exec(this.output))) return found[0];
      await new Promise((ok) => this.process.stdout.once('data', ok));
    }
  }
  async kill(signal = 'SIGKILL') {
    this.process.kill(signal);
    return this.ended;
  }
  /** Drops the data before the run ends: what lies on the disk unwritten would slow the next measurement. */
  forget() {
    removeFolder(this.data);
  }
  /** Runs a koipond command on this data folder. */
  async command(args, { fails = false } = {}) {
    try {
      const { stdout, stderr } = await run(binary, [...args, ...this.options()], { maxBuffer: 1 << 28, env: { ...this.env, LANG: 'C.UTF-8' } });
      return { code: 0, stdout, stderr };
    } catch (e) {
      if (!fails) throw new Error(`koipond ${args.join(' ')}: exit ${e.code}\n${e.stdout ?? ''}${e.stderr ?? ''}`);
      return { code: e.code, stdout: e.stdout, stderr: e.stderr };
    }
  }
  async json(args) {
    return JSON.parse((await this.command([...args, '--json'])).stdout);
  }
  /** How many events of each kind the log holds, table and files. */
  async kinds() {
    const { kinds, events } = await this.json(['query', 'kinds']);
    return { events, of: (kind) => kinds.find((k) => k.kind === kind)?.events ?? 0 };
  }
  /** One figure of /metrics. */
  async metric(name) {
    const text = await fetch(`${this.base}/metrics`).then((r) => r.text());
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
  }
  /** One SQL question straight to the store, past the product: the independent witness. */
  async sql(text) {
    const [program, args] = this.store
      ? ['psql', [this.store, '-At', '-F', '|', '-c', text]]
      : ['sqlite3', ['-readonly', path.join(this.data, 'koipond.db'), text]];
    const { stdout } = await run(program, args, { maxBuffer: 1 << 28 });
    return stdout.trim();
  }
}

export async function main(name, body) {
  const began = performance.now();
  try {
    await body();
    console.log(`✓ ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
    process.exit(0);
  } catch (e) {
    console.error(`✗ ${name}: ${e.stack ?? e}`);
    process.exit(1);
  }
}

export function option(name, fallback) {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? process.argv[at + 1] : fallback;
}
