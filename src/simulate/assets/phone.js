'use strict';
// The phone of one customer and the levers of the box around it. Everything is asked from /sim/.
const WORDS = {
  zh: { page: '企业微信模拟器', who: '这部手机是谁的', create: '新客户', newName: '昵称（可不填）', scan: '扫一扫', scanNow: '扫码', code: '粘贴二维码地址、config_id 或网址', pick: '选择一个码…',
    clock: '虚拟时钟', min1: '+1 分钟', hour1: '+1 小时', day1: '+1 天', faults: '故障', slow: '平台变慢 3 秒', hang: '不回答', unknown: '做了但不回答', busy: '系统繁忙 -1', heal: '恢复正常',
    twice: '回调发两次', lateCalls: '回调迟到 5 秒', shuffled: '回调乱序', lost: '丢失一半回调', desk: '员工工作台', log: '回调记录', texts: '短信', noTexts: '还没有短信。', send: '发送', chats: '微信', groups: '群聊', moments: '朋友圈', me: '扫一扫',
    add: '添加为联系人', adding: '添加中…', waiting: '已发送申请，等待对方通过', accept: '通过', known: '已经是联系人', noChats: '还没有联系人。扫一个企业微信码试试。', noGroups: '还没有加入客户群', noMoments: '还没有朋友圈',
    pickWho: '先选一位客户', remove: '删除联系人', leave: '退出群聊', removed: '你已删除对方', addBack: '重新添加', joinGroup: '加入群聊', opened: '网页', openTab: '在浏览器打开', codesHere: '页面上的码（长按识别）', noCodes: '页面上没有这个平台的码',
    noCode: '没有这个码', noWork: '没有等待处理的事', confirm: '确认发送', publish: '发表', ignore: '忽略', sent: '已发送', cancelled: '已取消', mass: '群发', moment: '朋友圈', request: '好友申请', targets: '位客户', replyAs: '以员工身份说', pickChat: '对哪位客户说',
    noUrl: '未设置回调地址，事件留在模拟器里', answered: '已应答', gaveUp: '已放弃', retry: '将重试', link: '链接', image: '图片', miniprogram: '小程序', video: '视频', file: '文件', voice: '语音', withParts: '含附件', ofCorp: '锦鲤池模拟企业',
    skipped: '已忽略', way: '联系我', join_way: '加群', acq: '获客链接', times: '剩余次数', verifyNeeded: '需对方通过', other: 'EN', failed: '失败', friendNow: '你已添加了对方，现在可以开始聊天了。', members: '人' },
  en: { page: 'WeCom simulator', who: 'Whose phone is this', create: 'New customer', newName: 'Name (optional)', scan: 'Scan', scanNow: 'Scan', code: 'QR address, config_id or URL', pick: 'Choose a code…',
    clock: 'Virtual clock', min1: '+1 min', hour1: '+1 hour', day1: '+1 day', faults: 'Faults', slow: '3 s slow', hang: 'No answer', unknown: 'Done, answer lost', busy: 'Busy (-1)', heal: 'Back to normal',
    twice: 'Callbacks twice', lateCalls: 'Callbacks 5 s late', shuffled: 'Out of order', lost: 'Half lost', desk: 'Staff desk', log: 'Callbacks', texts: 'Text messages', noTexts: 'None yet.', send: 'Send', chats: 'Chats', groups: 'Groups', moments: 'Moments', me: 'Scan',
    add: 'Add to contacts', adding: 'Adding…', waiting: 'Request sent, waiting for approval', accept: 'Accept', known: 'Already a contact', noChats: 'No contacts yet. Scan a WeCom code to begin.', noGroups: 'In no group yet', noMoments: 'No moments yet',
    pickWho: 'Choose a customer first', remove: 'Delete contact', leave: 'Leave group', removed: 'You deleted this contact', addBack: 'Add again', joinGroup: 'Join group', opened: 'Web page', openTab: 'Open in the browser', codesHere: 'Codes on the page (press to scan)', noCodes: 'No code of this platform on the page',
    noCode: 'No such code', noWork: 'Nothing is waiting', confirm: 'Send', publish: 'Publish', ignore: 'Ignore', sent: 'Sent', cancelled: 'Cancelled', mass: 'Mass send', moment: 'Moment', request: 'Friend request', targets: 'customers', replyAs: 'Say as staff', pickChat: 'To which customer',
    noUrl: 'No callback address: events stay in the box', answered: 'answered', gaveUp: 'given up', retry: 'will retry', link: 'Link', image: 'Picture', miniprogram: 'Mini program', video: 'Video', file: 'File', voice: 'Voice', withParts: 'with attachments', ofCorp: 'Koipond simulated corp',
    skipped: 'Ignored', way: 'Contact', join_way: 'Group', acq: 'Acquisition link', times: 'left', verifyNeeded: 'needs approval', other: '中文', failed: 'failed', friendNow: 'You are contacts now. Say hello.', members: 'members' }
};
const query = new URLSearchParams(location.search);
const store = { get: k => { try { return localStorage.getItem(k); } catch { return null; } }, set: (k, v) => { try { localStorage.setItem(k, v); } catch { /* private mode */ } } };
let lang = query.get('lang') || store.get('lang') || (navigator.language.startsWith('zh') ? 'zh' : 'en');
if (!WORDS[lang]) lang = lang.startsWith('zh') ? 'zh' : 'en';
const t = key => WORDS[lang][key] || key;
const $ = id => document.getElementById(id);

