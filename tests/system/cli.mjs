// The command line as people and scripts meet it: help, exit codes, JSON, commands through a running server, backup and
// restore.
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Pond, check, equal, main, temporaryFolder } from './lib.mjs';

main('the command line', async () => {
  const pond = new Pond({ store: '', env: { KOIPOND_LOG_KEEP_ROWS: '300', KOIPOND_LOG_SEGMENT_ROWS: '500' } });
  for (const name of ['import', 'query', 'segment', 'user', 'key', 'sample', 'verify', 'backup', 'doctor', 'serve', 'restore']) {
    const help = await pond.command([name, '--help']);
    check(help.stdout.includes(name), `${name} --help names itself`);
  }
  const typo = await pond.command(['imprt'], { fails: true });
  equal(typo.code, 2, 'exit code of a typo');
  check(typo.stderr.includes('import'), 'a typo gets a suggestion');
  equal((await pond.command(['query', 'nonsense', '--json'], { fails: true })).code, 3, 'exit code of an unknown query');
  writeFileSync(path.join(pond.data, 'koipond.toml'), 'prot = 1\n');
  const config = await pond.command(['doctor'], { fails: true });
  check(config.stderr.includes('koipond.toml:1') && config.stderr.includes('port'), `unknown key is named with its line: ${config.stderr}`);
  writeFileSync(path.join(pond.data, 'koipond.toml'), '');

  const sample = JSON.parse((await pond.command(['sample', '--people', '300', '--seed', '3', '--until', '2026-10-31'])).stdout);
  equal(sample.people <= 300 && sample.people > 200, true, 'sample people');
  equal((await pond.command(['sample', '--people', '10'], { fails: true })).code, 5, 'a second sample is refused');
  const other = new Pond({ store: '' });
  equal(JSON.parse((await other.command(['sample', '--people', '300', '--seed', '3', '--until', '2026-10-31'])).stdout), sample, 'the same seed tells the same story');

  const segments = async (...args) => JSON.parse((await pond.command(['segment', ...args, '--json'])).stdout);
  const listed = await segments('list');
  check(listed.data.length >= 8 && listed.data.some((s) => s.mode === 'fixed') && listed.data.some((s) => s.mode === 'live'), 'the sample has segments of every mode');
  check(listed.data.every((s) => s.mode === 'asked' || Number.isInteger(s.size)), 'and live ones are filled already');
  const bought = await segments('count', '--rule', 'did(order_paid)');
  check(bought.count > 0 && bought.count < bought.of, `a rule is counted: ${bought.count} of ${bought.of}`);
  equal((await segments('people', '--rule', 'did(order_paid)', '--limit', '1000')).data.length, bought.count, 'and its people listed');
  const [someone] = (await segments('people', '会员分层/普卡')).data;
  equal((await segments('why', '会员分层/普卡', '--person', someone)).in, true, 'somebody in a tier is told why');
  equal((await segments('entries', '--rule', 'did(order_paid within last 1d)', '--days', '7')).data.length, 7, 'entries by day');
  const wrong = await pond.command(['segment', 'check', '--rule', 'orders >= 1 and ordres > 2'], { fails: true });
  check(wrong.code === 6 && wrong.stderr.includes('1:17') && wrong.stderr.includes('orders'), `a rule that is not sound is refused by its place: ${wrong.stderr}`);
  equal((await pond.command(['segment', 'show', 'nobody'], { fails: true })).code, 3, 'exit code of an unknown segment');
  const pack = path.join(temporaryFolder(), 'segments.txt');
  await pond.command(['segment', 'export', '--out', pack]);
  check(readFileSync(pack, 'utf8').includes('tiers "会员分层" live {'), 'tiers are exported as such');
  check((await segments('import', pack, '--dry-run')).data.every((line) => line.result === 'same'), 'what was exported is the same here');
  writeFileSync(pack, 'segment "买过两次" live {\n  orders >= 2\n}\nsegment "坏" {\n  ordres >= 2\n}\n');
  const refused = await pond.command(['segment', 'import', pack], { fails: true });
  check(refused.code === 6 && refused.stdout.includes('segments.unknown_name'), `a pack with a mistake changes nothing: ${refused.stdout}`);
  equal((await segments('list')).data.length, listed.data.length, 'nothing was brought in');
  const kept = await segments('snapshot', '会员分层/普卡', '--name', '普卡快照');
  equal(kept.size, (await segments('count', '普卡快照')).count, 'a snapshot keeps its people');
  equal((await pond.command(['segment', 'snapshot', '会员分层/普卡', '--name', '普卡快照'], { fails: true })).code, 5, 'a name that is taken');

  // A question among fewer people: by name, by rule, both.
  const spec = path.join(temporaryFolder(), 'funnel.json');
  writeFileSync(spec, JSON.stringify({ steps: ['order_paid', 'order_paid'], window: '60d', from: '2026-08-01T00:00:00+08:00', to: '2026-10-31T00:00:00+08:00' }));
  const funnel = async (...args) => {
    const { basis, parts } = await pond.json(['query', 'funnel', '--spec', spec, ...args]);
    return [basis.people, ...parts[0].steps.map((step) => step.people)];
  };
  const once = '会员分层/普卡', rich = 'paid >= 100元';
  const [everybody, named, ruled, both] = [await funnel(), await funnel('--segment', once), await funnel('--among', rich), await funnel('--segment', once, '--among', rich)];
  equal(named[0], (await segments('count', once)).count, 'asked among the people of the segment');
  equal(ruled[0], (await segments('count', '--rule', rich)).count, 'asked among the people of the rule');
  equal(both[0], (await segments('count', '--rule', `in segment "${once}" and ${rich}`)).count, 'segment and rule together');
  check(named.every((n, at) => both[at] <= n && n < everybody[at]) && ruled.every((n, at) => both[at] <= n && n < everybody[at]) && both[2] > 0, `fewer people, fewer at every step: ${[everybody, named, ruled, both].join(' | ')}`);
  equal((await pond.command(['query', 'funnel', '--spec', spec, '--segment', 'nobody'], { fails: true })).code, 3, 'exit code of a question among an unknown segment');
  const unsound = await pond.command(['query', 'funnel', '--spec', spec, '--among', 'ordres > 1'], { fails: true });
  check(unsound.code === 6 && unsound.stderr.includes('segments.unknown_name') && unsound.stderr.includes('/among'), `a rule that is not sound is refused where it stands: ${unsound.stderr}`);

  const offline = await pond.json(['query', 'triangle']);
  await pond.start();
  const online = await pond.json(['query', 'triangle']);  // through the server's side door
  const timeless = (answer) => JSON.parse(JSON.stringify(answer, (key, value) => (key === 'as_of' ? undefined : value)));
  equal(timeless(online), timeless(offline), 'one answer, whoever is asked');
  equal((await segments('count', '--rule', 'did(order_paid)')).count, bought.count, 'a rule has one answer, whoever is asked');
  equal(await funnel('--among', rich), ruled, 'a question among fewer people has one answer, whoever is asked');
  equal((await pond.command(['sample', '--people', '10'], { fails: true })).code, 5, 'no sample around a running server');
  const log = await pond.json(['query', 'kinds']);
  for (let files = 0; !(files > 1); files = await pond.metric('koipond_log_segments')) await new Promise((ok) => setTimeout(ok, 50));
  equal(await pond.json(['query', 'kinds']), log, 'the log is the same wherever its rows stand');
  const backup = path.join(temporaryFolder(), 'copy');
  await pond.command(['backup', backup]);
  const rotated = JSON.parse((await pond.command(['key', 'rotate-master', '--json'])).stdout);
  check(rotated.keys > 200, `every person's key is sealed anew while the server works: ${rotated.keys}`);
  const apart = path.join(temporaryFolder(), 'data'), keys = path.join(temporaryFolder(), 'keys');
  await pond.command(['backup', apart, '--keys', keys]);
  check(!existsSync(path.join(apart, 'keys')) && existsSync(path.join(keys, 'keys', 'persons')), 'keys are copied apart');
  const document = JSON.parse((await pond.command(['openapi'])).stdout);
  check(document.openapi.startsWith('3.1') && Object.keys(document.paths).length > 50, 'openapi prints the interface');
  const verified = await pond.json(['verify']);
  equal(verified.ok, true, 'verify');
  const stopped = await pond.kill('SIGTERM');
  equal(stopped.code, 0, 'SIGTERM ends in order');

  const restored = new Pond({ store: '' });
  await restored.command(['restore', backup]);
  equal(await restored.json(['query', 'kinds']), log, 'events after restore');
  check(readdirSync(path.join(restored.data, 'log')).length > 1, 'a backup holds the files of the log');
  equal((await restored.json(['verify'])).ok, true, 'verify after restore');
  equal(statSync(path.join(restored.data, 'koipond.db')).mode & 0o077, 0, 'the store is its owner’s');
  const [segment] = readdirSync(path.join(restored.data, 'log'));
  rmSync(path.join(restored.data, 'log', segment));
  const short = await restored.command(['doctor'], { fails: true });
  check(short.code === 7 && short.stderr.includes(segment), `a log that is short is refused by the file's name: ${short.stderr}`);
  const whole = new Pond({ store: '' });
  await whole.command(['restore', apart, '--keys', keys, '--erased', path.join(keys, 'MANIFEST')]);
  equal((await whole.json(['verify'])).ok, true, 'verify after a restore with keys kept apart');
  equal((await new Pond({ store: '' }).command(['restore', apart], { fails: true })).code, 7, 'without its keys a store does not open');
  const manifest = path.join(backup, 'MANIFEST');
  check(existsSync(manifest), 'a backup has a manifest');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/^./, (c) => (c === '0' ? '1' : '0')));
  equal((await new Pond({ store: '' }).command(['restore', backup], { fails: true })).code, 6, 'a damaged backup is refused');
});
