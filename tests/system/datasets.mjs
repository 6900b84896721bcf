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
});
