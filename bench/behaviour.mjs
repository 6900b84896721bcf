// ./koi bench behaviour: five questions over one log of events, asked of ClickHouse and DuckDB on this machine.
// What is asked, and what the set's files hold: behaviour/behaviour.h. Each peer has both layouts, two threads and every
// formulation we know; its best median counts. Any two answers that differ end the run.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
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

/**
 * Koipond's own column engine over the same set: loads log-NNNN.bin and tags.bin, merges and erases as the manifest
 * says, and gives { question: { seconds: [...], file } } with `file` in the normal form of answers/NAME.csv (sorted CSV
 * lines), warm, two threads, `runs` times each. Nothing while there is no engine to ask; no ratio is printed then.
 */
async function ours(_set, _runs) {
  return undefined;
}

// --- the run -------------------------------------------------------------------------------------------------------
function best(asked, engine, question) {
  const done = asked.filter((a) => a.engine === engine && a.question === question && !a.gave_up);
  return done.map((a) => ({ ...a, median: median(a.seconds), min: sorted(a.seconds)[0] })).sort((a, b) => a.median - b.median)[0];
}

function printTable(asked, own) {
  const head = ['question', 'ClickHouse, median (min)', 'DuckDB, median (min)', ...(own ? ['Koipond, median (min)', 'best peer : Koipond'] : [])];
  const cell = (b) => `${seconds(b.median)} (${seconds(b.min)}) ${b.formulation}, ${b.layout}`;
  const rows = questions.map((question) => {
    const peers = ['clickhouse', 'duckdb'].map((engine) => best(asked, engine, question));
    const row = [question, ...peers.map(cell)];
    if (own) {
      const mine = own[question].seconds;
      row.push(`${seconds(median(mine))} (${seconds(sorted(mine)[0])})`, `${(Math.min(...peers.map((p) => p.median)) / median(mine)).toFixed(1)} ×`);
    }
    return row;
  });
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)));
  for (const row of [head, ...rows]) console.log(row.map((text, i) => text.padEnd(widths[i])).join('  '));
}

/** options: quick, large, fresh, referee (booleans), people, events, seed. Returns what goes into build/bench.json. */
export async function behaviour(options = {}) {
  execFileSync('cmake', ['--build', path.join(root, 'build/release'), '--target', 'koi_bench_behaviour'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const usual = options.quick ? sizes.quick : options.large ? sizes.large : sizes.full;
  const size = { people: Number(options.people ?? usual.people), events: Number(options.events ?? usual.events), seed: Number(options.seed ?? 1) };
  const libraries = peerLibraries();
  const set = await generated(size, options.fresh);
  const { events, late, people, erased, merged } = set.manifest;
  console.log(`${events} events of ${people} people, ${late} late, ${erased.length} people erased, ${merged.length} merged; ${set.folder}`);
  const load = await loaded(set, size, libraries, options.fresh);
  for (const name of Object.keys(libraries)) {
    const took = Object.values(load[name]).reduce((a, b) => a + b, 0);
    console.log(`${name} ${libraries[name].version}: loaded in ${took.toFixed(1)} s${name === 'clickhouse' ? ', with writing Parquet for the other' : ''}`);
  }
  const [bandwidth] = await lines(['bandwidth']);
  console.log(`memory, read: ${bandwidth.one} GB/s with one thread, ${bandwidth.two} GB/s with two; load average ${os.loadavg()[0].toFixed(1)}`);

  const asked = [];
  for (const [name, library] of Object.entries(libraries))
    asked.push(...(await askPeer(set, name, library)));
  if (options.referee || events <= refereeUpTo) asked.push(...(await referee(set)));
  const own = await ours(set, runs);
  for (const [question, { file }] of Object.entries(own ?? {})) asked.push({ engine: 'koipond', question, file });
  const checksums = agree(set, asked);
  printTable(asked, own);
  console.log(`${asked.filter((a) => !a.gave_up).length} answers, the same bytes for each question: ${questions.map((q) => `${q} ${checksums[q].slice(0, 12)}`).join(', ')}`);
  if (!own) console.log('Koipond is not in this table: its column engine is not asked yet.');
  // After the questions: ClickHouse drops what its merges replaced some minutes later.
  const bytes = Object.fromEntries(Object.keys(libraries).map((name) => [name, bytesOf(path.join(set.folder, 'peers', database[name]))]));
  console.log(`on disk, both layouts: ${Object.entries(bytes).map(([name, n]) => `${name} ${gib(n)}`).join(', ')}`);
  const result = { set: { ...size, events }, bandwidth, loadavg: os.loadavg(), versions: Object.fromEntries(Object.entries(libraries).map(([n, l]) => [n, l.version])), load, bytes, asked, own, checksums };
  writeFileSync(path.join(set.folder, 'results.json'), JSON.stringify(result, null, 2));
  return result;
}
