// Somebody else's client: the published Segment SDK for Node, through a line that doubles every batch and cuts 5 % of
// them in the middle. Every event must take effect once, and what people did before they signed in must be theirs.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import http from 'node:http';
import path from 'node:path';
import { Pond, check, dice, equal, freePort, main, option, root } from './lib.mjs';

const users = Number(option('users', '10000'));
const seed = Number(option('seed', '7'));
const here = path.join(root, 'tests/system');

/** Forwards to the server; sends every batch twice; cuts one in twenty before or after it had its effect. */
async function badLine(target, random) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
  const figures = { batches: 0, cut: 0 };
  const forward = (req, body) => new Promise((ok, no) => {
    const out = http.request(`${target}${req.url}`, { method: req.method, headers: req.headers, agent }, (reply) => {
      const parts = [];
      reply.on('data', (d) => parts.push(d)).on('end', () => ok({ status: reply.statusCode, body: Buffer.concat(parts) }));
    });
    out.on('error', no).end(body);
  });
  const server = http.createServer((req, res) => {
    const parts = [];
    req.on('data', (d) => parts.push(d)).on('end', async () => {
      const body = Buffer.concat(parts);
      figures.batches++;
      const cut = random.yes(0.05) ? random.below(2) : -1;
      try {
        if (cut === 0) { figures.cut++; req.socket.destroy(); return; }
        const reply = await forward(req, body);
        const second = await forward(req, body);
        check(reply.status === 200 && second.status === 200, `batch answered ${reply.status}, ${second.status}: ${second.body}`);
        if (cut === 1) { figures.cut++; req.socket.destroy(); return; }
        res.writeHead(200, { 'content-type': 'application/json' }).end(reply.body);
      } catch (e) {
        figures.broken = String(e);
        req.socket.destroy();
      }
    });
  });
  const port = await freePort();
  await new Promise((ok) => server.listen(port, '127.0.0.1', ok));
  return { url: `http://127.0.0.1:${port}`, figures };
}

main(`Segment SDK, ${users} users (seed ${seed})`, async () => {
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] });
  const { Analytics } = createRequire(path.join(here, 'package.json'))('@segment/analytics-node');
  const pond = new Pond();
  await pond.start();
  const writeKey = (await pond.json(['key', 'create', '--kind', 'write', '--name', 'web'])).key;
  const line = await badLine(pond.base, dice(seed));
  const analytics = new Analytics({ writeKey, host: line.url, path: '/v1/batch', maxEventsInBatch: 100, flushInterval: 50, maxRetries: 10, httpRequestTimeout: 60_000 });
  const failures = [];
  analytics.on('error', (e) => failures.push(e));

  for (let i = 0; i < users; ++i) {
    const anonymousId = `anon-${seed}-${i}`, userId = `user-${i}`;
    analytics.track({ anonymousId, event: 'product_viewed', properties: { sku: `T${i % 12}` } });
    analytics.alias({ previousId: anonymousId, userId });
    analytics.identify({ userId, traits: { city: i % 2 ? '上海' : '深圳', plan: 'tea' } });
    analytics.track({ userId, event: 'product_favourited', properties: { sku: `T${i % 12}` } });
    if (i % 100 === 99) await new Promise((ok) => setImmediate(ok));  // let batches leave
  }
  await analytics.closeAndFlush({ timeout: 120_000 });
  equal(line.figures.broken, undefined, 'the line itself');
  equal(failures.map(String).slice(0, 3), [], 'batches the SDK gave up on');

  const count = async (kind) => Number(await pond.sql(`SELECT COUNT(*) FROM event WHERE kind IN (SELECT id FROM event_kind WHERE name = '${kind}')`));
  equal(await count('product_viewed'), users, 'anonymous events, each once');
  equal(await count('product_favourited'), users, 'known events, each once');
  equal(Number(await pond.sql('SELECT COUNT(*) FROM person WHERE merged_into IS NULL')), users, 'people');
  const roots = 'SELECT COALESCE(p.merged_into, p.id) AS root, COUNT(DISTINCT e.kind) AS kinds FROM event e JOIN person p ON p.id = e.person_id ' +
    "WHERE e.kind IN (SELECT id FROM event_kind WHERE name IN ('product_viewed', 'product_favourited')) GROUP BY 1";
  equal(Number(await pond.sql(`SELECT COUNT(*) FROM (${roots}) x WHERE kinds = 2`)), users, 'people whose anonymous history is theirs');
  await pond.command(['verify']);
  await pond.kill('SIGTERM');
  console.log(`  ${line.figures.batches} batches through the line, ${line.figures.cut} cut`);
});
