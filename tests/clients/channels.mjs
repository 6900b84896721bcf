// The channels of WeChat from end to end: the release binary between a platform that is played here and other people's clients.
// co-wechat-api says by the same calls what should be on the wire; @wecom/crypto closes the pushes and opens the answers;
// wechatpay-axios-plugin judges every signed call, signs what the bank says, and closes its notices.
// usage: node tests/clients/channels.mjs [--orders 20] [--seed 1]
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import http from 'node:http';
import { createRequire } from 'node:module';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Pond, check, dice, equal, freePort, main, option, root } from '../system/lib.mjs';

const orders = Number(option('orders', '20'));
const seed = Number(option('seed', '1'));
const here = path.join(root, 'tests/clients');
const keys = JSON.parse(readFileSync(path.join(root, 'tests/vectors/wechatpay_v3.json'), 'utf8')).config;
const oa = { app: 'wx1179ef6b6a8e5d30', secret: 's3cret', token: 'aiXvRxpZN9on', aes_key: 't8BaWDOrKgcFE5R5Fp01rAUGAQ3bEhl9nfvAgBIslUW' };

const mini = { app: 'wxe7d772422db5e4c3', secret: 'm1ni' };

/** npm ci, unless what it made is newer than what it would be made from. */
function install() {
  const made = statSync(path.join(here, 'node_modules/.package-lock.json'), { throwIfNoEntry: false });
  if (made && made.mtimeMs > statSync(path.join(here, 'package-lock.json')).mtimeMs) return;
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] });
}

async function listen(handler) {
  const server = http.createServer((req, res) => {
    const parts = [];
    req.on('data', (d) => parts.push(d)).on('end', () => {
      const { pathname, searchParams } = new URL(req.url, 'http://x');
      const reply = handler({ method: req.method, target: req.url, path: pathname, query: Object.fromEntries(searchParams), headers: req.headers, body: Buffer.concat(parts).toString() });
      if (!reply) return req.socket.destroy();  // the answer is lost
      res.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers }).end(reply.body);
    });
  });
  const port = await freePort();
  await new Promise((ok) => server.listen(port, '127.0.0.1', ok));
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** api.weixin.qq.com, as far as it is asked here; `wire` keeps what came besides tokens. */
async function weixin() {
  const wire = [];
  let tokens = 0;
  const answers = {
    '/cgi-bin/qrcode/create': (r) => ({ ticket: `gQ${wire.length}==`, url: 'http://weixin.qq.com/q/1', ...(r.body.includes('LIMIT') ? {} : { expire_seconds: JSON.parse(r.body).expire_seconds }) }),
    '/cgi-bin/message/template/send': () => ({ errcode: 0, errmsg: 'ok', msgid: 9_000_000_000_000_001 }),
    '/cgi-bin/message/custom/send': () => ({ errcode: 0, errmsg: 'ok' }),
    '/wxa/business/getuserphonenumber': () => ({ errcode: 0, phone_info: { phoneNumber: '13800001000', purePhoneNumber: '13800001000', countryCode: '86', watermark: { timestamp: 1, appid: mini.app } } }),
    '/wxa/checksession': (r) => (r.query.sig_method === 'hmac_sha256' && r.query.signature === createHmac('sha256', 'WdaWlS56btKwAITg59HeEQ==').update('').digest('hex') ? { errcode: 0 } : { errcode: 87009, errmsg: 'invalid signature' }),
    '/cgi-bin/user/get': (r) => (r.query.next_openid ? { total: 2, count: 0, next_openid: '' } : { total: 2, count: 2, data: { openid: ['oA', 'oB'] }, next_openid: 'oB' }),
    '/cgi-bin/user/info/batchget': (r) => ({ user_info_list: JSON.parse(r.body).user_list.map(({ openid }) => ({ subscribe: 1, openid, unionid: `U${openid}` })) }),
  };
  const used = new Set();
  const host = await listen((r) => {
    const say = (what) => ({ body: JSON.stringify(what) });
    if (r.path.startsWith('/sns/')) {
      const code = r.query.code ?? r.query.js_code;
      if (![oa.secret, mini.secret].includes(r.query.secret)) return say({ errcode: 40125, errmsg: 'invalid appsecret' });
      if (used.has(code)) return say({ errcode: 40163, errmsg: 'code been used' });
      used.add(code);
      wire.push({ method: r.method, path: r.path, query: r.query });
      return say(r.path === '/sns/jscode2session' ? { openid: 'oM', session_key: 'WdaWlS56btKwAITg59HeEQ==', unionid: 'UoA' } : { access_token: 'user', openid: 'oA', unionid: 'UoA', scope: 'snsapi_base' });
    }
    if (r.path === '/cgi-bin/stable_token' || r.path === '/cgi-bin/token') {
      const asked = r.body ? JSON.parse(r.body) : r.query;
      return [oa.secret, mini.secret].includes(asked.secret) ? say({ access_token: `tok-${++tokens}`, expires_in: 7200 }) : say({ errcode: 40125, errmsg: 'invalid appsecret' });
    }
    if (!r.query.access_token?.startsWith('tok-')) return say({ errcode: 41001, errmsg: 'access_token missing' });
    const { access_token, ...query } = r.query;
    wire.push({ method: r.method, path: r.path, query, body: r.body ? JSON.parse(r.body) : null });
    return say(answers[r.path]?.(r) ?? { errcode: 40066, errmsg: 'invalid url' });
  });
  return { ...host, wire, take: () => wire.splice(0) };
}

