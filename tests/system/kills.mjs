// R1: the process dies at random moments under mixed load; whatever was acknowledged is there, once. Everything whose
// answer was lost is sent again with the same key after the restart, and then it is there once, too. On SQLite the log's
// rows leave the table for tiny files all the while, so that kills fall into every step of that move; the columns are sealed and
// merged in tiny files, too: a sum and a funnel asked right before a kill count nothing twice and miss nothing that was
// acknowledged, and after every restart they say what the log says.
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Pond, check, dice, equal, main, option, temporaryFolder } from './lib.mjs';

const kills = Number(option('kills', '40'));
const seed = Number(option('seed', '20261122'));
const readyLimit = 2000;
const tinyFiles = { KOIPOND_LOG_KEEP_ROWS: '100', KOIPOND_LOG_SEGMENT_ROWS: '120', KOIPOND_COLUMNS_SEAL_ROWS: '150' };

class Load {
  constructor(pond, writeKey, apiKey, random) {
    Object.assign(this, { pond, random, sent: 0, ordersSent: 0, unknown: [], events: new Set(), orders: new Set(), people: new Set() });
    this.write = `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`;
    this.api = `Bearer ${apiKey}`;
  }
  make() {
    const n = ++this.sent, at = new Date().toISOString();  // a resend says exactly the same
    const pick = this.random.below(10);
    if (pick < 5) return { kind: 'events', n, at, ids: Array.from({ length: 1 + this.random.below(20) }, (_, i) => `e${n}-${i}`) };
    if (pick < 9) return { kind: 'order', n, at };  // of 30 yuan
    return { kind: 'person', n, at };
  }
  /** Whose views were acknowledged. */
  viewers() {
    return new Set([...this.events].map((id) => /^e(\d+)-(\d+)$/.exec(id)).map(([, n, i]) => (Number(n) * 7 + Number(i)) % 500));
  }
  request(job) {
    const headers = { 'content-type': 'application/json', 'idempotency-key': `k${job.n}` };
    if (job.kind === 'events') {
      const batch = job.ids.map((id, i) => ({
        type: 'track', event: 'product_viewed', messageId: id, userId: `u${(job.n * 7 + i) % 500}`,
        timestamp: job.at, properties: { sku: `S${i}` } }));
      return [`${this.pond.base}/v1/batch`, { method: 'POST', headers: { ...headers, authorization: this.write }, body: JSON.stringify({ batch, sentAt: job.at }) }];
    }
    if (job.kind === 'order') {
      this.ordersSent += job.again ? 0 : 1;
      const body = { source: 'shop', order_no: `o${job.n}`, buyer: { identifiers: [{ ns: 'order_buyer:shop', value: `u${job.n % 300}` }] }, at: job.at, status: 'paid',
        lines: [{ sku: 'T1', title: 'tea', quantity: 2, unit_price_fen: 1500, amount_fen: 3000 }] };
      return [`${this.pond.base}/v1/orders`, { method: 'POST', headers: { ...headers, authorization: this.api }, body: JSON.stringify(body) }];
    }
    const body = { identifiers: [{ ns: 'member_no', value: `m${job.n}` }], attributes: { city: '上海' } };
    return [`${this.pond.base}/v1/people`, { method: 'POST', headers: { ...headers, authorization: this.api }, body: JSON.stringify(body) }];
  }
  async send(job) {
    let status;
    try {
      const [url, init] = this.request(job);
      const reply = await fetch(url, init);
      status = reply.status;
      if (status >= 400 && status !== 503) throw new Error(`${job.kind} answered ${status}: ${await reply.text()}`);
      await reply.arrayBuffer();
    } catch (e) {
      if (status >= 400) throw e;
      this.unknown.push(job);  // cut off: nobody knows
      return;
    }
    if (status >= 300) { this.unknown.push(job); return; }
    if (job.kind === 'events') job.ids.forEach((id) => this.events.add(id));
    if (job.kind === 'order') this.orders.add(`o${job.n}`);
    if (job.kind === 'person') this.people.add(`m${job.n}`);
  }
  async until(stopped) {
    await Promise.all(Array.from({ length: 16 }, async () => {
      while (!stopped.now) await this.send(this.make());
    }));
  }
}

