// Random rules over random people: who is in by our scan and by judging each, and who is in by ClickHouse, which reads the
// same rule through sql.mjs. The library takes 560 MB: without `--fetch yes` it is used only where it already is.
// usage: node tests/clickhouse/run.mjs [--first 1] [--seeds 40] [--rules 8] [--people 8] [--fetch yes]
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { peerLibraries } from '../../bench/peers/modules.mjs';
import { check, main, option, root } from '../system/lib.mjs';
import { Translator, Unsaid } from './sql.mjs';

const program = path.join(root, 'build/release/koi_rules_told');

/** ClickHouse inside this process; an answer is its rows. */
function clickhouse(libraries) {
  const chdb = createRequire(import.meta.url)(path.dirname(libraries.clickhouse.file));
  const connection = chdb.CreateConnection(':memory:');
  return (sql) => chdb.QueryWithConnection(connection, sql, 'JSONCompactEachRow').split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

const quoted = (s) => `'${s.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
const DAY_MS = 86_400_000;
/** (type, number, text, set) */
function fact(value) {
  if (value === null) return "('', 0., '', [])";
  const [type, v] = value;
  if (type === 'n') return `('n', ${v / 1e6}::Float64, '', [])`;
  if (type === 'i') return `('i', ${v}::Float64, '', [])`;
  if (type === 'd') return `('d', ${Date.parse(v) / DAY_MS}::Float64, '', [])`;
  if (type === 's') return `('s', 0., '', [${v.map(quoted).join(', ')}])`;
  return `('t', 0., ${quoted(v)}, [])`;
}

/** What is known of each person at now: repeats dropped and the order of events found by SQL, not by us. */
function load(ask, { people, now }) {
  ask('DROP TABLE IF EXISTS event');
  ask('DROP TABLE IF EXISTS people');
  ask(`CREATE TABLE event (p UInt32, kind String, at Int64, node Int64, position Int64, amount Int64, source String, id String, props String)
       ENGINE = Memory`);
  const rows = people.flatMap((person, p) => person.events.map(([kind, at, node, position, amount, source, id, props]) =>
    `(${p}, ${quoted(kind)}, ${at}, ${node}, ${position}, ${amount}, ${quoted(source)}, ${quoted(id)}, ${quoted(props)})`));
  if (rows.length) ask(`INSERT INTO event VALUES ${rows.join(', ')}`);
  const held = (person) => person.tags.filter(([, at, expires]) => at <= now && (expires === null || now < expires)).map(([name]) => quoted(name));
  const facts = (person) => {
    const out = new Map();
    for (const [key, at, value] of [...person.attributes].sort((a, b) => a[1] - b[1])) if (at <= now) out.set(key, fact(value));
    for (const [name, value] of Object.entries(person.facts)) out.set(name, fact(value));
    return [...out].map(([name, value]) => `${quoted(name)}, ${value}`).join(', ');
  };
  const TYPE = 'Map(String, Tuple(String, Float64, String, Array(String)))';
  const known = people.map((person, p) => `(${p}, ${person.erased ? 1 : 0}, [${[...new Set(held(person))].join(', ')}], CAST(map(${facts(person)}), '${TYPE}'))`);
  ask(`CREATE TABLE people (p UInt32, erased UInt8, tags Array(String), facts ${TYPE}) ENGINE = Memory`);
  ask(`INSERT INTO people VALUES ${known.join(', ')}`);
}

const PAST = (now) => `
  SELECT p, groupArray((place, at, kind, amount, source, props)) AS e FROM (
    SELECT *, toUInt32(row_number() OVER (PARTITION BY p ORDER BY at, node, position)) AS place FROM (
      SELECT *, row_number() OVER (PARTITION BY p, source, id ORDER BY position) AS nth FROM event)
    WHERE (id = '' OR nth = 1) AND at <= ${now} ORDER BY p, place)
  GROUP BY p`;

/** Who is in, as [0, 1, …], for each rule that can be said. */
function answers(ask, told) {
  const { now, zone, rules } = told;
  const said = rules.map(({ rule }) => {
    const translator = new Translator(now, zone);
    try {
      return { where: translator.clause(rule), lets: translator.lets };
    } catch (e) {
      if (e instanceof Unsaid) return null;
      throw e;
    }
  });
  return said.map((one) => {
    if (one === null) return null;
    const lets = one.lets.map((expression) => `, ${expression}`).join('\n');
    const sql = `SELECT p, toUInt8(erased = 0 AND (${one.where})) FROM (
      SELECT p, erased, tags, facts, e ${lets} FROM (SELECT people.p AS p, erased, tags, facts, past.e AS e FROM people LEFT JOIN (${PAST(now)}) AS past USING (p)))
      ORDER BY p`;
    try {
      return { sql, in: ask(sql).map(([, is]) => is) };
    } catch (e) {
      throw new Error(`${e.message}\n${sql}`);
    }
  });
}

main('ClickHouse and we choose the same people', async () => {
  const libraries = peerLibraries({ fetch: option('fetch', '') === 'yes' });
  if (libraries === null) {
    console.log('  SKIPPED: no ClickHouse in ~/.cache/koipond/peers (./koi bench or ./koi verify --deep fetch it)');
    return;
  }
  const ask = clickhouse(libraries);
  const first = Number(option('first', 1)), seeds = Number(option('seeds', 40));
  let triples = 0, inside = 0, rules = 0, unsaid = 0;
  for (let seed = first; seed < first + seeds; ++seed) {
    const line = execFileSync(program, [seed, seed, option('rules', 8), option('people', 8)].map(String), { maxBuffer: 1 << 28 });
    const told = JSON.parse(line);
    load(ask, told);
    answers(ask, told).forEach((got, i) => {
      const { text, scanned, judged } = told.rules[i];
      if (got === null) return void ++unsaid;
      ++rules;
      for (const [name, ours] of Object.entries({ scanned, judged }))
        check(JSON.stringify(ours) === JSON.stringify(got.in),
              `seed ${seed} at ${new Date(told.now).toISOString()} in ${told.zone}: ${text}\n${name}: ${ours}\nClickHouse: ${got.in}\n${got.sql}`);
      triples += got.in.length;
      inside += got.in.filter(Boolean).length;
    });
  }
  check(inside > triples / 8 && inside < triples * 7 / 8, `${inside} of ${triples} are in: the rules say too little`);
  console.log(`  ${triples} triples of ${rules} rules agree, ${inside} in; ${unsaid} rules say what SQL does not`);
});
