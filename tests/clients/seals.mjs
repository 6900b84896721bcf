// Other people's clients against our seals: what they close we open, what we close they open, what either signs the other
// takes; and one letter changed is refused. Random texts from a seed, printed when something fails.
// usage: node tests/clients/seals.mjs [--messages 200] [--seed 1]
import { execFileSync, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { check, dice, equal, main, option, root } from '../system/lib.mjs';

const messages = Number(option('messages', '200'));
const seed = Number(option('seed', '1'));
const here = path.join(root, 'tests/clients');

/** The shipped functions, asked a line at a time. */
class Talk {
  constructor() {
    this.process = spawn(path.join(root, 'build/release/koi_vectors'), ['--talk'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.waiting = [];
    createInterface({ input: this.process.stdout }).on('line', (line) => this.waiting.shift().ok(JSON.parse(line)));
    this.process.on('exit', (code) => this.waiting.forEach(({ no }) => no(new Error(`koi_vectors ended with ${code}`))));
  }
  ask(what, fields) {
    return new Promise((ok, no) => {
      this.waiting.push({ ok, no });
      this.process.stdin.write(`${JSON.stringify({ do: what, ...fields })}\n`);
    });
  }
  async yes(what, fields) {
    const answer = await this.ask(what, fields);
    check(answer.ok, `${what}: ${JSON.stringify(answer)}`);
    return answer;
  }
  async no(what, fields, code) {
    equal((await this.ask(what, fields)).code, code, what);
  }
  close() {
    this.process.stdin.end();
  }
}

const LETTERS = [...'abcXYZ019 &<>"\'=+/\n\r\t', '会', '员', '日', '😀', '🎁', '\u0000', 'é', ']]>', '\\u4e00'];
/** Any text: empty, short, now and then long; every kind of letter. */
function text(random) {
  const length = random.yes(0.05) ? 0 : random.yes(0.03) ? 9000 : random.below(200);
  let out = '';
  for (let i = 0; i < length; ++i) out += LETTERS[random.below(LETTERS.length)];
  return out;
}
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const word = (random, length) => Array.from({ length }, () => ALPHABET[random.below(ALPHABET.length)]).join('');
const bytes = (random, length) => Buffer.from(Array.from({ length }, () => random.below(256)));
const changed = (s, random) => {
  const at = random.below(s.length);
  return s.slice(0, at) + (s[at] === 'A' ? 'B' : 'A') + s.slice(at + 1);
};

/** @wecom/crypto: the platform's own package. */
async function callbacks(ours, random, { encrypt, decrypt, getSignature, getJsApiSignature }) {
  const key = { token: word(random, 1 + random.below(32)), aes_key: word(random, 43), receive_id: random.yes(0.1) ? '' : `ww${word(random, 16)}` };
  const message = text(random), timestamp = String(1735700000 + random.below(1e6)), nonce = String(random.below(1e9));
  const theirs = encrypt(key.aes_key, message, key.receive_id, bytes(random, 16));
  const pushed = { ...key, timestamp, nonce, encrypted: theirs, signature: getSignature(key.token, timestamp, nonce, theirs) };
  equal((await ours.yes('open', pushed)).message, message, 'their box, opened by us');
  await ours.no('open', { ...pushed, encrypted: changed(theirs, random) }, 'connect.callback_signature');
  await ours.no('open', { ...pushed, receive_id: `${key.receive_id}x` }, 'connect.callback_receiver');

  const noise = bytes(random, 16);
  const sealed = await ours.yes('seal', { ...key, message, timestamp, nonce, random_hex: noise.toString('hex') });
  const opened = decrypt(key.aes_key, sealed.encrypted);
  equal([opened.message, opened.id, opened.random.toString('hex')], [message, key.receive_id, noise.toString('hex')], 'our box, opened by them');
  equal(sealed.signature, getSignature(key.token, timestamp, nonce, sealed.encrypted), 'our signature');
  equal(sealed.encrypted, encrypt(key.aes_key, message, key.receive_id, noise), 'the same random, the same box');

  const ticket = word(random, 80), url = `https://side.example.com/${word(random, 5)}?q=${word(random, 3)}`;
  equal((await ours.yes('jsapi', { ticket, nonce, timestamp, url: `${url}#part` })).signature, getJsApiSignature({ url, ticket, nonceStr: nonce, timestamp }).signature, 'page signature');
}

/** wechatpay-axios-plugin: v3 and v2 signatures, GCM, OAEP. */
async function payments(ours, random, keys, { Rsa, Aes, Hash, Formatter }) {
  const body = text(random), nonce = word(random, 32), timestamp = String(1735900000 + random.below(1e6));
  const target = `/v3/pay/${word(random, 8)}?mchid=${random.below(1e9)}`;
  const merchant = { mchid: '1903210131', serial_no: 'AC13290F05CB4D3A5C41DBA0D51F416E0184EAF7' };
  const signed = await ours.yes('pay_sign', { ...merchant, private_pem: keys.merchant_private_key_pem, method: 'POST', target, timestamp, nonce, body });
  equal(signed.text, Formatter.request('POST', target, timestamp, nonce, body), 'text of a request');
  check(Rsa.verify(signed.text, signed.signature, keys.merchant_public_key_pem), 'our request, verified by them');
  equal(signed.authorization, Formatter.authorization(merchant.mchid, nonce, signed.signature, timestamp, merchant.serial_no), 'Authorization');

  const reply = { known_serial: 'PUB_KEY_ID_1', serial: 'PUB_KEY_ID_1', public_pem: keys.platform_public_key_pem, timestamp, nonce, body, now_s: Number(timestamp) + 299 };
  reply.signature = Rsa.sign(Formatter.response(timestamp, nonce, body), keys.platform_private_key_pem);
  await ours.yes('pay_verify', reply);
  await ours.no('pay_verify', { ...reply, body: `${body}x` }, 'connect.pay_signature');
  await ours.no('pay_verify', { ...reply, signature: changed(reply.signature.slice(0, 300), random) + reply.signature.slice(300) }, 'connect.pay_signature');
  await ours.no('pay_verify', { ...reply, now_s: Number(timestamp) + 300 }, 'connect.pay_expired');

  const key = word(random, 32), iv = word(random, 12), extra = random.yes(0.3) ? '' : word(random, 11);
  const box = { key, nonce: iv, extra, sealed: Aes.AesGcm.encrypt(body, key, iv, extra) };
  equal((await ours.yes('gcm_open', box)).plain, body, 'their resource, opened by us');
  await ours.no('gcm_open', { ...box, extra: `${extra}x` }, 'connect.pay_cipher');

  const name = [...text(random)].slice(0, 40).join('');
  equal((await ours.yes('field_open', { private_pem: keys.platform_private_key_pem, sealed: Rsa.encrypt(name, keys.platform_public_key_pem) })).plain, name, 'their field');
  equal(Rsa.decrypt((await ours.yes('field_seal', { public_pem: keys.platform_public_key_pem, plain: name })).sealed, keys.platform_private_key_pem), name, 'our field');

  const fields = { mch_id: merchant.mchid, nonce_str: nonce, wishing: name, remark: random.yes(0.5) ? '' : word(random, 9), total_amount: String(random.below(20000)), Aa: '1' };
  const v2 = await ours.yes('v2_sign', { fields, key });
  equal([v2.md5, v2.hmac], [Hash.sign(Hash.ALGO_MD5, fields, key), Hash.sign(Hash.ALGO_HMAC_SHA256, fields, key)], 'v2 signs');
  const seven = { mch_id: fields.mch_id, nonce_str: nonce, total_amount: fields.total_amount };  // those of the seven that are there
  equal(v2.workwx, Hash.md5(Formatter.queryStringLike(Formatter.ksort(seven)), key, true).toUpperCase(), 'sign of a WeCom red packet');

  const session = bytes(random, 16), start = bytes(random, 16), appid = `wx${word(random, 16)}`;
  const data = JSON.stringify({ nickName: body, watermark: { timestamp: 1, appid } });
  const mini = { session_key: session.toString('base64'), iv: start.toString('base64'), sealed: Aes.AesCbc.encrypt(data, session, start), appid };
  equal((await ours.yes('mini_open', mini)).plain, data, 'data of a mini program');
  await ours.no('mini_open', { ...mini, appid: 'wxother' }, 'connect.mini_appid');
}

/** @shopify/shopify-api: the HMAC of a hook. */
async function hooks(ours, random, secret, shopify) {
  const body = JSON.stringify({ note: text(random), id: random.below(1e9) });
  const { hmac } = await ours.yes('shop_sign', { secret, body });
  const headers = { 'X-Shopify-Topic': 'orders/paid', 'X-Shopify-Hmac-Sha256': hmac, 'X-Shopify-Shop-Domain': 'demo-shop.myshopify.com', 'X-Shopify-Webhook-Id': word(random, 8), 'X-Shopify-API-Version': '2025-01' };
  const validate = (rawBody) => shopify.webhooks.validate({ rawBody, rawRequest: { method: 'POST', url: '/', headers }, rawResponse: {} });
  check((await validate(body)).valid, 'our HMAC, taken by them');
  check(!(await validate(`${body} `)).valid, 'they refuse a byte more');
  const theirs = crypto.createHmac('sha256', secret).update(body).digest('base64');
  await ours.yes('shop_verify', { secret, body, hmac: theirs });
  await ours.no('shop_verify', { secret, body: `${body} `, hmac: theirs }, 'connect.hook_signature');
}

/** npm ci, unless what it made is newer than what it would be made from. */
function install() {
  const made = statSync(path.join(here, 'node_modules/.package-lock.json'), { throwIfNoEntry: false });
  if (made && made.mtimeMs > statSync(path.join(here, 'package-lock.json')).mtimeMs) return;
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] });
}

main(`other people's clients, ${messages} messages (seed ${seed})`, async () => {
  install();
  const need = createRequire(path.join(here, 'package.json'));
  const wecom = need('@wecom/crypto'), pay = need('wechatpay-axios-plugin');
  need('@shopify/shopify-api/adapters/node');
  const { shopifyApi, ApiVersion } = need('@shopify/shopify-api');
  const keys = JSON.parse(readFileSync(path.join(root, 'tests/vectors/wechatpay_v3.json'), 'utf8')).config;
  const secret = 'whsec_clients';
  const shopify = shopifyApi({ apiKey: 'k', apiSecretKey: secret, scopes: [], hostName: 'shop.example.com', apiVersion: Object.values(ApiVersion)[0], isEmbeddedApp: false, logger: { level: 0 } });
  const ours = new Talk();
  for (let i = 0; i < messages; ++i) {
    const random = dice(seed * 1_000_003 + i);
    try {
      await callbacks(ours, random, wecom);
      await payments(ours, random, keys, pay);
      await hooks(ours, random, secret, shopify);
    } catch (e) {
      throw new Error(`message ${i} of seed ${seed}: ${e.message}`, { cause: e });
    }
  }
  ours.close();
});
