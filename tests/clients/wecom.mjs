// Other people's clients against the simulator in the box: node-easywechat calls it as the platform, @wecom/crypto opens what it
// posts and closes what it checks. Neither knows that it is no WeCom.
// usage: node tests/clients/wecom.mjs   (KOI_BIN: another binary; KOI_BOX: a program that is the simulator itself)
import { spawn } from 'node:child_process';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { binary, check, equal, main, root, temporaryFolder } from '../system/lib.mjs';

const require = createRequire(path.join(root, 'tests/clients/package.json'));
const { Work } = require('node-easywechat');
const { decrypt, getSignature } = require('@wecom/crypto');

const between = (text, tag) => new RegExp(`<${tag}><!\\[CDATA\\[(.*?)\\]\\]></${tag}>`, 's').exec(text)?.[1] ?? '';

/** A callback address: keeps what came, opened by @wecom/crypto; the first of them meets a shop that is down. */
class Inbox {
  constructor() {
    this.events = [];
    this.refused = 0;
    this.waiting = [];
    this.server = http.createServer((request, reply) => {
      const url = new URL(request.url, 'http://here');
      const [signature, timestamp, nonce] = ['msg_signature', 'timestamp', 'nonce'].map((name) => url.searchParams.get(name));
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
        const sealed = request.method === 'GET' ? url.searchParams.get('echostr') : between(Buffer.concat(chunks).toString(), 'Encrypt');
        const honest = getSignature(this.token, timestamp, nonce, sealed) === signature;
        const { message, id } = decrypt(this.key, sealed);
        if (request.method === 'GET') return reply.end(honest && id === this.corp ? message : 'forged');
        if (this.refuse > 0) {
          this.refuse--;
          this.refused++;
          reply.statusCode = 500;
          return reply.end();
        }
        this.events.push({ honest, id, xml: message });
        this.waiting.splice(0).forEach((again) => again());
        reply.end();
      });
    });
  }
  listen() {
    return new Promise((ok) => this.server.listen(0, '127.0.0.1', () => ok(`http://127.0.0.1:${this.server.address().port}/cb`)));
  }
  /** The first event of this change, when it comes. */
  async find(change) {
    for (;;) {
      const found = this.events.find((event) => between(event.xml, 'ChangeType') === change);
      if (found) return found;
      await new Promise((ok) => this.waiting.push(ok));
    }
  }
}

async function startBox(callback) {
  const args = ['--port', '0', '--seed', '7', '--callback', callback];
  const box = process.env.KOI_BOX ? spawn(process.env.KOI_BOX, args) : spawn(binary, ['simulate', 'wecom', '--json', ...args]);
  box.stderr.pipe(process.stderr);
  const greeting = await new Promise((ok, no) => {
    createInterface({ input: box.stdout }).once('line', (line) => ok(JSON.parse(line)));
    box.once('exit', (code) => no(new Error(`the simulator ended with ${code}`)));
  });
  return { box, greeting };
}

await main('wecom', async () => {
  process.chdir(temporaryFolder());  // easywechat keeps its token in the working folder
  const inbox = new Inbox();
  const { box, greeting } = await startBox(await inbox.listen());
  Object.assign(inbox, { token: greeting.token, key: greeting.aes_key, corp: greeting.corpid, refuse: 0 });
  try {
    const control = async (name, body) => {
      const reply = await fetch(`${greeting.address}/sim/${name}`, body && { method: 'POST', body: JSON.stringify(body) });
      const told = await reply.json();
      check(reply.ok, `${name}: ${JSON.stringify(told)}`);
      return told;
    };
    equal((await control('callbacks/verify', {})).ok, true, 'the echo comes back through @wecom/crypto');

    const app = new Work({ corp_id: greeting.corpid, secret: greeting.secret, token: greeting.token, aes_key: greeting.aes_key, http: { baseURL: `${greeting.address}/` } });
    const client = app.getClient();
    const take = async (what, reply) => {
      const told = await reply.toObject();
      equal(told.errcode, 0, `${what}: ${JSON.stringify(told)}`);
      return told;
    };
    const get = async (name, params) => take(name, await client.get(`/cgi-bin/${name}`, { params }));
    const post = async (name, body) => take(name, await client.post(`/cgi-bin/${name}`, { json: body }));

    check((await app.getAccessToken().getToken()).length > 20, 'a token');
    const { userlist } = await get('user/list', { department_id: 1, fetch_child: 1 });
    check(userlist.length > 0, 'staff');
    const { external_userid: known } = await get('externalcontact/list', { userid: userlist[0].userid });
    const detail = await get('externalcontact/get', { external_userid: known[0] });
    equal(detail.external_contact.external_userid, known[0], 'a customer');
    check(detail.follow_user.some((one) => one.userid === userlist[0].userid), 'and who follows them');

    inbox.refuse = 1;
    const way = await post('externalcontact/add_contact_way', { type: 1, scene: 2, state: 'stand-3', skip_verify: true, user: [userlist[0].userid] });
    const made = await control('customers', { name: '展会客人' });
    equal((await control('customer/scan', { external_userid: made.external_userid, code: way.qr_code })).result, 'added', 'scanned');
    const event = await inbox.find('add_external_contact');
    equal([event.honest, event.id, between(event.xml, 'State'), between(event.xml, 'ExternalUserID')], [true, greeting.corpid, 'stand-3', made.external_userid], 'the add');
    equal(inbox.refused, 1, 'the refused callback came again');

    const welcome = { welcome_code: between(event.xml, 'WelcomeCode'), text: { content: '欢迎' } };
    await post('externalcontact/send_welcome_msg', welcome);
    const again = await client.post('/cgi-bin/externalcontact/send_welcome_msg', { json: welcome }).then((reply) => reply.toObject(false), (error) => ({ errcode: String(error) }));
    check(again.errcode !== 0, 'a welcome code serves once');
    const mass = await post('externalcontact/add_msg_template', { chat_type: 'single', external_userid: [made.external_userid], sender: userlist[0].userid, text: { content: '周末见' } });
    await control('staff/confirm', { userid: userlist[0].userid, msgid: mass.msgid });
    const phone = await control(`phone?external_userid=${made.external_userid}`);
    equal(phone.friends[0].chat.map((line) => line.text), ['欢迎', '周末见'], 'the phone shows both');

    await control('customer/delete', { external_userid: made.external_userid, userid: userlist[0].userid });
    check((await inbox.find('del_follow_user')).honest, 'the deletion is told');
  } finally {
    box.removeAllListeners('exit');
    box.kill();
    inbox.server.closeAllConnections();
    inbox.server.close();
  }
});
