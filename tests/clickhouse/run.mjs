// Random rules over random people: who is in by our scan and by judging each, and who is in by ClickHouse, which reads the
// same rule through sql.mjs. The library takes 560 MB: without `--fetch yes` it is used only where it already is.
// usage: node tests/clickhouse/run.mjs [--first 1] [--seeds 40] [--rules 8] [--people 8] [--fetch yes]
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { peerLibraries } from '../../bench/peers/modules.mjs';
import { check, main, option, root, temporaryFolder } from '../system/lib.mjs';
import { Translator, Unsaid } from './sql.mjs';

const program = path.join(root, 'build/release/koi_rules_told');

/** ClickHouse inside this process; an answer is its rows. */
function clickhouse(libraries) {
  const chdb = createRequire(import.meta.url)(path.dirname(libraries.clickhouse.file));
  const connection = chdb.CreateConnection(temporaryFolder());  // ":memory:" leaves a folder of that name behind
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
  ask('DROP TABLE IF EXISTS known');
  ask(`CREATE TABLE known ENGINE = Memory AS SELECT people.p AS p, erased, tags, facts, past.e AS e FROM people LEFT JOIN (
    SELECT p, groupArray((place, at, kind, amount, source, props)) AS e FROM (
      SELECT *, toUInt32(row_number() OVER (PARTITION BY p ORDER BY at, node, position)) AS place FROM (
        SELECT *, row_number() OVER (PARTITION BY p, source, id ORDER BY position) AS nth FROM event)
      WHERE (id = '' OR nth = 1) AND at <= ${now} ORDER BY p, place)
    GROUP BY p) AS past USING (p)`);
}

/** Who is in, as [0, 1, …], for each rule that can be said; null for the others. */
function answers(ask, told) {
  const said = told.rules.map(({ rule }) => {
    const translator = new Translator(told.now, told.zone);
    try {
      return { where: translator.clause(rule), lets: translator.lets };
    } catch (e) {
      if (e instanceof Unsaid) return null;
      throw e;
    }
  });
  for (const one of said.filter((each) => each !== null)) {
    const lets = one.lets.map((expression) => `, ${expression}`).join('\n');
    one.sql = `SELECT toUInt8(erased = 0 AND (${one.where})) FROM (SELECT p, erased, tags, facts, e ${lets} FROM known) ORDER BY p`;
    try {
      one.in = ask(one.sql).map(([is]) => is);
    } catch (e) {
      throw new Error(`${e.message}\n${one.sql}`);
    }
  }
  return said;
}

/** Each line of the program for one seed: a step of its world. */
function worlds(seed) {
  const args = [seed, seed, option('rules', 8), option('steps', 4), option('people', 5)].map(String);
  return execFileSync(program, args, { maxBuffer: 1 << 28, encoding: 'utf8' }).split('\n').filter(Boolean).map((line) => JSON.parse(line));
}
/** Whatever our own evaluators say otherwise than `want`, as lines. */
function differing(told, rule, want, whose) {
  return Object.entries(rule.ours).filter(([, ours]) => JSON.stringify(ours) !== JSON.stringify(want)).map(([name, ours]) =>
    `seed ${told.seed} step ${told.step} at ${new Date(told.now).toISOString()} in ${told.zone}: ${rule.text}\n${name}: ${ours}\n${whose}: ${want}`);
}

main('live, scan, judge, oracle and ClickHouse choose the same people', async () => {
  const libraries = peerLibraries({ fetch: option('fetch', '') === 'yes' });
  if (libraries === null) console.log('  no ClickHouse in ~/.cache/koipond/peers (./koi bench or ./koi verify --deep fetch it): compared without it');
  const ask = libraries && clickhouse(libraries);
  const first = Number(option('first', 1)), seeds = Number(option('seeds', 40));
  const triples = { said: 0, unsaid: 0 };
  let people = 0, inside = 0;
  for (let seed = first; seed < first + seeds; ++seed) {
    for (const told of worlds(seed)) {
      if (ask) load(ask, told);
      const said = ask ? answers(ask, told) : told.rules.map(() => null);
      told.rules.forEach((rule, i) => {
        const wrong = said[i] === null ? differing(told, rule, rule.ours.brute, 'oracle') : differing(told, rule, said[i].in, 'ClickHouse');
        check(wrong.length === 0, `${wrong.join('\n')}\n${said[i]?.sql ?? ''}`);
        ++triples[said[i] === null ? 'unsaid' : 'said'];
        people += rule.ours.live.length;
        inside += rule.ours.live.filter(Boolean).length;
      });
    }
  }
  check(inside > people / 10 && inside < people * 9 / 10, `${inside} of ${people} are in: the rules say too little`);
  check(!ask || triples.said >= Number(option('least', 0)), `${triples.said} triples are too few`);
  console.log(`  ${triples.said} triples (rule, world, step) by all five, ${triples.unsaid} more that SQL does not say by four; ${people} times a person, ${inside} in`);
});
