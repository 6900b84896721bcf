// Real data through the command line: the published counts and totals must come out, and grids must equal what a plain
// script (this one, no shared code) computes from the same files.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Pond, check, equal, main, root, temporaryFolder } from './lib.mjs';

const shared = process.env.KOI_SHARED ?? path.join(root, '../shared');
const folder = temporaryFolder();

function unpack(name) {
  const file = path.join(folder, path.basename(name, '.gz'));
  writeFileSync(file, gunzipSync(readFileSync(path.join(shared, 'data', name))));
  return file;
}
const rows = (file) => readFileSync(file, 'utf8').trim().split('\n').slice(1).map((l) => l.split(','));

async function cdnow() {
  const file = unpack('cdnow/cdnow_master.csv.gz');
  const pond = new Pond();
  await pond.command(['import', 'orders', file, '--source', 'cdnow', '--map', 'person=customer_id,at=date,quantity=cds,amount=amount']);
  equal(await pond.sql("SELECT COUNT(*) FROM person WHERE merged_into IS NULL"), '23570', 'CDNOW people');
  equal(await pond.sql('SELECT COUNT(*) FROM shop_order'), '69659', 'CDNOW orders');
  equal(await pond.sql('SELECT CAST(SUM(total_fen) AS BIGINT) FROM shop_order'), '250031563', 'CDNOW cents');

  const triangle = await pond.json(['query', 'triangle']);
  check(triangle.ownership && triangle.value && triangle.referral, 'the triangle has its three sides');
  // Monthly cohorts by first purchase, counted here with plain maps.
  const first = new Map(), active = new Map();
  const orders = rows(file).map(([id, date]) => [id, date.slice(0, 7)]);
  for (const [id, month] of orders) if (!first.has(id) || month < first.get(id)) first.set(id, month);
  for (const [id, month] of orders) {
    const key = `${first.get(id)}|${month}`;
    if (!active.has(key)) active.set(key, new Set());
    active.get(key).add(id);
  }
  const cohorts = await pond.json(['query', 'cohorts']);
  const later = (month, n) => {
    const at = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + n;
    return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`;
  };
  let cells = 0;
  for (const cohort of cohorts.cohorts) {
    cohort.active.forEach((people, n) => {
      const want = active.get(`${cohort.month}|${later(cohort.month, n)}`)?.size ?? 0;
      equal(people, want, `CDNOW cohort ${cohort.month} after ${n} months`);
      if (want > 0) cells++;
    });
  }
  const rfm = await pond.json(['query', 'rfm']);
  equal(rfm.cells.reduce((n, c) => n + c.people, 0), 23570, 'RFM covers everybody');
  equal(rfm.cells.reduce((n, c) => n + c.net_fen, 0), 250031563, 'RFM money adds up');
}

async function onlineRetail() {
  const file = unpack('online_retail/online_retail.csv.gz');
  const pond = new Pond();
  await pond.command(['import', 'orders', file, '--source', 'retail', '--map',
    'order_no=invoice_no,person=customer_id,at=invoice_time,sku=stock_code,quantity=quantity,unit_price=unit_price']);
  equal(await pond.sql('SELECT COUNT(*) FROM person WHERE merged_into IS NULL'), '4372', 'Online Retail customers');
  equal(await pond.sql('SELECT COUNT(*) FROM shop_order'), '25900', 'Online Retail invoices');
  equal(await pond.sql('SELECT CAST(SUM(amount_fen) AS BIGINT) FROM order_line'), '974774793', 'Online Retail pence');
  // Monthly active customers: those with an invoice that is no cancellation, counted here from the file itself.
  const months = new Map();
  for (const row of rows(file)) {
    const [invoice, time, customer] = [row[0], row.at(-4), row.at(-2)];
    if (!customer || invoice.startsWith('C')) continue;
    const month = time.slice(0, 7);
    if (!months.has(month)) months.set(month, new Set());
    months.get(month).add(customer);
  }
  const trend = await pond.json(['query', 'trend', '--spec', specFile({ by: 'month', periods: 13, as_of: '2011-12-31T00:00:00Z' })]);
  const got = Object.fromEntries(trend.periods.filter((p) => p.buyers > 0).map((p) => [p.period.slice(0, 7), p.buyers]));
  equal(got, Object.fromEntries([...months].sort().map(([m, who]) => [m, who.size])), 'Online Retail monthly active customers');
  await retailFunnels(pond, file);
}

// ---- behaviour: answers of the columns against plain loops over the files -------------------------------------------

const DAY = 86_400_000;
/** The file's own clock as a number. */
const at = (text) => Date.parse(`${text.replace(' ', 'T')}${text.length === 16 ? ':00' : ''}${text.length > 10 ? 'Z' : ''}`);
const yuan = (fen) => (fen / 100).toFixed(2);

/** A person's events by time, of equal times as the file has them. */
function byPerson(events) {
  const people = new Map();
  for (const event of events) {
    if (!people.has(event.person)) people.set(event.person, []);
    people.get(event.person).push(event);
  }
  for (const list of people.values()) list.sort((a, b) => a.at - b.at);  // stable
  return people;
}
/** How many people come to each step, over every choice of events; `same` names what all steps of one choice share. */
function reached(people, steps, windowMs, same = () => '') {
  const out = steps.map(() => 0);
  for (const events of people.values()) {
    let furthest = 0;
    events.forEach((first, start) => {
      if (!steps[0](first)) return;
      let level = 1;
      // Taking the first event that fits each next step is never worse.
      for (let i = start + 1; i < events.length && level < steps.length; ++i)
        if (events[i].at - first.at <= windowMs && steps[level](events[i]) && same(events[i]) === same(first)) ++level;
      furthest = Math.max(furthest, level);
    });
    for (let i = 0; i < furthest; ++i) ++out[i];
  }
  return out;
}
async function funnelIs(pond, spec, want, what) {
  const { parts } = await pond.json(['query', 'funnel', '--spec', specFile(spec)]);
  equal(parts[0].steps.map((step) => step.people), want, what);
  check(want.at(-1) > 0 && want.at(-1) < want[0], `${what}: says something`);
}

/** Whole weeks from Monday to Monday. */
const week = (ms) => Math.floor((ms + 3 * DAY) / (7 * DAY));
async function weeksAre(pond, people, from, cohorts, later, what) {
  const back = Array.from({ length: cohorts }, () => Array(later + 1).fill(0));
  const size = Array(cohorts).fill(0);
  for (const events of people.values()) {
    const cohort = week(events[0].at) - week(at(from));
    if (cohort < 0 || cohort >= cohorts) continue;
    ++size[cohort];
    for (const seen of new Set(events.map((event) => week(event.at) - week(events[0].at)))) if (seen <= later) ++back[cohort][seen];
  }
  const day = (ms) => new Date(ms).toISOString().slice(0, 10);
  const spec = { first: 'order_paid', unit: 'week', periods: later, from: `${day(at(from))}T00:00:00+08:00`, to: `${day(at(from) + cohorts * 7 * DAY)}T00:00:00+08:00` };
  const got = await pond.json(['query', 'retention', '--spec', specFile(spec)]);
  equal(got.cohorts.map((row) => row.people), size, `${what}: cohorts`);
  got.cohorts.forEach((row, i) => equal(row.back, back[i], `${what}: week of ${row.start}`));
}

/** Equal groups by rank: 1 + groups * (how many have less) / everybody. */
async function tilesAre(pond, people, tiles, what) {
  const buyers = [...people.values()].map((events) => [events.at(-1).at, events.length, events.reduce((sum, event) => sum + event.fen, 0)]);
  const group = [0, 1, 2].map((i) => {
    const sorted = buyers.map((buyer) => buyer[i]).sort((a, b) => a - b);
    const less = new Map();
    sorted.forEach((value, place) => { if (!less.has(value)) less.set(value, place); });
    return (buyer) => 1 + Math.floor((tiles * less.get(buyer[i])) / buyers.length);
  });
  const want = new Map();
  for (const buyer of buyers) {
    const key = group.map((of) => of(buyer)).join('');
    const [n, fen] = want.get(key) ?? [0, 0];
    want.set(key, [n + 1, fen + buyer[2]]);
  }
  const got = await pond.json(['query', 'behaviour-rfm', '--spec', specFile({ event: 'order_paid', tiles })]);
  const cells = got.cells.map((cell) => [`${cell.r}${cell.f}${cell.m}`, [cell.people, cell.fen]]);
  equal(cells.sort(), [...want].sort(), what);
}

async function completeJourney() {
  const table = (name) => rows(unpack(`completejourney/${name}.csv.gz`));
  const baskets = new Map();
  for (const [person, , basket, , , sales, , , , , time] of table('transactions_sample')) {
    const row = baskets.get(basket) ?? { person, basket, time, at: at(time), fen: 0 };
    row.fen += Math.round(Number(sales) * 100);
    baskets.set(basket, row);
  }
  const file = path.join(folder, 'baskets.csv');
  writeFileSync(file, ['basket,household,time,amount', ...[...baskets.values()].map((b) => [b.basket, b.person, b.time, yuan(b.fen)].join())].join('\n'));
  const pond = new Pond();
  await pond.command(['import', 'orders', file, '--source', 'journey', '--map', 'order_no=basket,person=household,at=time,amount=amount']);
  equal((await pond.kinds()).of('order_paid'), 47243, 'Complete Journey baskets');
  const people = byPerson(baskets.values());
  equal(people.size, 2377, 'Complete Journey households');
  const any = () => true;
  await funnelIs(pond, { steps: ['order_paid', 'order_paid', 'order_paid'], window: '10d' }, reached(people, [any, any, any], 10 * DAY), 'three baskets in ten days');
  await funnelIs(pond, { steps: ['order_paid where amount < 20.00元', 'order_paid where amount >= 50.00元'], window: '14d' },
                 reached(people, [(b) => b.fen < 2000, (b) => b.fen >= 5000], 14 * DAY), 'a small basket, then a large one');
  await weeksAre(pond, people, '2017-01-02', 12, 16, 'Complete Journey weeks');
  await tilesAre(pond, people, 5, 'Complete Journey RFM');
  await campaigns(table, baskets);
}

/** What households were sent, redeemed and bought, as events of their own. */
async function campaigns(table, baskets) {
  const starts = new Map(table('campaign_descriptions').map(([campaign, , start]) => [campaign, start]));
  const events = [
    ...table('campaigns').map(([campaign, person]) => ({ kind: 'campaign_received', person, time: `${starts.get(campaign)} 00:00:00`, campaign })),
    ...table('coupon_redemptions').map(([person, , campaign, day]) => ({ kind: 'coupon_used', person, time: `${day} 12:00:00`, campaign })),
    ...[...baskets.values()].map(({ person, time }) => ({ kind: 'basket_bought', person, time, campaign: '' })),
  ].map((event) => ({ ...event, at: at(event.time) }));
  const file = path.join(folder, 'journey.csv');
  writeFileSync(file, ['kind,household,time,campaign', ...events.map((e) => [e.kind, e.person, e.time, e.campaign].join())].join('\n'));
  const pond = new Pond();
  await pond.command(['import', 'events', file, '--source', 'journey', '--map', 'kind=kind,person=household,at=time,campaign=campaign']);
  const log = await pond.kinds();
  equal([log.of('campaign_received'), log.of('coupon_used')], [6589, 2102], 'Complete Journey campaigns and redemptions');
  const people = byPerson(events);
  const is = (kind) => (event) => event.kind === kind;
  await funnelIs(pond, { steps: ['campaign_received', 'coupon_used', 'basket_bought'], window: '45d' },
                 reached(people, [is('campaign_received'), is('coupon_used'), is('basket_bought')], 45 * DAY), 'campaign, coupon, basket');
  await funnelIs(pond, { steps: ['campaign_received', 'coupon_used'], window: '45d', same: 'campaign' },
                 reached(people, [is('campaign_received'), is('coupon_used')], 45 * DAY, (e) => e.campaign), 'a coupon of the same campaign');
  const eighteen = (e) => e.campaign === '18';
  await funnelIs(pond, { steps: ['campaign_received where campaign = "18"', 'coupon_used where campaign = "18"'], window: '90d' },
                 reached(people, [(e) => is('campaign_received')(e) && eighteen(e), (e) => is('coupon_used')(e) && eighteen(e)], 90 * DAY), 'campaign 18');
}

/** Online Retail: who buys again, and who takes something back. */
async function retailFunnels(pond, file) {
  const invoices = new Map();
  for (const row of rows(file)) {
    const [invoice, quantity, time, price, person] = [row[0], row.at(-5), row.at(-4), row.at(-3), row.at(-2)];
    const order = invoices.get(invoice) ?? { person, at: at(time), fen: 0 };
    order.fen += Math.round(Number(quantity) * Number(price) * 100);
    invoices.set(invoice, order);
  }
  const people = byPerson([...invoices.values()].filter((order) => order.person));
  equal(people.size, 4372, 'Online Retail people of the file');
  const bought = (order) => order.fen > 0, back = (order) => order.fen < 0;
  const steps = ['order_paid where amount > 0.00元', 'order_paid where amount > 0.00元', 'order_paid where amount > 0.00元'];
  await funnelIs(pond, { steps, window: '90d' }, reached(people, [bought, bought, bought], 90 * DAY), 'Online Retail: three invoices in 90 days');
  await funnelIs(pond, { steps: [steps[0], 'order_paid where amount < 0.00元'], window: '30d' }, reached(people, [bought, back], 30 * DAY), 'Online Retail: a cancellation within 30 days');
}

function specFile(spec) {
  const file = path.join(folder, 'spec.json');
  writeFileSync(file, JSON.stringify(spec));
  return file;
}

main('public data sets', async () => {
  if (!existsSync(path.join(shared, 'data'))) {
    console.log(`  SKIPPED: no data sets at ${shared}/data (set KOI_SHARED)`);
    return;
  }
  await cdnow();
  await onlineRetail();
  await completeJourney();
});
