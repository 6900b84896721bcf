// Orchestrates koi_bench and the peers; medians of five unless said otherwise. Durable everywhere: fsync is on.
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { Pond, root, temporaryFolder } from '../tests/system/lib.mjs';
import { behaviour } from './behaviour.mjs';
import { peerLibraries } from './peers/modules.mjs';

const run = promisify(execFile);
const build = path.join(root, 'build/release');
const bench = path.join(build, 'koi_bench');
const flag = { type: 'boolean' }, number = { type: 'string' };
const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { quick: flag, large: flag, fresh: flag, referee: flag, ours: flag, people: number, events: number, seed: number },
});
const quick = options.quick;
const rounds = quick ? 1 : 5;
const report = { machine: machine(), at: new Date().toISOString(), figures: {} };

function machine() {
  const cpu = os.cpus()[0].model;
  return `${os.cpus().length} cores of ${cpu}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${os.type()} ${os.release()}`;
}
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const k = (n) => (n >= 10_000 ? `${(n / 1000).toFixed(0)} k` : n >= 1000 ? `${(n / 1000).toFixed(1)} k` : n.toFixed(0));
function figure(name, value, note = '') {
  report.figures[name] = value;
  console.log(`${name.padEnd(46)} ${typeof value === 'number' ? (value < 100 ? value.toFixed(2) : k(value)) : value} ${note}`);
}
const ratio = (name, ours, theirs, goal) => figure(name, ours / theirs, `× (goal ≥ ${goal} ×)`);
async function koiBench(...args) {
  const { stdout } = await run(bench, args.map(String), { maxBuffer: 1 << 26 });
  return JSON.parse(stdout);
}

// --- peers ---------------------------------------------------------------------------------------------------------
async function clickhouse(batches) {
  execFileSync('cmake', ['--build', build, '--target', 'chdb_insert'], { stdio: 'ignore' });
  const { stdout } = await run(path.join(build, 'chdb_insert'), [peerLibraries().clickhouse.file, temporaryFolder(), quick ? '2' : '5', ...batches.map(String)]);
  return JSON.parse(stdout);
}
/** A private PostgreSQL 15 with fsync on; `body` gets a function that runs psql or pgbench against it. */
async function postgres(body) {
  const helper = path.join(root, 'tests/support/with-postgres');
  return JSON.parse(execFileSync(helper, ['node', path.join(root, 'bench/peers/postgres.mjs'), body, quick ? '2' : '5'], {
    env: { ...process.env, KOI_PG_FSYNC: 'on' }, maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'inherit'] }).toString());
}

// --- ours ----------------------------------------------------------------------------------------------------------
async function pondWithKey() {
  const pond = new Pond({ store: '' });
  await pond.start();
  const { key } = await pond.json(['key', 'create', '--kind', 'write', '--name', 'bench']);
  return { pond, basic: Buffer.from(`${key}:`).toString('base64') };
}
const load = (pond, basic, name, shape, where, connections, batch, extra) =>
  koiBench('load', '--port', pond.port, '--path', where, '--basic', basic, '--run', name, '--shape', shape, '--connections', connections, '--batch', batch, ...extra);

