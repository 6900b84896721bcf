// ./koi bench behaviour: five questions over one log of events, asked of ClickHouse and DuckDB on this machine.
// What is asked, and what the set's files hold: behaviour/behaviour.h. Each peer has both layouts, two threads and every
// formulation we know; its best median counts. Any two answers that differ end the run.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';
import { copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Pond } from '../tests/system/lib.mjs';
import { peerLibraries } from './peers/modules.mjs';

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const root = path.resolve(here, '..');
const bench = path.join(root, 'build/release/koi_bench_behaviour');
const cache = path.join(os.homedir(), '.cache/koipond/bench/behaviour');
const sql = (name) => path.join(here, 'behaviour/sql', `${name}.sql`);

export const questions = ['funnel', 'retention', 'segment', 'rfm', 'first_touch'];
const sizes = {
  quick: { people: 10_000, events: 1_000_000 },
  full: { people: 1_000_000, events: 100_000_000 },
  large: { people: 10_000_000, events: 300_000_000 },
};
const refereeUpTo = 2_000_000;  // events; a larger set is refereed on --referee
const runs = 5;

const sorted = (list) => [...list].sort((a, b) => a - b);
const median = (list) => sorted(list)[Math.floor(list.length / 2)];
const seconds = (s) => `${s < 0.1 ? s.toFixed(4) : s.toFixed(3)} s`;
const gib = (bytes) => `${(bytes / 2 ** 30).toFixed(2)} GiB`;

/** Runs one step of koi_bench_behaviour and calls `line` with each JSON line it prints. */
async function step(args, line = () => {}) {
  const child = spawn(bench, args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const text of createInterface({ input: child.stdout })) line(text);
  const code = child.exitCode ?? (await new Promise((ok) => child.once('exit', ok)));
  if (code !== 0) throw new Error(`koi_bench_behaviour ${args[0]} ended with ${code}`);
}
async function lines(args, each = () => {}) {
  const out = [];
  await step(args, (text) => each(out[out.push(JSON.parse(text)) - 1]));
  return out;
}
function bytesOf(where) {
  const stat = lstatSync(where);  // ClickHouse links every table twice
  return stat.isDirectory() ? readdirSync(where).reduce((sum, name) => sum + bytesOf(path.join(where, name)), 0) : stat.size;
}

// --- the set -------------------------------------------------------------------------------------------------------
/** The folder of the set and its manifest; made if it is not in the cache. */
async function generated({ people, events, seed }, fresh) {
  mkdirSync(cache, { recursive: true });
  let folder;
  await step(['generate', '--into', cache, '--people', people, '--events', events, '--seed', seed, ...(fresh ? ['--fresh'] : [])], (text) => { folder ??= text; });
  return { folder, manifest: JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) };
}

const database = { clickhouse: 'clickhouse', duckdb: 'duckdb.db' };
/** Loads both peers unless they are loaded already by the same statements into the same versions. */
async function loaded(set, size, libraries, fresh) {
  const peers = path.join(set.folder, 'peers'), stamp = path.join(peers, 'loaded.json');
  const recipe = createHash('sha256');
  for (const [name, { version }] of Object.entries(libraries)) recipe.update(`${name} ${version}`).update(readFileSync(sql(`load_${name}`)));
  const key = recipe.digest('hex');
  if (!fresh && existsSync(stamp)) {
    const old = JSON.parse(readFileSync(stamp, 'utf8'));
    if (old.key === key) return old;
  }
  rmSync(stamp, { force: true });
  const rows = () => readdirSync(peers).filter((name) => name.endsWith('.rows'));
  if (rows().length === 0) await generated(size, true);
  const done = { key };
  for (const [name, library] of Object.entries(libraries)) {
    const where = path.join(peers, database[name]);
    rmSync(where, { recursive: true, force: true });
    const blocks = await lines(['peer', '--engine', name, '--library', library.file, '--database', where, '--sql', sql(`load_${name}`), '--set', set.folder, '--once']);
    done[name] = Object.fromEntries(blocks.map((b) => [b.question, b.seconds[0]]));
  }
  for (const name of [...rows(), 'events.parquet', 'tags.parquet']) rmSync(path.join(peers, name));
  writeFileSync(stamp, JSON.stringify(done, null, 2));
  return done;
}

function printAsked(engine, a) {
  const took = a.gave_up ? `given up: ${a.gave_up} after ${seconds(a.seconds.at(-1))}` : `${seconds(median(a.seconds))} (${seconds(sorted(a.seconds)[0])})`;
  console.log(`  ${engine.padEnd(10)} ${`${a.question}.${a.formulation}`.padEnd(32)} ${a.layout.padEnd(9)} ${took}`);
}

