// PostgreSQL 15 as a peer, in the private cluster whose address is in KOI_TEST_PG. Prints one JSON line.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tmpdir } from 'node:os';

const [, , what, secondsText] = process.argv;
const address = process.env.KOI_TEST_PG, here = path.dirname(new URL(import.meta.url).pathname);
const dir = mkdtempSync(path.join(tmpdir(), 'koi-peer-'));
const psql = (...args) => execFileSync('psql', [address, '-qAt', ...args]).toString();
const newest = execFileSync('sh', ['-c', 'ls -d /usr/lib/postgresql/*/bin | tail -n 1']).toString().trim();
function pgbench(script, clients, mode = 'prepared') {
  const out = execFileSync(path.join(newest, 'pgbench'), ['-n', '-M', mode, '-f', script, '-c', String(clients), '-j', '1', '-T', secondsText, address]).toString();
  return Number(/tps = ([\d.]+)/.exec(out)[1]);
}
psql('-f', path.join(here, 'transfer.sql'));

if (what === 'transfers') {
  let best = 0, clients = 0;
  for (const n of [1, 4, 8, 16, 32, 64]) {
    const rate = pgbench(path.join(here, 'transfer.pgbench'), n);
    if (rate > best) { best = rate; clients = n; }
  }
  console.log(JSON.stringify({ best, clients }));
} else {
  // A client that holds 100 events and sends them in one statement, as ours sends 100 in one request.
  const row = `('m-' || nextval('event_id'), 'u' || (random() * 1000000)::int, '2026-11-22 02:47:19+00', 'product_viewed', '{"sku":"T00012","channel":"moments","store":"s07"}')`;
  psql('-c', 'CREATE SEQUENCE event_id CACHE 1000');
  writeFileSync(path.join(dir, 'insert.sql'), `INSERT INTO event_peer VALUES ${Array(100).fill(row).join(', ')};\n`);
  const insert100 = 100 * Math.max(...[1, 4, 16].map((n) => pgbench(path.join(dir, 'insert.sql'), n, 'simple')));
  // What ours does with the same 100: known ids are no new events, and each event finds or makes its person.
  writeFileSync(path.join(dir, 'same.sql'), `WITH given AS (SELECT * FROM (VALUES ${Array(100).fill(row).join(', ')}) v (id, ident, at, kind, props)),
made AS (INSERT INTO identity_peer (ident) SELECT DISTINCT g.ident FROM given g LEFT JOIN identity_peer i ON i.ident = g.ident
WHERE i.ident IS NULL ORDER BY 1 ON CONFLICT (ident) DO UPDATE SET ident = excluded.ident RETURNING person, ident)
INSERT INTO event_same (id, person, at, kind, props) SELECT g.id, COALESCE(i.person, m.person), g.at::timestamptz, g.kind, g.props::jsonb
FROM given g LEFT JOIN made m ON m.ident = g.ident LEFT JOIN identity_peer i ON i.ident = g.ident ON CONFLICT (id) DO NOTHING;\n`.replace(/\n(?!$)/g, ' '));
  const same100 = 100 * Math.max(...[1, 4, 16].map((n) => pgbench(path.join(dir, 'same.sql'), n, 'simple')));
  // COPY of 100 rows a transaction, from one caller as ClickHouse's.
  let id = 0, done = 0;
  const began = performance.now(), limit = Number(secondsText) * 1000;
  const parts = [];
  for (let i = 0; i < 300; ++i) {
    let rows = 'COPY event_peer FROM STDIN;\n';
    for (let r = 0; r < 100; ++r) rows += `c-${id++}\tu${(id * 48271) % 1000003}\t2026-11-22 02:47:19+00\tproduct_viewed\t{"sku":"T00012","channel":"moments","store":"s07"}\n`;
    parts.push(`${rows}\\.\n`);
  }
  writeFileSync(path.join(dir, 'copy.sql'), parts.join(''));
  do {
    psql('-c', 'DELETE FROM event_peer WHERE id LIKE \'c-%\'');
    const start = performance.now();
    execFileSync('psql', [address, '-q', '-f', path.join(dir, 'copy.sql')]);
    done = Math.max(done, 30_000 / ((performance.now() - start) / 1000));
  } while (performance.now() - began < limit);
  console.log(JSON.stringify({ insert100, same100, copy100: done }));
}
