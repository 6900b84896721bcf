"use strict";
// A phone in somebody's hand, and the machine around it. Everything it does is a call of /sim/…
const TEXTS = {
  zh: { name: "模拟手机", lead: "不需要企业微信账号：在这里扫码、加好友、收欢迎语、聊天、进群。", send: "发送", who: "拿着手机的人", fresh: "新顾客", scan: "扫一扫", scan_hint: "粘贴二维码或活码页地址", scan_do: "扫码",
    codes: "平台上的二维码", clock: "虚拟时钟", hour: "快进 1 小时", day: "快进 1 天", desk: "员工手机上的待办", trouble: "给平台添点麻烦", log: "平台推送", friends: "联系人", groups: "群聊", page_scan: "扫一扫",
    nobody: "还没有联系人。扫一个码试试。", no_groups: "还没有进群。", add: "添加为联系人", joined: "已进群", join: "进入群聊", deleted: "已删除对方", remove: "删除联系人", leave: "退出群聊", ask_remove: "删除这位联系人？", ask_leave: "退出这个群？",
    opened: "打开了网页", press: "长按识别二维码", added: "已添加为联系人", asked: "已发送申请，等待对方通过", known: "你们已经是联系人", accept: "通过", confirm: "确认发送", publish: "发表", no_desk: "没有待办", twice: "推送重复", lost: "推送丢失", shuffled: "推送乱序", slow: "接口变慢 3 秒（下一次）", unknown: "接口做完却不应答（下一次）", tokens: "让令牌失效",
    done: "好了", figures: "已推送 {made} 条，应答 {answered}，放弃 {given_up}", none: "没有打开的网页里找到二维码", mass: "群发", moment: "朋友圈", hello: "你已添加了{name}，现在可以开始聊天了。", of: "企业微信 · {corp}", error: "没有成功", no_codes: "还没有。先在后台建一个活码。", file: "文件", video: "视频", image: "图片" },
  en: { name: "Simulated phone", lead: "No WeCom account needed: scan, add a guide, receive the welcome, chat, join a group.", send: "Send", who: "Who holds the phone", fresh: "New customer", scan: "Scan", scan_hint: "Address of a code or of its page", scan_do: "Scan",
    codes: "Codes on the platform", clock: "Virtual clock", hour: "One hour on", day: "One day on", desk: "On the staff's phones", trouble: "Trouble for the platform", log: "Pushes", friends: "Contacts", groups: "Groups", page_scan: "Scan",
    nobody: "No contacts yet. Scan a code.", no_groups: "In no group yet.", add: "Add to contacts", joined: "Joined", join: "Join the group", deleted: "You deleted them", remove: "Delete contact", leave: "Leave group", ask_remove: "Delete this contact?", ask_leave: "Leave this group?",
    opened: "A page was opened", press: "Press and hold the code", added: "Added", asked: "Asked; waiting for them", known: "You know each other already", accept: "Accept", confirm: "Send", publish: "Publish", no_desk: "Nothing to do", twice: "Pushes come twice", lost: "Pushes get lost", shuffled: "Pushes out of order", slow: "Next call takes 3 s", unknown: "Next call is done but not answered", tokens: "Kill the tokens",
    done: "Done", figures: "{made} pushed, {answered} answered, {given_up} given up", none: "No code on that page", mass: "Mass message", moment: "Moment", hello: "You have added {name}. You can chat now.", of: "WeCom · {corp}", error: "That did not work", no_codes: "None yet. Make a live code in the console.", file: "File", video: "Video", image: "Picture" },
};
const query = new URLSearchParams(location.search);
let lang = query.get("lang") === "en" || (!query.get("lang") && localStorage.getItem("sim.lang") === "en") ? "en" : "zh";
const t = (key, values = {}) => (TEXTS[lang][key] || key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const $ = (id) => document.getElementById(id);
const make = (tag, props = {}, ...inside) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) key.startsWith("on") ? node.addEventListener(key.slice(2), value) : key === "class" ? (node.className = value) : value !== undefined && node.setAttribute(key, value);
  node.append(...inside.filter((one) => one !== null && one !== undefined));
  return node;
};
const fill = (node, ...inside) => node.replaceChildren(...inside);