async function ingest() {
  const { pond, basic } = await pondWithKey();
  const time = ['--seconds', quick ? 2 : 5];
  const singles = [], batches = [];
  for (let i = 0; i < rounds; ++i) singles.push(await load(pond, basic, `s${i}`, 'single', '/v1/track', 256, 1, time));
  for (let i = 0; i < rounds; ++i) batches.push(await load(pond, basic, `b${i}`, 'batch', '/v1/batch', 64, 100, time));
  const single = median(singles.map((f) => f.per_second)), batch = median(batches.map((f) => f.per_second));
  figure('events/s, single, 256 connections', single, '(goal ≥ 25 k)');
  figure('  p99 ms', median(singles.map((f) => f.latency_ms.p99)), '(goal ≤ 50)');
  figure('events/s, /v1/batch of 100', batch, '(goal ≥ 100 k)');
  figure('  p99 ms ', median(batches.map((f) => f.latency_ms.p99)));
  await pond.kill('SIGTERM');
  pond.forget();

  const fresh = await pondWithKey();
  const total = quick ? 1_000_000 : 10_000_000;
  const lines = await load(fresh.pond, fresh.basic, 'n', 'lines', '/v1/events', 8, 5000, ['--events', total]);
  figure(`events/s, NDJSON, ${total / 1e6} M sustained`, lines.per_second, '(goal ≥ 150 k)');
  figure('  p99 ms  ', lines.latency_ms.p99);
  await fresh.pond.kill('SIGTERM');
  fresh.pond.forget();

  const peer = await clickhouse([1, 100, 1000]);
  figure('ClickHouse events/s, batch 1 / 100 / 1,000', `${k(peer[1])} / ${k(peer[100])} / ${k(peer[1000])}`, '(embedded, fsync on, one caller)');
  const pg = await postgres('events');
  figure('PostgreSQL events/s, INSERT of 100 / COPY of 100', `${k(pg.insert100)} / ${k(pg.copy100)}`, `(best of 1–16 clients)`);
  figure('PostgreSQL events/s, INSERT of 100, the same work', pg.same100, '(unique ids, person found or made; best of 1–16 clients)');
  ratio('batch 100 : better peer at the same work', batch, Math.max(peer[100], pg.same100), 6);
  ratio('batch 100 : better peer that only stores rows', batch, Math.max(peer[100], pg.insert100, pg.copy100), 6);
}

async function imports() {
  const file = path.join(temporaryFolder(), 'orders.csv');
  const lines = quick ? 100_000 : 1_000_000;
  await run(bench, ['orders', '--file', file, '--lines', String(lines)]);
  const ours = [], bare = [];
  for (let i = 0; i < rounds; ++i) {
    const pond = new Pond({ store: '' });
    const began = performance.now();
    await pond.command(['import', 'orders', file, '--source', 'bench'], { fails: true });
    ours.push((performance.now() - began) / 1000);
    pond.forget();
    const plain = path.join(temporaryFolder(), 'plain.db');
    const start = performance.now();
    await run('sqlite3', [plain, '.mode csv', `.import ${file} orders`]);
    bare.push((performance.now() - start) / 1000);
    rmSync(plain);
  }
  figure(`import of ${lines / 1e6} M order lines, s`, median(ours), '(goal ≤ 20 s a million)');
  figure('sqlite3 .import of the same file, s', median(bare));
  figure('  ours : bare .import', median(ours) / median(bare), '× its time');
}

async function ledgers() {
  const time = ['--seconds', quick ? 2 : 5];
  const spread = [], hot = [];
  for (let i = 0; i < rounds; ++i) {
    spread.push(await koiBench('transfers', '--dir', temporaryFolder(), ...time));
    hot.push(await koiBench('transfers', '--dir', temporaryFolder(), '--hot', ...time));
  }
  const best = median(spread.map((f) => f.per_second));
  figure('transfers/s, 100 k accounts, 256 in flight', best, '(goal ≥ 80 k)');
  figure('  p99 ms    ', median(spread.map((f) => f.latency_ms.p99)), '(goal ≤ 25)');
  figure('transfers/s, one hot account', median(hot.map((f) => f.per_second)), '(goal ≥ 80 k)');
  figure('  p99 ms     ', median(hot.map((f) => f.latency_ms.p99)), '(goal ≤ 25)');
  const pg = await postgres('transfers');
  figure('PostgreSQL function, best client count', pg.best, `(${pg.clients} clients)`);
  ratio('transfers : PostgreSQL', best, pg.best, 7);
}