/** On a connection of its own: those of the load may lead to a server that is dead. Rejects with a system error then. */
function post(url, headers, body) {
  return new Promise((ok, failed) => {
    const request = http.request(url, { method: 'POST', agent: false, headers: { 'content-type': 'application/json', ...headers } }, (reply) => {
      const parts = [];
      reply.on('data', (part) => parts.push(part)).on('error', failed).on('end', () => ok({ status: reply.statusCode, body: Buffer.concat(parts).toString() }));
    });
    request.on('error', failed).end(JSON.stringify(body));
  });
}
const since = '2026-01-01T00:00:00Z';
/** What the columns say over HTTP: orders paid and their sum; how many viewed something, and how many then viewed more. */
async function ask(pond, api) {
  const put = async (question, spec) => {
    const { status, body } = await post(`${pond.base}/v1/queries/${question}`, { authorization: `Bearer ${api}` }, spec);
    check(status === 200, `${question}: ${status} ${body}`);
    return JSON.parse(body).parts[0];
  };
  const paid = await put('activity', { event: 'order_paid', unit: 'month', from: since });
  const funnel = await put('funnel', { steps: ['product_viewed', 'product_viewed'], window: '30d' });
  return { orders: paid?.events ?? 0, fen: paid?.sum ?? 0, viewers: funnel.steps[0].people, again: funnel.steps[1].people };
}
/** Asked while the load goes on: between what was acknowledged before and what has been sent since. */
async function askInTheMiddle(pond, api, load, round) {
  const orders = load.orders.size, viewers = load.viewers().size;
  let said;
  try {
    said = await ask(pond, api);
  } catch (e) {
    if (e.code === 'ECONNRESET' || e.code === 'ECONNREFUSED') return;  // the server is gone already
    throw e;
  }
  check(said.orders >= orders && said.orders <= load.ordersSent, `round ${round}: ${said.orders} orders in the columns, ${orders} acknowledged, ${load.ordersSent} sent`);
  equal(said.fen, said.orders * 3000, `round ${round}: the sum of their amounts`);
  check(said.viewers >= viewers && said.viewers <= 500 && said.again <= said.viewers, `round ${round}: ${JSON.stringify(said)} of ${viewers} viewers`);
}

const viewed = path.join(temporaryFolder(), 'viewed.json');
writeFileSync(viewed, JSON.stringify({ event: 'product_viewed', unit: 'month', from: since }));
/** How often the columns say a product was viewed. */
async function inColumns(pond) {
  const { parts } = await pond.json(['query', 'activity', '--spec', viewed]);
  return parts[0]?.events ?? 0;
}

async function assertKept(pond, api, load, round) {
  const log = await pond.kinds(), { events } = log;
  const said = await ask(pond, api);
  equal([said.orders, said.fen], [log.of('order_paid'), log.of('order_paid') * 3000], `round ${round}: orders and their sum in the columns`);
  if (log.of('product_viewed') > 0) equal(await inColumns(pond), log.of('product_viewed'), `round ${round}: in the columns`);
  check(events >= load.events.size, `round ${round}: ${load.events.size} events acknowledged, ${events} kept`);
  const orders = new Set((await pond.sql("SELECT order_no FROM shop_order")).split("\n"));
  for (const no of load.orders) check(orders.has(no), `round ${round}: order ${no} was acknowledged and is lost`);
}

main(`kills under load (${kills}, seed ${seed})`, async () => {
  const random = dice(seed);
  const pond = new Pond({ env: tinyFiles });
  await pond.start();
  const write = (await pond.json(['key', 'create', '--kind', 'write', '--name', 'kills'])).key;
  const api = (await pond.json(['key', 'create', '--kind', 'api', '--name', 'kills', '--scope', 'order.write', '--scope', 'person.write', '--scope', 'insight.read'])).key;
  const load = new Load(pond, write, api, random);
  let slowest = 0;
  for (let round = 1; round <= kills; ++round) {
    const stopped = { now: false };
    const working = load.until(stopped);
    await new Promise((ok) => setTimeout(ok, 30 + random.below(250)));
    const asking = round % 2 === 0 ? askInTheMiddle(pond, api, load, round) : null;  // half of the kills fall into a question
    if (round % 4 === 0) await asking;
    await pond.kill();
    await asking;
    stopped.now = true;
    await working;
    slowest = Math.max(slowest, await pond.start());
    await assertKept(pond, api, load, round);
  }
  const again = load.unknown.splice(0);
  for (const job of again) await load.send({ ...job, again: true });
  equal(load.unknown.length, 0, 'resent after the last restart');

  const log = await pond.kinds();
  equal(log.of('product_viewed'), load.events.size, 'events, each exactly once');
  equal(Number(await pond.sql('SELECT COUNT(*) FROM shop_order')), load.orders.size, 'orders, each exactly once');
  equal(log.of('order_paid'), load.orders.size, 'order_paid, each exactly once');
  equal(Number(await pond.sql("SELECT COUNT(*) FROM identifier WHERE ns = 'member_no'")), load.people.size, 'people, each exactly once');
  equal(await inColumns(pond), load.events.size, 'in the columns, each exactly once');
  const said = await ask(pond, api);
  equal(said, { orders: load.orders.size, fen: load.orders.size * 3000, viewers: load.viewers().size, again: said.again }, 'sums and funnel, each exactly once');
  await pond.command(['verify']);
  check(await pond.metric('koipond_columns_files') > 0, 'columns became files while the server was killed');
  const files = pond.store ? 0 : await pond.metric('koipond_log_segments');
  check(pond.store || files > kills / 4, `rows left the table while the server was killed: ${files} files`);
  check(slowest <= readyLimit, `ready after ${Math.round(slowest)} ms, limit ${readyLimit} ms`);
  await pond.kill('SIGTERM');
  console.log(`  ${load.sent} requests, ${again.length} cut off; ${load.events.size} events and ${load.orders.size} orders kept, ${files} files of the log; slowest start ${Math.round(slowest)} ms`);
});