// --- the answers ---------------------------------------------------------------------------------------------------
/** Every formulation in both layouts, with its times; the file of its answer. */
async function askPeer(set, name, library) {
  const answers = path.join(set.folder, 'answers', name);
  rmSync(answers, { recursive: true, force: true });
  const asked = await lines(['peer', '--engine', name, '--library', library.file, '--database', path.join(set.folder, 'peers', database[name]),
    '--sql', sql(name), '--set', set.folder, '--answers', answers, '--runs', runs], (a) => printAsked(name, a));
  return asked.map((a) => ({ engine: name, ...a }));
}

/** All answers to a question must be the same bytes; they are kept as answers/NAME.csv. */
function agree(set, asked) {
  const checksums = {};
  for (const question of questions) {
    const kept = path.join(set.folder, 'answers', `${question}.csv`);
    const [first, ...others] = asked.filter((a) => a.question === question && !a.gave_up);
    const want = readFileSync(first.file);
    for (const other of others)
      if (!want.equals(readFileSync(other.file))) throw new Error(`${question}: two answers differ\n  ${first.file}\n  ${other.file}`);
    copyFileSync(first.file, kept);
    checksums[question] = createHash('sha256').update(want).digest('hex');
  }
  return checksums;
}

async function referee(set) {
  const answers = path.join(set.folder, 'answers/referee');
  await step(['referee', '--set', set.folder, '--answers', answers]);
  return questions.map((question) => ({ engine: 'referee', question, file: path.join(answers, `${question}.csv`) }));
}

// Questions as a client of the API asks them, and their answers in the peers' form.
const weekMs = 7 * 86_400_000;
const asInstant = (ms) => new Date(ms).toISOString();
const csv = (rows) => `${rows.map((row) => row.join(',')).sort().join('\n')}\n`;
const since = (now, days) => `between ${asInstant(now - days * 86_400_000)} and ${asInstant(now + 1)}`;
const taggedBuyers = (now) => `tags has any ("tag 1") and tags has none ("tag 2") and count(order_paid ${since(now, 30)}) >= 2
  and sum(order_paid.amount ${since(now, 30)}) >= 200元 and not did(msg_read ${since(now, 14)})`;
const asked = ({ t0_ms: t0, now_ms: now }) => ({
  segment: ['/v1/segments/count', { what: { text: taggedBuyers(now) } }, ({ count }) => `${count}\n`],
  funnel: ['funnel', { steps: ['product_viewed', 'cart_added', 'order_created', 'order_paid'], window: '7d' }, ({ parts: [part] }) =>
    csv(part.steps.map((s, i) => [i + 1, s.people - (part.steps[i + 1]?.people ?? 0)]).filter(([, n]) => n > 0))],
  retention: ['retention', { first: 'order_paid', unit: 'week', periods: 12, from: asInstant(t0), to: asInstant(now) }, ({ cohorts }) =>
    csv(cohorts.flatMap(({ start, back }) => back.map((n, k) => [Math.round((Date.parse(`${start}T00:00:00+08:00`) - t0) / weekMs), k, n])).filter(([, , n]) => n > 0))],
  rfm: ['rfm', { event: 'order_paid' }, ({ cells }) => csv(cells.map((c) => [c.r, c.f, c.m, c.people, c.fen]))],
  first_touch: ['attribution', { touch: 'code_scanned', conversion: 'order_paid', by: 'channel', lookback: '30d', from: asInstant(now - 30 * 86_400_000), to: asInstant(now + 1) },
    ({ rows }) => csv(rows.filter((r) => r.conversions > 0).map((r) => [r.touched ? r.value : 0, r.conversions, r.fen]))],
});

/** One question over a connection that is kept; fetch() would take longer than the server does for a small one. */
function post(agent, url, key, spec) {
  const sent = JSON.stringify(spec);
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) };
  return new Promise((ok, fail) => {
    const asking = request(url, { method: 'POST', agent, headers }, (reply) => {
      const chunks = [];
      reply.on('data', (chunk) => chunks.push(chunk));
      reply.on('end', () => ok({ status: reply.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) }));
    });
    asking.on('error', fail);
    asking.end(sent);
  });
}

/** Resolves when a process has nothing to do: a server reads its files against their checksums first. */
async function atRest(pid) {
  const ticks = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).reduce((a, b) => a + Number(b), 0);
  for (let before = ticks(), after; ; before = after) {
    await new Promise((ok) => setTimeout(ok, 1000));
    after = ticks();
    if (after - before < 10) return;
  }
}