/// An element with attributes, listeners (on…) and children.
function el(tag, props, ...children) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(props || {})) {
    if (k.startsWith('on')) e.addEventListener(k.slice(2), v);
    else if (v !== undefined && v !== false) e.setAttribute(k, v === true ? '' : v);
  }
  for (const c of children.flat()) if (c !== null && c !== undefined && c !== '') e.append(c);
  return e;
}
let toastTimer = 0;
function toast(text) {
  $('toast').textContent = text;
  $('toast').hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $('toast').hidden = true; }, 3500);
}
async function ask(method, path, body) {
  const reply = await fetch('/sim/' + path, { method, headers: { 'Content-Type': 'application/json', 'Accept-Language': lang === 'zh' ? 'zh-CN' : 'en' }, body: body && JSON.stringify(body) });
  const told = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Error(told.title || told.message || told.detail || told.code || String(reply.status));
  return told;
}
const attempt = work => async event => {
  if (event) event.preventDefault();
  try { await work(event); } catch (e) { toast(e.message); }
};

const now = { who: query.get('who') || store.get('who') || '', tab: 'chats', open: null, phone: null, staff: [], codes: [], ignored: new Set() };
const me = () => ({ external_userid: now.who });
const clockText = (seconds, whole) => new Date(seconds * 1000).toLocaleString(lang === 'zh' ? 'zh-CN' : 'en-GB', whole ? { dateStyle: 'medium', timeStyle: 'medium' } : { hour: '2-digit', minute: '2-digit' });
const face = (name, large) => el('span', { class: large ? 'face large' : 'face', 'aria-hidden': 'true' }, (name || '?').slice(0, 1));
const safe = url => /^https?:\/\//.test(url || '') ? url : undefined;

