// A storm of new friends at a corp of WeCom: every one of them posts a callback to the real binary, which welcomes them through the
// platform; with --kills the server dies at random moments of it. What was answered is never lost, what was not is found by the next
// look at the corp, and nobody is counted, tagged or welcomed twice. Without kills it tells how quick both were.
import { spawn } from 'node:child_process';
import { Pond, binary, check, dice, equal, freePort, main, option } from './lib.mjs';

const kills = Number(option('kills', '0'));
const seed = Number(option('seed', '20261124'));
const adds = Number(option('adds', kills ? '6000' : '8000'));
const rate = Number(option('rate', kills ? '600' : '1000'));
const slow = Number(option('provider-ms', kills ? '0' : '100'));

async function simulator() {
  const child = spawn(binary, ['simulate', 'wecom', '--json', '--no-limits', '--seed', String(seed), '--staff', '12', '--customers', '40', '--groups', '2'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const part of child.stdout) if ((text += part).includes('\n')) break;
  const told = JSON.parse(text.slice(0, text.indexOf('\n')));
  const ask = async (method, path, body) => {
    const reply = await fetch(`${told.address}/sim/${path}`, { method, body: body && JSON.stringify(body) });
    const said = await reply.json();
    check(reply.ok, `${method} ${path}: ${JSON.stringify(said)}`);
    return said;
  };
  return { ...told, ask, close: () => child.kill('SIGKILL') };
}

async function until(what, ask, patience = 120_000) {
  for (const began = performance.now(); ; ) {
    const got = await ask();
    if (got) return got;
    check(performance.now() - began < patience, `${what}: not within ${patience / 1000} s`);
    await new Promise((ok) => setTimeout(ok, 20));
  }
}

await main(`a storm of ${adds} friends at ${rate} a second, ${kills} kills (seed ${seed})`, async () => {
  const random = dice(seed), sim = await simulator();
  const pond = new Pond({ env: { KOIPOND_OUTGOING_PRIVATE: '1' } });
  try {
    pond.port = await freePort();
    await pond.start();
    const scopes = ['channel.read', 'channel.write', 'channel.sync', 'org.read', 'code.read', 'code.write'];
    const { key } = await pond.json(['key', 'create', '--kind', 'api', '--name', 'storm', ...scopes.flatMap((s) => ['--scope', s])]);
    const call = async (method, path, body) => {
      const reply = await fetch(pond.base + path, { method, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: body && JSON.stringify(body) });
      const text = await reply.text();
      check(reply.status < 300, `${method} ${path}: ${reply.status} ${text}`);
      return text ? JSON.parse(text) : undefined;
    };
    const at = `/v1/channels/wecom/${sim.corpid}`, last = async () => (await call('GET', `${at}/sync`)).run;
    await call('PUT', at, { name: '锦鲤茶饮', base_url: sim.address, secret: sim.secret, token: sim.token, aes_key: sim.aes_key });
    await sim.ask('POST', 'callbacks', { url: `${pond.base}/callback/wecom/${sim.corpid}` });
    await until('the first walk', async () => (await last())?.state === 'done');
    const fit = (await sim.ask('GET', 'staff')).staff.filter((s) => s.status === 1 && s.real_name).map((s) => s.userid);
    const guide = (await call('GET', '/v1/staff')).data.find((s) => fit.includes(s.wecom_userid));
    await call('POST', '/v1/codes', { spec: { name: '开业展架', members: [{ staff: guide.id }], tags: ['开业'], welcome: { text: '欢迎', parts: [], slots: [], staff_first: false } } });
    const way = await until('a way of the code', async () => (await pond.sql("SELECT state FROM entry_way WHERE config_id <> '' AND made_ver = want_ver AND staff_id IS NOT NULL LIMIT 1")) || undefined);
    if (slow) await sim.ask('POST', 'faults', { kind: 'late', times: 1_000_000, ms: slow });

    const blown = fetch(`${sim.address}/sim/storm`, { method: 'POST', body: JSON.stringify({ adds, rate, code: way }) }).then((r) => r.json());
    let over = false, died = 0;
    void blown.then(() => (over = true));
    const pause = (adds / rate) * 1000 / (kills + 1);
    for (; died < kills && !over; ++died) {
      await new Promise((ok) => setTimeout(ok, random.below(2 * pause)));
      await pond.kill();
      await pond.start();
    }
    const storm = await blown;
    if (option('tell', '')) console.log(JSON.stringify(storm), await pond.sql('SELECT state, error, COUNT(*) FROM connect_wecom_welcome GROUP BY 1, 2'));
    equal(storm.added, adds, 'friends made');
    const blownAt = performance.now();
    await until('the inbox is empty', async () => (await pond.sql("SELECT COUNT(*) FROM connect_callback WHERE state = 'waiting'")) === '0', 240_000);
    const drained = Math.round(performance.now() - blownAt) / 1000;
    const kept = Number(await pond.sql("SELECT COUNT(*) FROM connect_callback WHERE kind = 'change_external_contact/add_external_contact'"));
    check(kept >= storm.answered, `${storm.answered} were answered, ${kept} kept`);
    if (slow) await sim.ask('DELETE', 'faults');

    // Those the platform gave up on while nobody was there.
    const before = await last();
    await call('POST', `${at}:sync`);
    const found = await until('the look at the corp', async () => {
      const run = await last();
      return run.id !== before.id && run.state !== 'running' && run;
    });
    equal(found.state, 'done', found.error);
    const there = await sim.ask('GET', 'state');
    equal(await pond.sql(`SELECT (SELECT COUNT(*) FROM relation WHERE kind = 'staff' AND state = 'active'), (SELECT COUNT(*) FROM relation_history WHERE kind = 'staff'),
      (SELECT COUNT(*) FROM entry_arrival), (SELECT COUNT(*) FROM entry_arrival WHERE over_cap = 0), (SELECT COUNT(*) FROM tag_assignment a JOIN tag t ON t.id = a.tag_id WHERE t.name = '开业')`),
      [there.relations, there.relations, adds, adds, adds].join('|'), 'friends, their history, arrivals, none beyond a cap, those tagged');
    equal((await pond.kinds()).of('friend_added'), there.relations, 'each friend was told of once');
    const { callbacks, welcomes } = storm;
    if (kills) check(died > 0, 'no kill fell into the storm');
    else {
      equal(storm.failed, 0, 'callbacks that failed');
      equal(welcomes.count, adds, 'welcomes');
    }
    console.log(JSON.stringify({ adds, rate, died, answered: storm.answered, given_up: storm.failed, found_later: found.added, callback_ms: callbacks, welcome_ms: welcomes, add_seconds: storm.add_seconds, seconds: storm.seconds, drained_after_s: drained }));
  } finally {
    pond.process?.kill('SIGKILL');
    sim.close();
  }
});