async function sim(path, body) {
  const answer = await fetch(`/sim/${path}`, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(`${said.title || said.code || answer.status}${said.detail ? `: ${said.detail}` : ""}`);
  return said;
}
let toasting;
function toast(text) {
  $("toast").textContent = text;
  $("toast").classList.add("on");
  clearTimeout(toasting);
  toasting = setTimeout(() => $("toast").classList.remove("on"), 2600);
}
const tell = (promise) => promise.catch((error) => toast(`${t("error")}: ${error.message}`));

const state = { me: localStorage.getItem("sim.me") || "", tab: "friends", view: null, phone: null, codes: [], staff: new Map(), corp: "", seen: new Map(JSON.parse(localStorage.getItem("sim.seen") || "[]")) };
const first = (name) => [...(name || "?")][0];
const clockText = (seconds) => new Date(seconds * 1000).toLocaleTimeString(lang === "en" ? "en-GB" : "zh-CN", { hour: "2-digit", minute: "2-digit" });

// ---- the phone ----

const partIcons = { link: "🔗", miniprogram: "◎", video: "▶", file: "▤", image: "▧" };
function partOf(more) {
  const kind = more.msgtype;
  const inner = more[kind] || {};
  const title = inner.title || (kind === "image" || kind === "video" || kind === "file" ? t(kind) : kind);
  const icon = make("i", { "aria-hidden": "true" }, partIcons[kind] || "▤");
  const inside = [make("span", {}, title, inner.desc ? make("small", {}, inner.desc) : null, inner.appid ? make("small", {}, inner.page || inner.appid) : null), icon];
  return /^https?:/.test(inner.url || "") ? make("a", { class: "part", href: inner.url, target: "_blank", rel: "noopener" }, ...inside) : make("div", { class: "part" }, ...inside);
}
function linesOf(chat) {
  const out = [];
  let last = 0;
  for (const line of chat) {
    if (line.at - last > 300) out.push(make("small", {}, clockText(line.at)));
    last = line.at;
    if (line.kind === "mass" || line.kind === "moment") out.push(make("small", {}, t(line.kind)));
    if (line.text) out.push(make("div", { class: `bubble${line.from === "customer" ? " mine" : ""}` }, line.text));
    const parts = Array.isArray(line.more) ? line.more : line.more ? [line.more] : [];
    for (const more of parts) if (more.msgtype && more.msgtype !== "text") out.push(partOf(more));
  }
  return out;
}
const friendOf = (userid) => state.phone?.friends.find((one) => one.userid === userid);
const groupOf = (id) => state.phone?.groups.find((one) => one.chat_id === id);
const views = {
  chat(view) {
    const friend = friendOf(view.userid);
    if (!friend) return views.home();
    const lines = linesOf(friend.chat);
    return { title: friend.name, back: true, say: !friend.deleted, menu: friend.deleted ? null : () => confirm(t("ask_remove")) && act("customer/delete", { userid: friend.userid }, () => go(null)),
      body: make("div", { class: "chat" }, make("small", {}, t("hello", { name: friend.name })), ...lines, friend.deleted ? make("small", {}, t("deleted")) : null) };
  },
  group(view) {
    const group = groupOf(view.id);
    if (!group) return views.home();
    return { title: `${group.name} (${group.members})`, back: true, menu: () => confirm(t("ask_leave")) && act("customer/leave", { chat_id: group.chat_id }, () => go(null)),
      body: make("div", { class: "chat" }, group.notice ? make("small", {}, group.notice) : null, ...linesOf(group.chat)) };
  },
  card(view) {
    const guide = state.staff.get((view.code.users || [])[0]);
    const name = view.code.kind === "join_way" ? view.code.remark || t("groups") : guide ? guide.name : view.code.remark || view.code.config_id;
    const label = view.code.kind === "join_way" ? t("join") : t("add");
    return { title: "", back: true, body: make("div", { class: "sheet" }, make("div", { class: "avatar", "aria-hidden": "true" }, first(name)), make("b", {}, name), make("span", { class: "corp" }, t("of", { corp: state.corp })),
      make("button", { class: "go", type: "button", onclick: () => befriend(view.code) }, label)) };
  },
  page(view) {
    const found = view.codes.map((id) => state.codes.find((one) => one.config_id === id)).filter(Boolean);
    return { title: view.title || t("opened"), back: true, body: make("div", { class: "sheet" }, make("b", {}, t("opened")), make("small", {}, view.url),
      ...found.map((code) => make("button", { class: "go", type: "button", onclick: () => go({ name: "card", code }) }, t("press"))), found.length ? null : make("p", {}, t("none")), make("a", { href: view.url, target: "_blank", rel: "noopener" }, view.url)) };
  },
  home() {
    const p = state.phone;
    const rows = state.tab === "friends"
      ? (p?.friends || []).map((one) => row(one.name, (one.chat.at(-1) || {}).text || t("hello", { name: one.name }), one.chat.length - (state.seen.get(state.me + one.userid) || 0), () => go({ name: "chat", userid: one.userid })))
      : (p?.groups || []).map((one) => row(one.name, (one.chat.at(-1) || {}).text || one.notice, 0, () => go({ name: "group", id: one.chat_id })));
    for (const one of state.tab === "friends" ? p?.requests || [] : []) rows.push(row(one.name, t("asked"), 0));
    return { title: p?.customer.name || t("name"), body: rows.length ? make("div", {}, ...rows) : make("div", { class: "empty" }, t(state.tab === "friends" ? "nobody" : "no_groups"), make("div", {}, make("button", { type: "button", onclick: () => $("code").focus() }, t("page_scan")))) };
  },
};
function row(name, text, unread, open) {
  return make("button", { class: "row", type: "button", onclick: open }, make("i", { "aria-hidden": "true" }, first(name)), make("span", {}, name, make("small", {}, text || "")), unread > 0 ? make("em", {}, String(unread)) : null);
}
let drawn = "";
function draw(force) {
  const view = state.view || { name: "home" };
  if (view.name === "chat") {
    state.seen.set(state.me + view.userid, friendOf(view.userid)?.chat.length || 0);
    localStorage.setItem("sim.seen", JSON.stringify([...state.seen].slice(-200)));
  }
  const mark = JSON.stringify([view, state.tab, state.phone, lang, state.codes.length]);
  if (mark === drawn && !force) return;
  drawn = mark;
  const shown = views[view.name](view);
  $("title").textContent = shown.title;
  $("back").hidden = !shown.back;
  $("menu").hidden = !shown.menu;
  $("menu").onclick = shown.menu || null;
  $("say").hidden = !shown.say;
  $("tabs").hidden = !!shown.back;
  fill($("screen"), shown.body);
  if (view.name === "chat" || view.name === "group") $("screen").scrollTop = $("screen").scrollHeight;
  fill($("tabs"), ...["friends", "groups"].map((tab) => make("button", { type: "button", "aria-current": state.tab === tab && !state.view ? "page" : undefined, onclick: () => { state.tab = tab; go(null); } }, t(tab))));
}
function go(view) {
  state.view = view;
  draw(true);
}
const act = (path, body, then) => tell(sim(path, { external_userid: state.me, ...body }).then(async (said) => { await look(); then?.(said); }));
function befriend(code) {
  act("customer/scan", { code: code.config_id }, (said) => {
    toast(t(said.result));
    if (said.result === "joined") return go({ name: "group", id: said.chat_id });
    go(said.result === "asked" ? null : { name: "chat", userid: said.userid });
  });
}
/// A code of the platform shows its card; anything else is a page to open.
async function scan(text) {
  const word = text.trim();
  if (!word) return;
  if (!state.me) await fresh();
  await lookAtCodes();
  const code = state.codes.find((one) => one.config_id === word || one.url === word || word.endsWith(`/${one.config_id}`));
  if (code) return go({ name: "card", code });
  const said = await sim("customer/scan", { external_userid: state.me, code: word });
  await lookAtCodes();
  if (said.result === "opened") return go({ name: "page", ...said });
  await look();
  toast(t(said.result || "done"));
}

// ---- the machine around it ----

async function fresh() {
  const made = await sim("customers", {});
  await lookAtPeople();
  become(made.external_userid);
}
function become(id) {
  state.me = id;
  localStorage.setItem("sim.me", id);
  $("people").value = id;
  state.view = null;
  return tell(look());
}
async function lookAtPeople() {
  const said = await sim("customers?limit=200");
  fill($("people"), ...said.customers.map((one) => make("option", { value: one.external_userid }, `${one.name}${one.friends ? ` · ${one.friends}` : ""}`)));
  if (!said.customers.some((one) => one.external_userid === state.me)) state.me = said.customers[0]?.external_userid || "";
  $("people").value = state.me;
}
async function lookAtCodes() {
  const said = await sim("codes");
  state.codes = said.codes;
  const shown = said.codes.slice(-60).reverse();
  fill($("codes"), ...(shown.length ? shown.map((one) => make("li", {}, make("span", {}, one.remark || one.config_id, make("small", {}, (one.users || one.chats || []).map((id) => state.staff.get(id)?.name || id).slice(0, 3).join("、"))), make("button", { type: "button", onclick: () => go({ name: "card", code: one }) }, t("scan_do")))) : [make("li", {}, t("no_codes"))]));
}
async function lookAtDesk() {
  const waiting = [];
  for (const guide of (state.phone?.friends || []).concat(state.phone?.requests || []).slice(0, 6)) {
    const desk = await sim(`desk?userid=${encodeURIComponent(guide.userid)}`);
    for (const one of desk.requests) waiting.push([desk.staff.name, one.name, "accept", "staff/accept", { userid: guide.userid, external_userid: one.external_userid }]);
    for (const one of desk.mass) if (!one.sent && !one.cancelled) waiting.push([desk.staff.name, one.text, "confirm", "staff/confirm", { userid: guide.userid, msgid: one.msgid }]);
    for (const one of desk.moments) if (!one.published && !one.cancelled) waiting.push([desk.staff.name, one.text, "publish", "staff/publish", { userid: guide.userid, moment_id: one.moment_id }]);
  }
  fill($("desk"), ...(waiting.length ? waiting.map(([who, what, label, path, body]) => make("li", {}, make("span", {}, who, make("small", {}, what || "")), make("button", { type: "button", onclick: () => tell(sim(path, body).then(look)) }, t(label)))) : [make("li", {}, t("no_desk"))]));
}
async function lookAtMachine() {
  const said = await sim("state");
  state.corp = said.corp.name;
  $("clock").textContent = new Date(said.clock.now_ms).toLocaleString(lang === "en" ? "en-GB" : "zh-CN");
  $("figures").textContent = t("figures", said.callbacks);
  const events = (await sim(`events?after=${Math.max(0, said.told - 12)}`)).events.reverse();
  fill($("log"), ...events.map((one) => make("li", {}, make("span", {}, one.change || one.event, make("small", {}, Object.entries(one.fields).filter(([key]) => /^(UserID|State|ChatId|UpdateDetail)$/.test(key)).map(([, value]) => value).join(" · "))), make("small", {}, clockText(one.at)))));
}
async function look() {
  if (state.me) state.phone = await sim(`phone?external_userid=${encodeURIComponent(state.me)}`);
  draw();
  await Promise.all([lookAtMachine(), lookAtDesk()]);
}
async function lookAtTrouble() {
  const said = await sim("callbacks");
  const share = (key) => make("label", {}, make("input", { type: "checkbox", ...(said.trouble[key] > 0 ? { checked: "" } : {}), onchange: (event) => tell(sim("callbacks", { [key]: event.target.checked ? 0.5 : 0 })) }), t(key));
  const once = (key, path, body) => make("button", { type: "button", onclick: () => tell(sim(path, body).then(() => toast(t("done")))) }, t(key));
  fill($("trouble"), share("twice"), share("lost"), share("shuffled"), once("slow", "faults", { kind: "late", path: "", ms: 3000 }), once("unknown", "faults", { kind: "unknown", path: "" }), once("tokens", "tokens/kill", {}));
}

function speak() {
  document.documentElement.lang = lang === "en" ? "en" : "zh-CN";
  document.title = `Koipond · ${t("name")}`;
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll("[data-p]")) (node.placeholder = t(node.dataset.p)), node.setAttribute("aria-label", t(node.dataset.p));
  $("words").setAttribute("aria-label", t("send"));
  $("people").setAttribute("aria-label", t("who"));
  $("back").setAttribute("aria-label", "‹");
  $("menu").setAttribute("aria-label", "⋯");
  $("lang").textContent = lang === "en" ? "中文" : "English";
  drawn = "";
}
async function begin() {
  speak();
  for (const one of (await sim("staff")).staff) state.staff.set(one.userid, one);
  await lookAtPeople();
  await Promise.all([lookAtCodes(), lookAtTrouble()]);
  await look();
  if (query.get("scan")) await scan(query.get("scan"));
}
$("lang").onclick = () => { lang = lang === "en" ? "zh" : "en"; localStorage.setItem("sim.lang", lang); speak(); tell(lookAtTrouble()); tell(lookAtCodes()); tell(look()); };
$("back").onclick = () => go(null);
$("fresh").onclick = () => tell(fresh());
$("people").onchange = (event) => become(event.target.value);
$("scan").onsubmit = (event) => { event.preventDefault(); tell(scan($("code").value)); };
$("say").onsubmit = (event) => {
  event.preventDefault();
  const text = $("words").value.trim();
  if (!text || state.view?.name !== "chat") return;
  $("words").value = "";
  act("customer/say", { userid: state.view.userid, text });
};
for (const node of document.querySelectorAll("[data-ahead]")) node.onclick = () => tell(sim("clock/advance", { seconds: Number(node.dataset.ahead) }).then(look));
tell(begin());
setInterval(() => { if (!document.hidden) look().catch(() => {}); }, 1500);