/** api.mch.weixin.qq.com: a bank that believes only what the plugin believes. */
async function bank({ Rsa, Formatter }, random) {
  const state = { trades: new Map(), lost: 0, refused: [] };
  const host = await listen((r) => {
    const sign = (status, what) => {
      const body = what === undefined ? '' : JSON.stringify(what), timestamp = String(Math.floor(Date.now() / 1000)), nonce = Formatter.nonce();
      return { status, body, headers: { 'wechatpay-timestamp': timestamp, 'wechatpay-nonce': nonce, 'wechatpay-serial': keys.platform_key_id, 'wechatpay-signature-type': 'WECHATPAY2-SHA256-RSA2048',
        'wechatpay-signature': Rsa.sign(Formatter.response(timestamp, nonce, body), keys.platform_private_key_pem) } };
    };
    const given = Object.fromEntries([...(r.headers.authorization ?? '').matchAll(/(\w+)="([^"]*)"/g)].map((m) => [m[1], m[2]]));
    const text = Formatter.request(r.method, r.target, given.timestamp, given.nonce_str, r.body);
    const believed = r.headers.authorization?.startsWith('WECHATPAY2-SHA256-RSA2048 ') && given.mchid === keys.mchid && given.serial_no === keys.merchant_serial_no &&
      Rsa.verify(text, given.signature, keys.merchant_public_key_pem) && r.headers.accept === 'application/json' && r.headers['user-agent'];
    if (!believed) { state.refused.push(r.target); return sign(401, { code: 'SIGN_ERROR', message: 'no' }); }
    const named = /^\/v3\/pay\/transactions\/out-trade-no\/([^/?]+)(\/close)?/.exec(r.target);
    const reply = (() => {
      if (r.target === '/v3/pay/transactions/jsapi' || r.target === '/v3/pay/transactions/native') {
        const order = JSON.parse(r.body);
        const had = state.trades.get(order.out_trade_no);
        if (had && JSON.stringify(had.order) !== JSON.stringify(order)) return sign(400, { code: 'INVALID_REQUEST', message: 'parameters differ' });
        if (!had) state.trades.set(order.out_trade_no, { order, state: 'NOTPAY' });
        return sign(200, r.target.endsWith('jsapi') ? { prepay_id: `wx${order.out_trade_no}` } : { code_url: `weixin://wxpay/bizpayurl?pr=${order.out_trade_no}` });
      }
      if (named) {
        const trade = state.trades.get(named[1]);
        if (!trade) return sign(404, { code: 'ORDER_NOT_EXIST', message: 'no' });
        if (!named[2]) return sign(200, state.said(named[1]));
        trade.state = 'CLOSED';
        return sign(204);
      }
      if (r.target === '/v3/refund/domestic/refunds') {
        const b = JSON.parse(r.body);
        return sign(200, { refund_id: `5${b.out_refund_no}`, out_refund_no: b.out_refund_no, out_trade_no: b.out_trade_no, status: 'PROCESSING', amount: b.amount });
      }
      return sign(404, { code: 'NOT_FOUND', message: r.target });
    })();
    if (random.yes(0.25)) { state.lost++; return null; }
    return reply;
  });
  state.said = (no) => {
    const { order, state: trade_state } = state.trades.get(no);
    const paid = trade_state === 'SUCCESS' ? { transaction_id: `42${no}`, success_time: '2026-01-03T10:01:02+08:00', payer: { openid: order.payer?.openid ?? 'oNative' } } : {};
    return { mchid: keys.mchid, appid: order.appid, out_trade_no: no, trade_state, trade_state_desc: 'x', amount: { total: order.amount.total, currency: 'CNY' }, ...paid };
  };
  return { ...host, ...state, state };
}

class Api {
  constructor(base, key) { Object.assign(this, { base, key }); }
  async call(method, target, body, headers = {}) {
    const r = await fetch(this.base + target, { method, redirect: 'manual', headers: { authorization: `Bearer ${this.key}`, ...(body ? { 'content-type': 'application/json' } : {}), ...headers }, body: body && JSON.stringify(body) });
    const text = await r.text();
    return { status: r.status, json: text.startsWith('{') ? JSON.parse(text) : text };
  }
  async good(method, target, body) {
    const r = await this.call(method, target, body);
    check(r.status < 300, `${method} ${target}: ${r.status} ${JSON.stringify(r.json)}`);
    return r.json;
  }
}

const sorted = (x) => (x && typeof x === 'object' && !Array.isArray(x) ? Object.fromEntries(Object.keys(x).sort().map((k) => [k, sorted(x[k])])) : x);

/** The same call by us and by co-wechat-api leaves the same bytes' meaning on the wire. */
async function talk(api, host, WechatAPI) {
  const theirs = new WechatAPI(oa.app, oa.secret);
  theirs.prefix = `${host.url}/cgi-bin/`;
  const at = `/v1/channels/wechat/${oa.app}`;
  const wrong = await api.good('PUT', at, { kind: 'oa', name: '公众号', base_url: host.url, secret: 'wrong', token: oa.token, aes_key: oa.aes_key });
  equal(wrong.callback, `/callback/wechat/${oa.app}`, 'callback address');
  equal((await api.good('POST', `${at}/check`)).code, 'connect.wechat_credentials', 'check of a wrong secret');
  await api.good('PUT', at, { kind: 'oa', secret: oa.secret });
  equal((await api.good('POST', `${at}/check`)).ok, true, 'check of the right secret');
  check(!JSON.stringify(await api.good('GET', '/v1/channels/wechat')).includes(oa.secret), 'a secret is shown');

  const same = async (what, ours, other, soften = (x) => x) => {
    host.take();
    await ours();
    const mine = host.take();
    check(mine.length === 1, `${what}: ${mine.length} calls`);
    await other();
    equal(sorted({ calls: mine.map(soften).map(sorted) }), sorted({ calls: host.take().map(soften).map(sorted) }), what);
  };
  await same('temporary code', () => api.good('POST', `${at}/codes`, { name: '店门', scene: 'lc_000123', channel: 'store', days: 30 }), () => theirs.createTmpQRCode('lc_000123', 2592000));
  await same('permanent code', () => api.good('POST', `${at}/codes`, { name: '包装', scene: 'lc_box', permanent: true }), () => theirs.createLimitQRCode('lc_box'));
  await same('customer-service message', () => api.good('POST', `${at}/messages`, { key: 'c1', kind: 'custom', openid: 'oA', text: '在的 <b>&' }), () => theirs.sendText('oA', '在的 <b>&'));
  const data = { thing1: { value: '满100减20' }, time2: { value: '2026-01-31 23:59' } };
  await same('template message', () => api.good('POST', `${at}/messages`, { key: 't1', kind: 'template', openid: 'oA', template_id: 'T1', url: 'https://k.example.com/', data: { thing1: '满100减20', time2: '2026-01-31 23:59' } }),
    () => theirs.sendTemplate('oA', 'T1', 'https://k.example.com/', undefined, data), ({ body: { client_msg_id, ...body }, ...rest }) => ({ ...rest, body }));
  equal((await api.good('GET', `${at}/messages/t1`)).msgid, '9000000000000001', 'msgid keeps its digits');
  return at;
}

/** Pushes closed by the platform's own package, and what we answer opened by it. */
async function pushes(api, pond, at, host, { encrypt, decrypt, getSignature }) {
  const send = async (message, { nonce, timestamp = String(Math.floor(Date.now() / 1000)) }) => {
    const sealed = encrypt(oa.aes_key, message, oa.app);
    const query = new URLSearchParams({ signature: getSignature(oa.token, timestamp, nonce, ''), timestamp, nonce, openid: 'oA', encrypt_type: 'aes', msg_signature: getSignature(oa.token, timestamp, nonce, sealed) });
    const r = await fetch(`${pond.base}/callback/wechat/${oa.app}?${query}`, { method: 'POST', headers: { 'content-type': 'text/xml' }, body: `<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[${sealed}]]></Encrypt></xml>` });
    return { status: r.status, text: await r.text() };
  };
  const event = (openid, name, key, at_s) => `<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[${openid}]]></FromUserName><CreateTime>${at_s}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[${name}]]></Event><EventKey><![CDATA[${key}]]></EventKey></xml>`;
  const now = Math.floor(Date.now() / 1000);
  equal(await send(event('oA', 'subscribe', 'qrscene_lc_000123', now), { nonce: '1' }), { status: 200, text: 'success' }, 'subscribe');
  equal((await send(event('oA', 'subscribe', 'qrscene_lc_000123', now), { nonce: '2' })).text, 'success', 'subscribe, told again');
  equal((await send(event('oB', 'SCAN', 'lc_000123', now), { nonce: '3' })).text, 'success', 'scan');
  equal((await send(event('oB', 'SCAN', 'lc_000123', now), { nonce: '4', timestamp: String(now - 400) })).status, 401, 'an old push');
  const kinds = await pond.kinds();
  equal([kinds.of('follow_subscribed'), kinds.of('code_scanned')], [1, 1], 'events of the pushes');
  const codes = await api.good('GET', `${at}/codes`);
  equal(codes.data.filter((c) => c.scene === 'lc_000123').map((c) => [c.scans, c.follows]), [[2, 1]], 'scans of the code');
  // The address is checked with a bare signature, and the echo comes back.
  const timestamp = String(now), query = new URLSearchParams({ signature: getSignature(oa.token, timestamp, 'e', ''), timestamp, nonce: 'e', echostr: '5927782489442352469' });
  equal(await fetch(`${pond.base}/callback/wechat/${oa.app}?${query}`).then((r) => r.text()), '5927782489442352469', 'echostr');
  void decrypt;

  await api.good('POST', `${at}/followers/sync`);
  for (let i = 0; (await api.good('GET', `${at}/followers/sync`)).state !== 'done'; ++i) {
    check(i < 600, 'followers are not gone through');
    await new Promise((ok) => setTimeout(ok, 100));
  }
  equal(await pond.sql("SELECT COUNT(*) FROM wechat_fan WHERE unionid = 1"), '2', 'fans with a unionid');
}

/** A page's way to the platform and back, and a mini program's user: all three are one person. */
async function logins(api, pond, host, WechatAPI) {
  const get = (target, cookie) => fetch(pond.base + target, { redirect: 'manual', headers: cookie ? { cookie } : {} });
  const off = await get(`/wechat/${oa.app}/login?back=${encodeURIComponent('/p/abc?x=1')}`);
  equal(off.status, 302, 'off to the platform');
  const to = new URL(off.headers.get('location')), cookie = off.headers.get('set-cookie').split(';')[0];
  equal([to.origin + to.pathname, to.hash, [...to.searchParams.keys()]], ['https://open.weixin.qq.com/connect/oauth2/authorize', '#wechat_redirect', ['appid', 'redirect_uri', 'response_type', 'scope', 'state']], 'address of the sign-in');
  const back = (code, state, c) => get(`${new URL(to.searchParams.get('redirect_uri')).pathname}?code=${code}&state=${state}`, c);
  const state = to.searchParams.get('state');
  equal((await back('c1', state, 'koi_wx=' + 'x'.repeat(32))).status, 401, 'another browser');
  const home = await back('c1', state, cookie);
  check(home.status === 302 && /^\/p\/abc\?x=1&wx=[\w-]{32}$/.test(home.headers.get('location')), `back home: ${home.status} ${home.headers.get('location')}`);
  equal((await back('c2', state, cookie)).status, 401, 'the state again');
  equal((await get(`/wechat/${oa.app}/login?back=//evil.example.com`)).status, 422, 'a way out');

  await api.good('PUT', `/v1/channels/wechat/${mini.app}`, { kind: 'mini', name: '小程序', base_url: host.url, secret: mini.secret });
  const post = async (what, body) => { const r = await fetch(`${pond.base}/mini/${mini.app}/${what}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }); return { status: r.status, json: await r.json() }; };
  host.take();
  const { json: session } = await post('login', { code: 'js1', scene: 'c=9f3k' });
  const mine = host.take();
  const theirs = new WechatAPI(mini.app, mini.secret);
  theirs.snsPrefix = `${host.url}/sns/`;
  await theirs.code2Session('js2');
  equal(mine.map((c) => ({ ...c, query: sorted({ ...c.query, js_code: '' }) })), host.take().map((c) => ({ ...c, query: sorted({ ...c.query, js_code: '' }) })), 'code to session');
  equal((await post('login', { code: 'js1' })).json.code, 'connect.wechat_code', 'a code again');
  equal((await post('phone', { token: session.token, code: 'btn' })).json, { phone: '13800001000' }, 'phone');
  equal((await post('check', { token: session.token })).json, { alive: true }, 'session');
  equal((await post('phone', { token: 'nobody', code: 'btn' })).status, 401, 'no session');
  equal(await pond.sql("SELECT COUNT(DISTINCT person_id) FROM wechat_fan WHERE openid IN ('oA', 'oM')"), '1', 'one person by unionid');
}

/** Orders over a line that loses one answer in four; every one is placed, paid, told twice, and counted once. */
async function payments(api, pond, pay, till, random) {
  const { Rsa, Aes, Formatter } = pay;
  const at = `/v1/channels/wechat/${keys.mchid}`, pays = `/v1/wechat-pay/${keys.mchid}`;
  await api.good('PUT', at, { kind: 'pay', name: '商户', base_url: till.url, api_key: keys.api_v3_key, private_key: keys.merchant_private_key_pem, serial_no: keys.merchant_serial_no,
    public_key_id: keys.platform_key_id, public_key: keys.platform_public_key_pem });
  const until = async (what, ask) => {
    for (let i = 0; i < 30; ++i) {
      const r = await ask();
      if (r.status < 300) return r.json;
      check(r.json.code === 'connect.pay_unknown', `${what}: ${r.status} ${JSON.stringify(r.json)}`);
    }
    throw new Error(`${what}: still unknown`);
  };
  const notify = async (plain, id, change = (x) => x) => {
    const nonce = 'ozae1BJwCTvl', resource = { original_type: 'transaction', algorithm: 'AEAD_AES_256_GCM', ciphertext: Aes.AesGcm.encrypt(JSON.stringify(plain), keys.api_v3_key, nonce, 'transaction'), associated_data: 'transaction', nonce };
    const body = JSON.stringify({ id, create_time: '2026-01-03T10:01:03+08:00', resource_type: 'encrypt-resource', event_type: 'TRANSACTION.SUCCESS', summary: 's', resource });
    const timestamp = String(Math.floor(Date.now() / 1000)), stamp = Formatter.nonce();
    const headers = change({ 'content-type': 'application/json', 'wechatpay-timestamp': timestamp, 'wechatpay-nonce': stamp, 'wechatpay-serial': keys.platform_key_id,
      'wechatpay-signature-type': 'WECHATPAY2-SHA256-RSA2048', 'wechatpay-signature': Rsa.sign(Formatter.response(timestamp, stamp, body), keys.platform_private_key_pem) });
    return (await fetch(`${pond.base}/callback/wechat-pay/${keys.mchid}`, { method: 'POST', headers, body })).status;
  };
  for (let i = 0; i < orders; ++i) {
    const no = `KOI${seed}${String(i).padStart(6, '0')}`, jsapi = random.yes(0.5), fen = 1 + random.below(100_000);
    const order = { appid: keys.appid, out_trade_no: no, kind: jsapi ? 'jsapi' : 'native', description: '示例小店-周五爆款', notify_url: 'https://k.example.com/callback', amount_fen: fen, ...(jsapi ? { openid: 'oPayer' } : {}) };
    const placed = await until('place', () => api.call('POST', `${pays}/payments`, order));
    equal(placed.state, 'open', 'placed');
    if (jsapi) {
      const page = await api.good('POST', `${pays}/payments/${no}/client`);
      check(Rsa.verify(Formatter.joinedByLineFeed(page.appId, page.timeStamp, page.nonceStr, page.package), page.paySign, keys.merchant_public_key_pem), 'paySign, verified by them');
    }
    till.state.trades.get(no).state = 'SUCCESS';
    const plain = till.state.said(no);
    equal(await notify(plain, `n${i}`, (h) => ({ ...h, 'wechatpay-signature': `WECHATPAY/SIGNTEST/${h['wechatpay-signature']}` })), 401, 'a probe');
    equal(await notify({ ...plain, amount: { ...plain.amount, total: fen + 1 } }, `n${i}`), 409, 'another amount');
    if (random.yes(0.3)) {
      equal((await until('query', () => api.call('POST', `${pays}/payments/${no}/query`))).state, 'paid', 'found by asking');
    }
    equal([await notify(plain, `n${i}`), await notify(plain, `n${i}`), await notify(plain, `m${i}`)], [204, 204, 204], 'a notice, three times');
  }
  const total = [...till.state.trades.values()].reduce((sum, t) => sum + t.order.amount.total, 0);
  equal(await pond.sql("SELECT COUNT(*), SUM(amount_fen) FROM wechat_payment WHERE state = 'paid'"), `${orders}|${total}`, 'what was paid');
  equal(till.state.refused, [], 'signatures the bank refused');
  const first = `KOI${seed}000000`, fen = till.state.trades.get(first).order.amount.total;
  equal((await until('refund', () => api.call('POST', `${pays}/payments/${first}/refunds`, { out_refund_no: 'RF1', amount_fen: fen }))).state, 'processing', 'refund');
  equal((await api.call('POST', `${pays}/payments/${first}/refunds`, { out_refund_no: 'RF2', amount_fen: 1 })).json.code, 'connect.refund_too_much', 'a fen too much');
  check(till.state.lost > 0, 'no answer was lost: the line was too good');
  return till.state.lost;
}

main(`channels of WeChat from end to end, ${orders} orders (seed ${seed})`, async () => {
  install();
  const need = createRequire(path.join(here, 'package.json'));
  const WechatAPI = need('co-wechat-api'), wecom = need('@wecom/crypto'), pay = need('wechatpay-axios-plugin');
  const random = dice(seed);
  const host = await weixin(), till = await bank(pay, random);
  const pond = new Pond({ env: { KOIPOND_OUTGOING_PRIVATE: '1' } });
  try {
    await pond.start();
    const scopes = ['channel.read', 'channel.write', 'channel.send', 'payment.read', 'payment.write'];
    const { key } = await pond.json(['key', 'create', '--kind', 'api', '--name', 'channels', ...scopes.flatMap((s) => ['--scope', s])]);
    const api = new Api(pond.base, key);
    const at = await talk(api, host, WechatAPI);
    await pushes(api, pond, at, host, wecom);
    await logins(api, pond, host, WechatAPI);
    const lost = await payments(api, pond, pay, till, random);
    equal((await pond.kill('SIGTERM')).code, 0, 'the server ends well');
    console.log(`${lost} answers lost on the way`);
  } finally {
    pond.process?.kill('SIGKILL');
    host.close();
    till.close();
  }
});