/** Customers with names and phones, as a shop's member list has them. */
function memberFile(count) {
  const families = [...'王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹'], given = [...'伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志文辉'];
  let seed = 1;
  const pick = (list) => list[(seed = (seed * 48271) % 2147483647) % list.length];
  const lines = ['会员号,姓名,手机,城市'];
  for (let i = 0; i < count; ++i)
    lines.push(`M${i},${pick(families)}${pick(given)}${pick(given)},139${String(i).padStart(8, '0')},${pick(['上海', '北京', '广州', '深圳', '杭州'])}`);
  const file = path.join(temporaryFolder(), 'members.csv');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

async function times(pond, headers, url, calls) {
  const took = [];
  for (let i = 0; i < calls; ++i) {
    const began = performance.now();
    const reply = await fetch(pond.base + url(i), { headers });
    if (!reply.ok) throw new Error(`${url(i)} answered ${reply.status}: ${await reply.text()}`);
    await reply.arrayBuffer();
    took.push(performance.now() - began);
  }
  return took.sort((x, y) => x - y);
}

/** A million people: two in ten with a name and a phone, one in ten with orders, the rest known by what they did. */
async function reads() {
  const unit = quick ? 10_000 : 100_000;
  const { pond, basic } = await pondWithKey();
  await load(pond, basic, 'r', 'lines', '/v1/events', 8, 5000, ['--events', 100 * unit, '--people', 7 * unit]);
  await pond.kill('SIGTERM');
  await pond.command(['import', 'customers', memberFile(2 * unit), '--source', 'members']);
  const file = path.join(temporaryFolder(), 'orders.csv');
  await run(bench, ['orders', '--file', file, '--lines', String(10 * unit)]);
  await pond.command(['import', 'orders', file, '--source', 'shop'], { fails: true });
  const ready = await pond.start();
  figure('start to ready, ms', ready, '(goal ≤ 2,000)');
  const { key } = await pond.json(['key', 'create', '--kind', 'api', '--name', 'bench', '--scope', 'person.read', '--scope', 'insight.read']);
  const headers = { authorization: `Bearer ${key}` };
  const page = async (query) => (await (await fetch(`${pond.base}/v1/people?limit=50&${query}`, { headers })).json()).data;
  const known = [...(await page('sort=paid')), ...(await page('stage=prospect'))];
  const words = ['wang', 'zhangwei', 'lf', '陈', 'zhoumin'];
  const questions = {
    'people list, stage and time of purchase': () => '/v1/people?stage=active&last_paid_from=2026-01-01T00:00:00Z&limit=50',
    'people list, spend and orders, by spend': () => '/v1/people?paid_fen_min=20000&orders_min=3&sort=paid&limit=50',
    'person 360': (i) => `/v1/people/${known[i % known.length].id}`,
    'home': () => '/v1/insight/home',
    'search by pinyin': (i) => `/v1/people?q=${encodeURIComponent(words[i % words.length])}&limit=20`,
  };
  for (const [name, url] of Object.entries(questions)) figure(`${name}, p95 ms`, (await times(pond, headers, url, 200))[189], '(goal ≤ 50)');
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pond.process.pid}/status`, 'utf8'))[1]) / 1024;
  figure('server RSS, MiB', rss, '(goal ≤ 300)');
  await pond.kill('SIGTERM');
  pond.forget();
}

/** Live segments: nobody else offers them over a log of events in one process, so the goal is a time and not a ratio. */
async function lives() {
  const people = Number(options.people ?? (quick ? 50_000 : 1_000_000));
  const f = await koiBench('live', '--dir', temporaryFolder(), '--people', people, '--seconds', quick ? 20 : 60);
  figure(`live segments over ${k(people)} people, first fill, s`, f.fill_seconds, `(200 segments, ${k(f.members)} members)`);
  figure('events/s looked at, open loop', f.events / f.seconds, `(${k(f.looked)} people judged, ${k(f.moves)} came or went, ${f.turns} turns)`);
  figure('  acknowledged to member, p50 ms', f.latency_ms.p50);
  figure('  p99 ms       ', f.latency_ms.p99, '(goal ≤ 1,000)');
  figure('  max ms', f.latency_ms.max);
  figure('  processor seconds a second of its thread', f.cpu, '(goal ≤ 1)');
}

/** Pages of live codes: every visit takes slots of two caps and an event, and answers after the commit. */
async function codes() {
  const dir = temporaryFolder();
  const slugs = await koiBench('codes', '--dir', dir);
  const pond = new Pond({ store: '', data: dir });
  await pond.start();
  const visits = (some, rate) => koiBench('visits', '--port', pond.port, '--slugs', some.join(','), '--rate', rate, '--seconds', quick ? 5 : 20);
  await visits(slugs, 1000);  // all definitions have been read
  // All threads of the server, in hundredths of a second: what another load on the machine changes least.
  const ticks = () => readFileSync(`/proc/${pond.process.pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).reduce((sum, n) => sum + Number(n), 0);
  const spread = [], hot = [], work = [];
  for (let i = 0; i < rounds; ++i) {
    const before = ticks();
    spread.push(await visits(slugs, 5000));
    work.push(((ticks() - before) * 10_000) / spread.at(-1).visits);
    hot.push(await visits(slugs.slice(0, 1), 5000));
  }
  figure('live-code pages/s, 200 codes, open loop', median(spread.map((f) => f.per_second)), '(asked for 5,000)');
  figure('  p50 ms', median(spread.map((f) => f.latency_ms.p50)));
  figure('  p99 ms        ', median(spread.map((f) => f.latency_ms.p99)), '(goal ≤ 20)');
  figure('  p99 ms of the worst second', Math.max(...spread.map((f) => f.worst_second_p99)));
  figure('  processor µs a page, server', median(work));
  figure('live-code pages/s, one code', median(hot.map((f) => f.per_second)), '(asked for 5,000)');
  figure('  p99 ms         ', median(hot.map((f) => f.latency_ms.p99)), '(goal ≤ 20)');
  await pond.kill('SIGTERM');
  pond.forget();
}