/**
 * The product over the same set, asked over HTTP: { question: { seconds, file } }, `file` in the peers' form. The data
 * folder (people, tags, log, archive, columns) is kept beside the set; its newest rows are no file yet, the erased and
 * merged people are as the manifest says.
 */
async function ours(set, runs, fresh) {
  const data = path.join(set.folder, 'koipond');
  if (fresh) rmSync(data, { recursive: true, force: true });
  if (!existsSync(path.join(data, 'seeded'))) {
    rmSync(data, { recursive: true, force: true });
    const began = performance.now();
    execFileSync('cmake', ['--build', path.join(root, 'build/release'), '--target', 'koi_bench_seed'], { stdio: ['ignore', 'ignore', 'inherit'] });
    const f = JSON.parse(execFileSync(path.join(root, 'build/release/koi_bench_seed'), [set.folder, data]).toString().trim().split('\n').at(-1));
    console.log(`koipond: columns made in ${f.columns_s.toFixed(1)} s, ${(f.rows / f.columns_s / 1e6).toFixed(2)} M events/s (goal ≥ 1); ${f.files} files, each row merged ${(f.woven_rows / f.rows).toFixed(1)} times`);
    writeFileSync(path.join(data, 'seeded'), '');
    console.log(`koipond: seeded in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
  const pond = new Pond({ store: '', data });
  const ready = await pond.start();
  const { key } = await pond.json(['key', 'create', '--kind', 'api', '--name', `bench ${Date.now()}`, '--scope', 'insight.read', '--scope', 'segment.read']);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (question, spec) => post(agent, `${pond.base}${question.startsWith('/') ? '' : '/v1/queries/'}${question}`, key, spec);
  const out = {};
  await atRest(pond.process.pid);
  mkdirSync(path.join(set.folder, 'answers/koipond'), { recursive: true });
  for (const [name, [question, spec, form]] of Object.entries(asked(set.manifest))) {
    let first = await ask(question, spec);
    for (; first.status === 503; first = await ask(question, spec)) await new Promise((ok) => setTimeout(ok, 500));
    if (first.status !== 200) throw new Error(`${name}: ${JSON.stringify(first.body)}`);
    const took = [];
    for (let i = 0; i < runs; ++i) {
      const began = performance.now();
      await ask(question, spec);
      took.push((performance.now() - began) / 1000);
    }
    const file = path.join(set.folder, 'answers/koipond', `${name}.csv`);
    writeFileSync(file, form(first.body));
    out[name] = { seconds: took, file };
    console.log(`koipond     ${name.padEnd(12)} ${seconds(median(took))}  min ${seconds(sorted(took)[0])}`);
  }
  const status = readFileSync(`/proc/${pond.process.pid}/status`, 'utf8');
  const mib = (field) => Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
  console.log(`koipond: ready after ${ready} ms; memory ${mib('RssAnon')} MiB of its own, ${mib('RssFile')} MiB of mapped files; columns ${gib(bytesOf(path.join(data, 'columns')))}, log ${gib(bytesOf(path.join(data, 'log')))}`);
  await opened(pond, data, () => ask(...asked(set.manifest).retention.slice(0, 2)));
  return out;
}

/** A stop and a start: how long until the first answer. What the stop made a file is removed, so that the next run has its newest rows in memory too. */
async function opened(pond, data, question) {
  const parts = () => readdirSync(path.join(data, 'columns'));
  const before = new Set(parts());
  await pond.kill('SIGTERM');
  const ready = await pond.start();
  const began = performance.now();
  const { status } = await question();
  console.log(`koipond: after a stop ready in ${ready} ms, the first answer (${status}) ${(performance.now() - began).toFixed(0)} ms later`);
  await pond.kill('SIGKILL');
  for (const part of parts()) if (!before.has(part)) rmSync(path.join(data, 'columns', part));
}

// --- the run -------------------------------------------------------------------------------------------------------
function best(asked, engine, question) {
  const done = asked.filter((a) => a.engine === engine && a.question === question && !a.gave_up);
  return done.map((a) => ({ ...a, median: median(a.seconds), min: sorted(a.seconds)[0] })).sort((a, b) => a.median - b.median)[0];
}

/** Bytes of columns a question has to look at: kinds of all events, and seconds of those in a funnel, of which every cache line holds some. */
const bytesAsked = { funnel: (events) => events * 5 };

function printTable(asked, own, events, bandwidth) {
  const head = ['question', 'ClickHouse, median (min)', 'DuckDB, median (min)', ...(own ? ['Koipond, median (min)', 'events/s', 'best peer : Koipond', 'ClickHouse : Koipond', 'of memory'] : [])];
  const cell = (b) => `${seconds(b.median)} (${seconds(b.min)}) ${b.formulation}, ${b.layout}`;
  const rows = questions.map((question) => {
    const peers = ['clickhouse', 'duckdb'].map((engine) => best(asked, engine, question));
    const row = [question, ...peers.map(cell)];
    const mine = own?.[question]?.seconds;
    if (own && !mine) row.push('not asked', '', '', '', '');
    if (mine) {
      const took = median(mine), bytes = bytesAsked[question]?.(events) / took / 1e9;
      row.push(`${seconds(took)} (${seconds(sorted(mine)[0])})`, `${(events / took / 1e9).toFixed(2)} G`, `${(Math.min(...peers.map((p) => p.median)) / took).toFixed(1)} ×`,
        `${(peers[0].median / took).toFixed(1)} ×`, bytes ? `${bytes.toFixed(1)} GB/s, ${(100 * bytes / bandwidth.two).toFixed(0)} %` : '');
    }
    return row;
  });
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)));
  for (const row of [head, ...rows]) console.log(row.map((text, i) => text.padEnd(widths[i])).join('  '));
}

/** options: quick, large, fresh, referee, ours (booleans), people, events, seed. Returns what goes into build/bench.json. */
export async function behaviour(options = {}) {
  execFileSync('cmake', ['--build', path.join(root, 'build/release'), '--target', 'koi_bench_behaviour'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const usual = options.quick ? sizes.quick : options.large ? sizes.large : sizes.full;
  const size = { people: Number(options.people ?? usual.people), events: Number(options.events ?? usual.events), seed: Number(options.seed ?? 1) };
  const libraries = peerLibraries();
  const set = await generated(size, options.fresh);
  const { events, late, people, erased, merged } = set.manifest;
  console.log(`${events} events of ${people} people, ${late} late, ${erased.length} people erased, ${merged.length} merged; ${set.folder}`);
  if (options.ours) {  // a look at ourselves, against the answers the peers agreed on before
    const own = await ours(set, runs, options.fresh);
    for (const [question, { file }] of Object.entries(own)) {
      const kept = path.join(set.folder, 'answers', `${question}.csv`);
      if (!readFileSync(kept).equals(readFileSync(file))) throw new Error(`${question}: not what the peers answered\n  ${kept}\n  ${file}`);
    }
    console.log('the same bytes as the peers gave');
    return own;
  }
  const load = await loaded(set, size, libraries, options.fresh);
  for (const name of Object.keys(libraries)) {
    const took = Object.values(load[name]).reduce((a, b) => a + b, 0);
    console.log(`${name} ${libraries[name].version}: loaded in ${took.toFixed(1)} s${name === 'clickhouse' ? ', with writing Parquet for the other' : ''}`);
  }
  const [bandwidth] = await lines(['bandwidth']);
  console.log(`memory, read: ${bandwidth.one} GB/s with one thread, ${bandwidth.two} GB/s with two; load average ${os.loadavg()[0].toFixed(1)}`);

  const answers = [];
  for (const [name, library] of Object.entries(libraries))
    answers.push(...(await askPeer(set, name, library)));
  if (options.referee || events <= refereeUpTo) answers.push(...(await referee(set)));
  const own = await ours(set, runs, options.fresh);
  for (const [question, { file }] of Object.entries(own ?? {})) answers.push({ engine: 'koipond', question, file });
  const checksums = agree(set, answers);
  printTable(answers, own, events, bandwidth);
  console.log(`${answers.filter((a) => !a.gave_up).length} answers, the same bytes for each question: ${questions.map((q) => `${q} ${checksums[q].slice(0, 12)}`).join(', ')}`);
  // After the questions: ClickHouse drops what its merges replaced some minutes later.
  const bytes = Object.fromEntries(Object.keys(libraries).map((name) => [name, bytesOf(path.join(set.folder, 'peers', database[name]))]));
  console.log(`on disk, both layouts: ${Object.entries(bytes).map(([name, n]) => `${name} ${gib(n)}`).join(', ')}`);
  const result = { set: { ...size, events }, bandwidth, loadavg: os.loadavg(), versions: Object.fromEntries(Object.entries(libraries).map(([n, l]) => [n, l.version])), load, bytes, asked: answers, own, checksums };
  writeFileSync(path.join(set.folder, 'results.json'), JSON.stringify(result, null, 2));
  return result;
}
