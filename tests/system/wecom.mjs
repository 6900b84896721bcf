// A corp of WeCom, connected to the real binary: the first walk goes through kills at random moments and ends complete and exact; a
// code's ways are made once through lost answers; the next look finds what was changed meanwhile, and nothing else.
import { spawn } from 'node:child_process';
import { Pond, binary, check, dice, equal, main, option } from './lib.mjs';

const kills = Number(option('kills', '6'));
const seed = Number(option('seed', '20261123'));
const customers = Number(option('customers', '6000'));

/** The simulator as its own process. */
async function simulator() {
  const process = spawn(binary, ['simulate', 'wecom', '--json', '--no-limits', '--seed', String(seed), '--staff', '12', '--customers', String(customers), '--groups', '8'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const part of process.stdout) if ((text += part).includes('\n')) break;
  const told = JSON.parse(text.slice(0, text.indexOf('\n')));
  const ask = async (method, path, body) => (await fetch(`${told.address}/sim/${path}`, { method, body: body && JSON.stringify(body) })).json();
  return { ...told, ask, close: () => process.kill('SIGKILL') };
}

async function until(what, ask, patience = 120_000) {
  for (const began = performance.now(); ; ) {
    const got = await ask();
    if (got) return got;
    check(performance.now() - began < patience, `${what}: not within ${patience / 1000} s`);
    await new Promise((ok) => setTimeout(ok, 20));
  }
}

main(`a corp kept in step through ${kills} kills (seed ${seed})`, async () => {
  const random = dice(seed), sim = await simulator();
  const pond = new Pond({ env: { KOIPOND_OUTGOING_PRIVATE: '1' } });
  try {
    await pond.start();
    const scopes = ['channel.read', 'channel.write', 'channel.sync', 'org.read', 'code.read', 'code.write'];
    const { key } = await pond.json(['key', 'create', '--kind', 'api', '--name', 'wecom', ...scopes.flatMap((s) => ['--scope', s])]);
    const call = async (method, path, body) => {
      const r = await fetch(pond.base + path, { method, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: body && JSON.stringify(body) });
      const text = await r.text();
      check(r.status < 300, `${method} ${path}: ${r.status} ${text}`);
      return text ? JSON.parse(text) : undefined;
    };
    const at = `/v1/channels/wecom/${sim.corpid}`, progress = async () => (await call('GET', `${at}/sync`)).run;
    await call('PUT', at, { name: '锦鲤茶饮', base_url: sim.address, secret: sim.secret, token: sim.token, aes_key: sim.aes_key });

    let died = 0, before = -1;
    while (died < kills) {
      const run = await until('progress', async () => {
        const r = await progress();
        return r && (r.state === 'done' || r.customers > before) && r;
      });
      if (run.state === 'done') break;
      await new Promise((ok) => setTimeout(ok, random.below(60)));
      await pond.kill();
      await pond.start();
      before = run.customers;
      ++died;
    }
    const run = await until('the end of the first walk', async () => {
      const r = await progress();
      return r && r.state !== 'running' && r;
    });
    const there = await sim.ask('GET', 'state');
    equal([run.kind, run.state, run.error, run.staff_failed], ['first', 'done', '', 0], 'the walk');
    equal([run.customers, run.added, run.gone, run.changed, run.chats], [there.relations, there.relations, 0, 0, there.groups], 'what it counted');
    equal(await pond.sql(`SELECT (SELECT COUNT(*) FROM person), (SELECT COUNT(*) FROM relation WHERE kind = 'staff' AND state = 'active'), (SELECT COUNT(*) FROM relation_history WHERE kind = 'staff'),
      (SELECT COUNT(*) FROM person WHERE owner_staff_id IS NULL)`), `${customers}|${there.relations}|${there.relations}|0`, 'people, friends, their history, nobody\'s');
    equal((await pond.kinds()).of('friend_added'), there.relations, 'each friend was told of once');
    check(died > 0, 'no kill fell into the walk: it was too quick');

    // Two of the answers to what a code needs are lost on the way.
    const fit = (await sim.ask('GET', 'staff')).staff.filter((s) => s.status === 1 && s.real_name).map((s) => s.userid);
    const staff = (await call('GET', '/v1/staff')).data.filter((s) => fit.includes(s.wecom_userid)).slice(0, 4);
    await sim.ask('POST', 'faults', { path: 'externalcontact/add_contact_way', kind: 'unknown', times: 2, ms: 600_000 });
    await call('POST', '/v1/codes', { spec: { name: '门店展架', members: staff.map((s) => ({ staff: s.id })) } });
    const made = () => pond.sql("SELECT COUNT(*) FROM entry_way WHERE config_id <> '' AND made_ver = want_ver");
    await until('ways of the code', async () => Number(await made()) === 4, 240_000);
    equal((await sim.ask('GET', 'state')).ways, 4, 'ways at the platform');

    const one = (await sim.ask('GET', 'customers?limit=3')).customers, guide = staff[0].wecom_userid;
    const fresh = (await sim.ask('POST', 'customers', { name: '新朋友' })).external_userid;
    await sim.ask('POST', 'customer/add', { external_userid: fresh, userid: guide });
    const lost = await pond.sql("SELECT userid, external_userid FROM connect_wecom_contact ORDER BY external_userid LIMIT 1");
    const [userid, external_userid] = lost.split('|');
    await sim.ask('POST', 'staff/delete', { userid, external_userid });
    check(one.length === 3, 'customers there');
    await call('POST', `${at}:sync`);
    const second = await until('the second walk', async () => {
      const r = await progress();
      return r.id !== run.id && r.state !== 'running' && r;
    });
    equal([second.kind, second.state, second.added, second.gone], ['asked', 'done', 1, 1], 'what the second walk found');
    const found = (await call('GET', `${at}/sync-diffs?run=${second.id}`)).data.filter((d) => d.kind === 'added' || d.kind === 'gone');
    equal(found.map((d) => [d.kind, d.external_userid]).sort(), [['added', fresh], ['gone', external_userid]], 'its report');
    equal((await pond.kill('SIGTERM')).code, 0, 'the server ends well');
    console.log(`${there.relations} friends, ${died} kills in the first walk, ${run.customers_per_second} a second by the clock`);
  } finally {
    pond.process?.kill('SIGKILL');
    sim.close();
  }
});