const behaviours = async () => { report.figures.behaviour = await behaviour(options); };
/** A simulated corp over HTTP into an empty store; the simulator takes its share of the same processors. */
async function walks() {
  const customers = quick ? 20_000 : 100_000;
  const runs = [];
  for (let i = 0; i < (quick ? 1 : 3); ++i) runs.push(await koiBench('sync', '--dir', temporaryFolder(), '--customers', customers));
  figure(`customers/s, first walk through ${k(customers)} at WeCom`, median(runs.map((f) => f.first.per_second)), '(goal ≥ 5 k)');
  figure('  processor ms a customer, simulator too', median(runs.map((f) => (1000 * f.first.cpu) / f.first.friendships)));
  figure('customers/s, nightly look, nothing changed', median(runs.map((f) => f.again.per_second)));
}

/** Callbacks of a corp of WeCom, the simulator as its own process, each with a welcome through a platform that takes 100 ms. */
async function callbacks() {
  const storm = async (rate) => {
    const { stdout } = await run('node', [path.join(root, 'tests/system/storm.mjs'), '--rate', String(rate), '--adds', quick ? '3000' : '8500']);
    return JSON.parse(stdout.split('\n').find((line) => line.startsWith('{')));
  };
  const steady = await storm(1000), flood = await storm(12_000);
  figure('callbacks/s answered, asked for 1,000', steady.answered / steady.seconds, '');
  figure('  acknowledged, p99 ms', steady.callback_ms.p99_ms, '(goal ≤ 50)');
  figure('  welcome at the platform after, p99 ms', steady.welcome_ms.p99_ms, '(goal ≤ 500)');
  figure('callbacks/s answered, asked for 12,000', flood.answered / flood.seconds, '');
  figure('  acknowledged, p99 ms', flood.callback_ms.p99_ms, '(goal ≤ 1,000)');
}

const all = { ingest, import: imports, ledger: ledgers, reads, live: lives, codes, sync: walks, callbacks, behaviour: behaviours };
console.log(report.machine);
for (const [name, body] of Object.entries(all)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n— ${name} —`);
  await body();
}
mkdirSync(path.join(root, 'build'), { recursive: true });
writeFileSync(path.join(root, 'build/bench.json'), `${JSON.stringify(report, null, 2)}\n`);
process.exit(0);