/// One attachment as a bubble: link card, mini program, picture, video, file.
function part(kind, body) {
  const media = body.media_id || body.pic_media_id;
  const picture = safe(body.pic_url || body.picurl) || (media && '/sim/media?id=' + encodeURIComponent(media));
  const image = () => picture ? el('img', { src: picture, alt: t(kind), onerror: e => e.target.replaceWith(el('span', { class: 'blank' }, t(kind))) }) : el('span', { class: 'blank' }, t(kind));
  if (kind === 'image') return el('div', { class: 'bubble part' }, image());
  if (kind === 'link') return el('a', { class: 'bubble part', href: safe(body.url), target: '_blank', rel: 'noopener' }, el('b', {}, body.title), el('small', {}, body.desc), picture ? image() : null, el('em', {}, t('link') + ' · ' + (body.url || '').replace(/^https?:\/\//, '').split('/')[0]));
  if (kind === 'miniprogram') return el('div', { class: 'bubble part' }, el('b', {}, body.title), image(), el('em', {}, t('miniprogram') + ' · ' + (body.page || body.appid || '')));
  return el('div', { class: 'bubble part' }, el('b', {}, (kind === 'video' ? '▶ ' : '📄 ') + t(kind)), el('small', {}, body.title || body.filename || (media || '').slice(0, 18)));
}
/// A line of a chat is one bubble or, of a mass send, several.
function lines(chat, name) {
  const out = [];
  let last = 0;
  for (const line of chat) {
    const add = bubble => out.push(el('div', { class: line.from === 'staff' ? 'said' : 'said mine' }, face(line.from === 'staff' ? name : now.phone.customer.name), bubble));
    if (line.at - last > 300) out.push(el('p', { class: 'when' }, clockText(line.at, true)));
    last = line.at;
    if (line.kind === 'text' && line.text) add(el('div', { class: 'bubble' }, line.text));
    const many = Array.isArray(line.more) ? line.more : null;
    if (many) for (const m of many) add(part(m.msgtype, m[m.msgtype] || {}));
    else if (line.more && line.kind !== 'text') add(part(line.kind, line.more));
  }
  return out;
}
const staffName = userid => (now.staff.find(s => s.userid === userid) || { name: userid }).name;

const screens = {
  empty: () => [el('p', { class: 'empty' }, t('pickWho'))],
  chats: () => {
    const p = now.phone;
    const rows = p.requests.map(r => el('div', { class: 'line' }, face(r.name), el('span', {}, el('b', {}, r.name), el('small', {}, t('waiting')))));
    for (const f of p.friends) {
      const last = f.chat[f.chat.length - 1];
      rows.push(el('button', { class: 'line', 'data-friend': f.userid, onclick: () => show({ kind: 'chat', id: f.userid }) }, face(f.name),
        el('span', {}, el('b', {}, f.name), el('small', {}, f.deleted ? t('removed') : last ? last.text || t(last.kind) : t('friendNow')))));
    }
    return rows.length ? rows : [el('p', { class: 'empty' }, t('noChats'))];
  },
  groups: () => now.phone.groups.length ? now.phone.groups.map(g => el('button', { class: 'line', onclick: () => show({ kind: 'group', id: g.chat_id }) }, face(g.name),
    el('span', {}, el('b', {}, g.name), el('small', {}, g.members + ' ' + t('members'))))) : [el('p', { class: 'empty' }, t('noGroups'))],
  moments: () => (now.phone.moments || []).length ? now.phone.moments.map(m => el('div', { class: 'profile' }, el('div', { class: 'top' }, face(m.name), el('div', {}, el('h3', {}, m.name), el('p', { class: 'note' }, clockText(m.at, true)))),
    el('p', {}, m.text), m.attachments.map(a => part(a.msgtype, a[a.msgtype] || {})))) : [el('p', { class: 'empty' }, t('noMoments'))],
  me: () => now.codes.length ? now.codes.slice(0, 200).map(c => el('button', { class: 'line', onclick: attempt(() => scan(c.config_id)) }, face('▦'), el('span', {}, el('b', {}, codeName(c)), el('small', {}, c.state || c.config_id)))) : [el('p', { class: 'empty' }, t('code'))],
  chat: id => {
    const f = now.phone.friends.find(x => x.userid === id);
    if (!f) return screens.chats();
    const away = attempt(async () => { await ask('POST', 'customer/delete', { ...me(), userid: id }); now.open = null; now.tab = 'chats'; await refresh(); });
    return [...lines(f.chat, f.name), f.deleted || !f.chat.length ? el('p', { class: 'notice' }, t(f.deleted ? 'removed' : 'friendNow')) : null,
      el('div', { class: 'tools' }, f.deleted ? null : el('button', { class: 'small', onclick: away }, t('remove')))];
  },
  group: id => {
    const g = now.phone.groups.find(x => x.chat_id === id);
    if (!g) return screens.groups();
    const away = attempt(async () => { await ask('POST', 'customer/leave', { ...me(), chat_id: id }); now.open = null; await refresh(); });
    return [g.notice ? el('p', { class: 'notice' }, g.notice) : null, ...lines(g.chat, staffName(g.owner)), el('div', { class: 'tools' }, el('button', { class: 'small', onclick: away }, t('leave')))];
  },
  card: () => {
    const c = now.open.code;
    const name = c.kind === 'join_way' ? c.remark || t('join_way') : (c.users || []).map(staffName).join('、') || c.remark;
    const press = attempt(async event => {
      event.target.disabled = true;
      event.target.textContent = t('adding');
      try {
        const did = await ask('POST', 'customer/scan', { ...me(), code: now.open.given });
        if (did.result === 'joined') { now.tab = 'groups'; now.open = { kind: 'group', id: did.chat_id }; }
        else if (did.result === 'asked') { now.tab = 'chats'; now.open = null; toast(t('waiting')); $('staff').value = did.userid; }
        else { if (did.result === 'known') toast(t('known')); now.tab = 'chats'; now.open = { kind: 'chat', id: did.userid }; }
      } finally { await refresh(); }
    });
    return [el('div', { class: 'profile' }, el('div', { class: 'top' }, face(name, true), el('div', {}, el('h3', {}, name), el('p', { class: 'note' }, '@' + t('ofCorp')))),
      c.remark ? el('p', {}, c.remark) : null, c.skip_verify === false ? el('p', { class: 'note' }, t('verifyNeeded')) : null,
      el('button', { class: 'go', id: 'add', onclick: press }, t(c.kind === 'join_way' ? 'joinGroup' : 'add')))];
  },
  page: () => {
    const p = now.open.page;
    return [el('div', { class: 'profile' }, el('h3', {}, p.title || t('opened')), el('p', { class: 'note' }, p.url), p.error ? el('p', {}, p.error) : null,
      el('a', { href: safe(p.url), target: '_blank', rel: 'noopener' }, t('openTab')),
      el('p', { class: 'note' }, p.codes.length ? t('codesHere') : t('noCodes')), p.codes.map(id => el('button', { class: 'go', onclick: attempt(() => scan(id)) }, codeName(now.codes.find(c => c.config_id === id) || { kind: 'way', remark: id }))))];
  }
};
const codeName = c => t(c.kind === 'link' ? 'acq' : c.kind) + ' · ' + (c.remark || (c.users || []).map(staffName).join('、') || c.config_id);

function show(open) {
  now.open = open;
  draw(true);
}
let drawn = '';
function draw(bottom) {
  const p = now.phone, open = now.open;
  const kind = !p && !(open && open.kind === 'card') ? 'empty' : open ? open.kind : now.tab;
  const friend = kind === 'chat' && p.friends.find(f => f.userid === open.id);
  const group = kind === 'group' && p.groups.find(g => g.chat_id === open.id);
  $('title').textContent = friend ? friend.name : group ? group.name : open && kind !== 'empty' ? t(kind === 'page' ? 'opened' : 'scan') : t(now.tab);
  $('back').hidden = !open;
  $('say').hidden = !friend || friend.deleted;
  $('time').textContent = now.ms ? clockText(now.ms / 1000) : '';
  $('tabs').replaceChildren(...['chats', 'groups', 'moments', 'me'].map(tab => el('button', { 'aria-current': now.tab === tab && 'page', onclick: () => { now.tab = tab; show(null); } }, t(tab))));
  const shape = JSON.stringify([lang, kind, open, now.tab, p && [p.customer, p.friends, p.groups, p.requests, p.moments], now.codes, now.staff.length]);
  if (shape === drawn) return;
  const fresh = drawn === '' || bottom || kind === 'chat' || kind === 'group';
  drawn = shape;
  $('screen').replaceChildren(...screens[kind](open && open.id).filter(Boolean));
  if (fresh && (kind === 'chat' || kind === 'group')) $('screen').scrollTop = $('screen').scrollHeight;
}

/// Opens what a code holds: a card to add or join, or a page.
async function scan(given) {
  given = given.trim();
  if (!given) return;
  now.codes = (await ask('GET', 'codes')).codes;
  const id = given.split(/[?#]/)[0].split('/').pop();
  const code = now.codes.find(c => c.config_id === id || (c.state && c.state === given));
  if (code) return show({ kind: 'card', code, given });
  if (!safe(given)) throw new Error(t('noCode'));
  if (!now.who) throw new Error(t('pickWho'));
  show({ kind: 'page', page: await ask('POST', 'customer/scan', { ...me(), code: given }) });
}

function options(select, list, chosen, first) {
  const wanted = JSON.stringify([lang, list, first]);
  if (select.dataset.shape === wanted) return;
  select.dataset.shape = wanted;
  select.replaceChildren(...(first ? [el('option', { value: '' }, first)] : []), ...list.map(([value, text]) => el('option', { value }, text)));
  select.value = chosen;
  if (select.selectedIndex < 0) select.selectedIndex = 0;
}
function deskJob(label, text, buttons) {
  return el('div', { class: 'job' }, el('span', {}, el('b', {}, label + ' '), text), buttons);
}
async function drawDesk() {
  const userid = $('staff').value;
  if (!userid) return;
  const d = await ask('GET', 'desk?userid=' + encodeURIComponent(userid));
  const act = (path, body) => attempt(async () => { await ask('POST', path, { userid, ...body }); await refresh(); });
  const skip = id => () => { now.ignored.add(userid + id); toast(t('skipped')); drawDesk(); };
  const seen = id => !now.ignored.has(userid + id);
  const jobs = [...d.requests.filter(r => seen(r.external_userid)).map(r => deskJob(t('request'), r.name, [el('button', { class: 'go', onclick: act('staff/accept', { external_userid: r.external_userid }) }, t('accept')), el('button', { onclick: skip(r.external_userid) }, t('ignore'))])),
    ...d.mass.filter(m => !m.sent && !m.cancelled && seen(m.msgid)).map(m => deskJob(t('mass'), m.text + (m.attachments.length ? ' · ' + t('withParts') : '') + ' · ' + m.targets + ' ' + t('targets'), [el('button', { class: 'go', onclick: act('staff/confirm', { msgid: m.msgid }) }, t('confirm')), el('button', { onclick: skip(m.msgid) }, t('ignore'))])),
    ...d.moments.filter(m => !m.published && !m.cancelled && seen(m.moment_id)).map(m => deskJob(t('moment'), m.text, [el('button', { class: 'go', onclick: act('staff/publish', { moment_id: m.moment_id }) }, t('publish')), el('button', { onclick: skip(m.moment_id) }, t('ignore'))]))];
  const chat = now.phone && now.phone.friends.find(f => f.userid === userid && !f.deleted);
  const typed = $('desk').querySelector('input');
  if (typed && (typed.value || typed === document.activeElement) && $('desk').dataset.who === userid + now.who) return;
  $('desk').dataset.who = userid + now.who;
  const speak = attempt(async e => { const input = e.target.querySelector('input'); await ask('POST', 'staff/say', { ...me(), userid, text: input.value }); input.value = ''; input.blur(); await refresh(); });
  $('desk').replaceChildren(...(jobs.length ? jobs : [el('p', { class: 'note' }, t('noWork'))]), chat ? el('form', { class: 'row', onsubmit: speak }, el('input', { placeholder: t('replyAs'), required: true }), el('button', {}, t('send'))) : '');
}
async function drawPanel() {
  const [state, sent, faults, box, people] = await Promise.all([ask('GET', 'state'), ask('GET', 'deliveries'), ask('GET', 'faults'), ask('GET', 'callbacks'), ask('GET', 'customers?limit=100')]);
  now.ms = state.clock.now_ms;
  $('corp').textContent = t('page') + ' · ' + state.corp.name;
  $('now').textContent = clockText(now.ms / 1000, true);
  $('address').textContent = box.url || t('noUrl');
  const trouble = box.trouble, on = { twice: trouble.twice > 0, lost: trouble.lost > 0, shuffled: trouble.shuffled > 0, late: trouble.delay_max_ms > 0 };
  for (const tick of document.querySelectorAll('[data-trouble]')) tick.checked = on[tick.dataset.trouble];
  const named = { error: 'busy', hang: 'hang', unknown: 'unknown', late: 'slow' };
  $('faultList').replaceChildren(...faults.faults.map(f => el('li', {}, el('span', {}, t(named[f.kind]) + (f.path ? ' ' + f.path : '')), el('span', {}, t('times') + ' ' + f.times))));
  const { texts } = await ask('GET', 'sms');
  $('texts').replaceChildren(...(texts.length ? texts.slice(0, 5).map(m => el('li', {}, el('span', {}, el('b', {}, m.to + ' '), m.text))) : [el('li', { class: 'note' }, t('noTexts'))]));
  $('log').replaceChildren(...sent.deliveries.slice(0, 60).map(d => el('li', {}, el('span', {}, clockText(d.at_ms / 1000) + ' ' + d.event + (d.change ? ' / ' + d.change : '')),
    el('span', { class: d.status === 200 ? 'good' : 'bad' }, (d.status || d.error) + ' · ' + d.took_ms + ' ms · ' + t(d.status === 200 ? 'answered' : d.over ? 'gaveUp' : 'retry') + (d.answer ? ' · ' + d.answer : '')))));
  const list = people.customers.map(c => [c.external_userid, c.name]);
  if (now.phone && !list.some(x => x[0] === now.who)) list.unshift([now.who, now.phone.customer.name]);
  options($('who'), list, now.who, t('pickWho'));
  options($('staff'), now.staff.map(s => [s.userid, s.name]), $('staff').value);
  options($('codes'), now.codes.map(c => [c.config_id, codeName(c)]), '', t('pick'));
}
async function refresh() {
  [now.staff, now.codes] = await Promise.all([ask('GET', 'staff').then(x => x.staff), ask('GET', 'codes').then(x => x.codes)]);
  now.phone = null;
  if (now.who) now.phone = await ask('GET', 'phone?external_userid=' + encodeURIComponent(now.who)).catch(() => { now.who = ''; return null; });
  await drawPanel();
  await drawDesk();
  draw(false);
}
function choose(who) {
  now.who = who;
  store.set('who', who);
  if (now.open && now.open.kind !== 'card') now.open = null;
  return refresh();
}
function words() {
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  document.title = t('page');
  for (const e of document.querySelectorAll('[data-t]')) e.textContent = t(e.dataset.t);
  $('name').placeholder = t('newName');
  $('code').placeholder = t('code');
  $('lang').textContent = t('other');
  for (const [id, key] of [['who', 'who'], ['codes', 'pick'], ['staff', 'desk'], ['name', 'newName'], ['code', 'code'], ['words', 'send'], ['back', 'chats']]) $(id).setAttribute('aria-label', t(key));
}

$('lang').addEventListener('click', attempt(async () => { lang = lang === 'zh' ? 'en' : 'zh'; store.set('lang', lang); words(); await refresh(); }));
$('who').addEventListener('change', attempt(e => choose(e.target.value)));
$('staff').addEventListener('change', attempt(drawDesk));
$('codes').addEventListener('change', attempt(async e => { const id = e.target.value; e.target.value = ''; await scan(id); }));
$('make').addEventListener('submit', attempt(async () => { const made = await ask('POST', 'customers', $('name').value ? { name: $('name').value } : {}); $('name').value = ''; await choose(made.external_userid); }));
$('scan').addEventListener('submit', attempt(() => scan($('code').value)));
$('back').addEventListener('click', () => show(null));
$('say').addEventListener('submit', attempt(async () => {
  const text = $('words').value;
  if (!text) return;
  await ask('POST', 'customer/say', { ...me(), userid: now.open.id, text });
  $('words').value = '';
  await refresh();
}));
for (const b of document.querySelectorAll('[data-jump]')) b.addEventListener('click', attempt(async () => { await ask('POST', 'clock/advance', { seconds: Number(b.dataset.jump) }); await refresh(); }));
for (const b of document.querySelectorAll('[data-fault]')) b.addEventListener('click', attempt(async () => { await ask('POST', 'faults', { kind: b.dataset.fault, times: 3, ms: 3000 }); await refresh(); }));
for (const b of document.querySelectorAll('[data-trouble]')) b.addEventListener('change', attempt(async () => {
  const on = b.checked, change = { twice: { twice: on ? 1 : 0 }, late: { delay_min_ms: on ? 5000 : 0, delay_max_ms: on ? 5001 : 0 }, shuffled: { shuffled: on ? 0.7 : 0 }, lost: { lost: on ? 0.5 : 0 } };
  await ask('POST', 'callbacks', change[b.dataset.trouble]);
}));
$('heal').addEventListener('click', attempt(async () => { await ask('DELETE', 'faults'); await ask('POST', 'callbacks', { twice: 0, lost: 0, shuffled: 0, delay_min_ms: 0, delay_max_ms: 0 }); await refresh(); }));
// A phone alone has nobody to choose for it: a visitor who comes with a code gets a new customer.
(attempt(async () => {
  words();
  const given = query.get('scan');
  if (given && !now.who) await choose((await ask('POST', 'customers', {})).external_userid);
  await refresh();
  if (given) await scan(given);
}))();
let busy = false;
setInterval(async () => {
  if (busy || document.hidden) return;
  busy = true;
  try { await refresh(); } catch { /* the box is away; the next round says */ }
  busy = false;
}, 2000);
