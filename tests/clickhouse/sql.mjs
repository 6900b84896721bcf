// A rule's JSON as ClickHouse SQL, written from the language's description (docs/guides/segment-language.md) and from nothing
// of src/segments. What SQL cannot say plainly is refused with `Unsaid`.
//
// A person is a row of `people` (see run.mjs): e, their events up to now in order, each a tuple (place, at, kind, amount,
// source, props); tags, the names held now; facts, a map from a name to (type, number, text, set).

export class Unsaid extends Error {}
const refuse = (why) => { throw new Unsaid(why); };

const text = (s) => `'${s.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
const all = (parts) => (parts.length ? `(${parts.join(' AND ')})` : '1');
const any = (parts) => (parts.length ? `(${parts.join(' OR ')})` : '0');
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000, mo: 30 * 86_400_000 };
function lengthMs(written) {
  const [, count, unit] = /^(\d+)(\D+)$/.exec(written);
  return Number(count) * UNIT_MS[unit];
}
const RFC3339 = "'^\\\\d{4}-\\\\d{2}-\\\\d{2}T\\\\d{2}:\\\\d{2}:\\\\d{2}(\\\\.\\\\d+)?(Z|[+-]\\\\d{2}:\\\\d{2})$'";
const TYPED_TIMES = new Set(['before', 'after', 'in last', 'in next', 'older than', 'ahead by', 'is']);
const ALIKE = { '=': (v) => v.same, '<': (v) => v.less, '<=': (v) => any([v.less, v.same]), '>': (v) => v.more, '>=': (v) => any([v.more, v.same]) };

/** What the rule says, asked at `now` (ms) of people who live in `zone`. */
export class Translator {
  constructor(now, zone) {
    this.now = now;
    this.zone = zone;
    this.names = 0;
    this.lets = [];  // "expression AS name", to be selected beside e, tags and facts before the answer is
  }
  name(prefix) { return `${prefix}${++this.names}`; }
  let(expression) {
    const name = this.name('set');
    this.lets.push(`${expression} AS ${name}`);
    return name;
  }

  clause(c) {
    if ('all' in c) return all(c.all.map((inner) => this.clause(inner)));
    if ('any' in c) return any(c.any.map((inner) => this.clause(inner)));
    if ('none' in c) return `NOT ${any(c.none.map((inner) => this.clause(inner)))}`;
    if ('seq' in c) return this.sequence(c);
    if ('without' in c) return this.without(c);
    if ('did' in c) return `notEmpty(${this.events(c.did)})`;
    if ('aggregate' in c) return this.compare(this.aggregate(c.aggregate), c);
    if ('field' in c) return this.compare(this.fact(c.field, c.args), c);
    return refuse(Object.keys(c)[0]);
  }

  // ---- time --------------------------------------------------------------------------------------------------------
  startOfDay(date) { return `toUnixTimestamp64Milli(toDateTime64(concat(toString(${date}), ' 00:00:00'), 3, ${text(this.zone)}))`; }
  wall(ms, zone = this.zone) { return `fromUnixTimestamp64Milli(toInt64(${ms}), ${text(zone)})`; }
  /** [from, to) in ms. */
  calendar(c) {
    const zone = c.zone ?? this.zone;
    const today = `toDate(${this.wall(this.now, zone)})`;
    const spans = {
      'today': [today, `${today} + 1`], 'yesterday': [`${today} - 1`, today],
      'this week': [`toMonday(${today})`, `toMonday(${today}) + 7`], 'last week': [`toMonday(${today}) - 7`, `toMonday(${today})`],
      'this month': [`toStartOfMonth(${today})`, `addMonths(toStartOfMonth(${today}), 1)`],
      'last month': [`addMonths(toStartOfMonth(${today}), -1)`, `toStartOfMonth(${today})`],
      'this year': [`toStartOfYear(${today})`, `addYears(toStartOfYear(${today}), 1)`],
      'last year': [`addYears(toStartOfYear(${today}), -1)`, `toStartOfYear(${today})`],
    };
    const inZone = new Translator(this.now, zone);
    return spans[c.calendar].map((date) => inZone.startOfDay(date));
  }
  begin(value) {
    if ('day' in value) return this.startOfDay(text(value.day));
    return String(Date.parse(value.time));
  }
  end(value) {
    if ('day' in value) return this.startOfDay(`(toDate(${text(value.day)}) + 1)`);
    return String(Date.parse(value.time) + 1);
  }

  // ---- events ------------------------------------------------------------------------------------------------------
  /** Whether event `x` is of the kind, fits and lies in the window. */
  selects(x, { event, where = [], window }) {
    const parts = where.map((c) => this.condition(c, x));
    if (event !== '*') parts.push(`${x}.3 = ${text(event)}`);
    if (window) parts.push(this.inWindow(x, window));
    return all(parts);
  }
  /** The events selected, as a column of their own. */
  events(selection) {
    const x = this.name('x');
    return this.let(`arrayFilter(${x} -> ${this.selects(x, selection)}, e)`);
  }
  inWindow(x, w) {
    const at = `${x}.2`;
    if ('last' in w) return `${at} > ${this.now - lengthMs(w.last)}`;
    if ('from_ago' in w) return all([`${at} > ${this.now - lengthMs(w.from_ago)}`, `${at} <= ${this.now - lengthMs(w.to_ago)}`]);
    if ('calendar' in w) {
      const [from, to] = this.calendar(w);
      return all([`${at} >= ${from}`, `${at} < ${to}`]);
    }
    if ('since' in w) {
      const before = this.events(w.since);
      return all([`notEmpty(${before})`, `${x}.1 > ${before}[-1].1`]);
    }
    return all([`${at} >= ${this.begin(w.from)}`, `${at} < ${this.begin(w.to)}`]);
  }
  condition(c, x) {
    if ('all' in c) return all(c.all.map((inner) => this.condition(inner, x)));
    if ('any' in c) return any(c.any.map((inner) => this.condition(inner, x)));
    if ('none' in c) return `NOT ${any(c.none.map((inner) => this.condition(inner, x)))}`;
    if ('some' in c || 'each' in c) {
      const list = this.property(x, c.some ?? c.each);
      const member = this.name('m');
      const fits = all(c.where.map((inner) => this.compare(this.json(member, inner.field === 'it' ? [] : inner.field.split('.')), inner)));
      return all([list.isList, 'some' in c ? `arrayExists(${member} -> ${fits}, ${list.list})` : `arrayAll(${member} -> ${fits}, ${list.list})`]);
    }
    return this.compare(this.property(x, c.field), c);
  }

  // ---- values: what is asked of one is an expression a type; what it is not is '0' -----------------------------------
  json(document, path) {
    const at = [document, ...path.map(text)].join(', ');
    const type = `toString(JSONType(${at}))`;
    return {
      present: `${type} NOT IN ('Null', 'Object')`,
      isText: `${type} = 'String'`, text: `JSONExtractString(${at})`,
      isNumber: `${type} IN ('Int64', 'UInt64', 'Double')`, number: `JSONExtractFloat(${at})`,
      isTruth: `${type} = 'Bool'`, truth: `JSONExtractBool(${at})`,
      isList: `${type} = 'Array'`, list: `JSONExtractArrayRaw(${at})`,
    };
  }
  property(x, path) {
    if (path === 'amount') return { present: '1', isNumber: '1', number: `${x}.4` };
    if (path === 'source') return { present: '1', isText: '1', text: `${x}.5` };
    if (path === 'at') return { present: '1', isInstant: '1', instant: `${x}.2` };
    return this.json(`${x}.6`, path.split('.'));
  }
  fact(field, args) {
    if (args) refuse(field);
    if (field === 'tags') return { present: '1', isSet: '1', set: 'tags', tags: true };
    if (['friends', 'groups', 'relation.state', 'relation.days', 'referrals', 'has_id', 'reachable', 'consent'].includes(field)) refuse(field);
    // A fact stands before an attribute of its name.
    const key = field.startsWith('attr.') ? `facts[${text(field.slice(5))}]` : `facts[${text(field)}]`;
    return {
      present: `${key}.1 != ''`, isText: `${key}.1 = 't'`, text: `${key}.3`, isNumber: `${key}.1 = 'n'`, number: `${key}.2`,
      isInstant: `${key}.1 = 'i'`, instant: `toInt64(${key}.2)`, isDay: `${key}.1 = 'd'`, day: `toDate(toInt32(${key}.2))`,
      isSet: `${key}.1 = 's'`, set: `${key}.4`,
    };
  }
  /** A value that says a time, as nullable ms: an instant, a day, a text by RFC 3339, whole ms. */
  instant(v) {
    return `multiIf(${v.isInstant ?? '0'}, toNullable(toInt64(${v.instant ?? '0'})), ${v.isDay ?? '0'}, toNullable(${v.day ? this.startOfDay(v.day) : '0'}),
      ${v.isText ?? '0'} AND match(${v.text ?? "''"}, ${RFC3339}), toUnixTimestamp64Milli(parseDateTime64BestEffortOrNull(${v.text ?? "''"}, 3, 'UTC')),
      ${v.isNumber ?? '0'} AND floor(${v.number ?? '0'}) = ${v.number ?? '0'}, toNullable(toInt64(${v.number ?? '0'})), NULL)`;
  }

  // ---- comparisons -------------------------------------------------------------------------------------------------
  /** How a value stands to an operand: fits (they can be compared), less, same, more. */
  against(v, operand) {
    const order = (fits, a, b) => ({ fits, less: all([fits, `${a} < ${b}`]), same: all([fits, `${a} = ${b}`]), more: all([fits, `${a} > ${b}`]) });
    if (typeof operand === 'boolean') return order(v.isTruth ?? '0', v.truth ?? '0', operand ? '1' : '0');
    if (typeof operand === 'string') return order(v.isText ?? '0', v.text ?? "''", text(operand));
    if (typeof operand === 'number') return order(v.isNumber ?? '0', v.number ?? '0', String(operand));
    if ('number' in operand) return order(v.isNumber ?? '0', v.number ?? '0', operand.number);
    if ('money' in operand) {
      const [, amount, unit] = /^(.*?)(元|分)$/.exec(operand.money);
      return order(v.isNumber ?? '0', v.number ?? '0', String(Math.round(Number(amount) * (unit === '元' ? 100 : 1))));
    }
    if ('duration' in operand) return order(v.isLength ?? '0', v.length ?? '0', String(lengthMs(operand.duration)));
    const t = this.instant(v);
    const known = `isNotNull(${t})`;
    const before = `ifNull(${t} < ${this.begin(operand)}, 0)`, after = `ifNull(${t} >= ${this.end(operand)}, 0)`;
    return { fits: known, less: before, same: all([known, `NOT ${before}`, `NOT ${after}`]), more: after };
  }
  lens(v, lens) {
    const number = (is, expression) => ({ present: is, isNumber: is, number: expression });
    if (lens === undefined) return v;
    if (lens === 'length') return number(v.isText ?? '0', `lengthUTF8(${v.text ?? "''"})`);
    if (lens === 'depth') return number(v.isText ?? '0', `if(${v.text ?? "''"} = '', 0, 1 + countSubstrings(${v.text ?? "''"}, '/'))`);
    if (lens === 'size') return number(any([v.isList ?? '0', v.isSet ?? '0']), v.isSet && v.isList ? refuse('size') : `length(${v.list ?? v.set ?? '[]'})`);
    if (lens === 'folded') {
      const is = v.isText ?? '0';
      return { present: is, isText: is, text: `lowerUTF8(normalizeUTF8NFKC(${v.text ?? "''"}))`, folded: true };
    }
    if (lens === 'weekday' || lens === 'hour') {
      const t = this.instant(v), known = lens === 'hour' && v.isDay ? all([`isNotNull(${t})`, `NOT ${v.isDay}`]) : `isNotNull(${t})`;
      const wall = this.wall(`ifNull(${t}, 0)`);
      return number(known, lens === 'hour' ? `toHour(${wall})` : `toDayOfWeek(${wall})`);
    }
    return refuse(lens);
  }
  compare(value, { lens, op, values: written }) {
    const v = this.lens(value, lens);
    const values = v.folded ? written.map((one) => (typeof one === 'string' ? one.normalize('NFKC').toLowerCase() : one)) : written;
    const [first] = values;
    if (op === 'is set') return v.present;
    if (op === 'is missing') return `NOT (${v.present})`;
    if (op in ALIKE) return ALIKE[op](this.against(v, first));
    if (op === '!=') return all([this.against(v, first).fits, `NOT ${this.against(v, first).same}`]);
    if (op === 'in') return any(values.map((one) => this.against(v, one).same));
    if (op === 'not in') return all(values.flatMap((one) => [this.against(v, one).fits, `NOT ${this.against(v, one).same}`]));
    if (op === 'between') return this.between(v, values);
    if (op.startsWith('has ')) return this.has(v, op, values);
    if (TYPED_TIMES.has(op)) return this.timed(this.instant(v), op, first);
    return all([v.isText ?? '0', this.textual(v.text ?? "''", op, first), v.isSet && op === 'under' ? refuse('under') : '1']);
  }
  between(v, values) {
    if (values.every((one) => typeof one === 'object' && ('day' in one || 'time' in one))) {
      const t = this.instant(v);
      return `ifNull(${t} >= ${this.begin(values[0])} AND ${t} < ${this.begin(values[1])}, 0)`;
    }
    const low = this.against(v, values[0]), high = this.against(v, values[1]);
    return all([low.fits, high.fits, `NOT ${low.less}`, `NOT ${high.more}`]);
  }
  has(v, op, values) {
    const one = (value) => {
      if (v.set) {
        if (typeof value !== 'string') return '0';
        const member = this.name('m');
        const tail = v.tags ? ` OR endsWith(${member}, concat('/', ${text(value)}))` : '';
        return `arrayExists(${member} -> ${member} = ${text(value)}${tail}, ${v.set})`;
      }
      const member = this.name('m');
      return v.list ? `arrayExists(${member} -> ${this.against(this.json(member, []), value).same}, ${v.list})` : '0';
    };
    const is = any([v.isList ?? '0', v.isSet ?? '0']);
    if (op === 'has all') return all([is, ...values.map(one)]);
    return all([is, op === 'has any' ? any(values.map(one)) : `NOT ${any(values.map(one))}`]);
  }
  timed(t, op, operand) {
    const ms = operand.duration ? lengthMs(operand.duration) : 0;
    const says = {
      'before': () => `${t} < ${this.begin(operand)}`, 'after': () => `${t} >= ${this.end(operand)}`,
      'in last': () => `${t} > ${this.now - ms} AND ${t} <= ${this.now}`, 'in next': () => `${t} > ${this.now} AND ${t} <= ${this.now + ms}`,
      'older than': () => `${t} <= ${this.now - ms}`, 'ahead by': () => `${t} > ${this.now + ms}`,
      'is': () => { const [from, to] = this.calendar(operand); return `${t} >= ${from} AND ${t} < ${to}`; },
    };
    return `ifNull(${says[op]()}, 0)`;
  }
  textual(subject, op, other) {
    const says = {
      'contains': () => `position(${subject}, ${text(other)}) > 0`, 'not contains': () => `position(${subject}, ${text(other)}) = 0`,
      'starts with': () => `startsWith(${subject}, ${text(other)})`, 'ends with': () => `endsWith(${subject}, ${text(other)})`,
      'matches': () => `match(${subject}, ${text(other)})`,
      'under': () => any([`${subject} = ${text(other)}`, `startsWith(${subject}, ${text(`${other}/`)})`]),
    };
    return says[op] ? says[op]() : refuse(op);
  }

  // ---- many events -------------------------------------------------------------------------------------------------
  /** A value as one text, equal for equal values; '' when it is missing or a list. */
  key(v) {
    return `multiIf(${v.isText ?? '0'}, concat('t', ${v.text ?? "''"}), ${v.isNumber ?? '0'}, concat('n', toString(toFloat64(${v.number ?? '0'}))),
      ${v.isTruth ?? '0'}, concat('b', toString(${v.truth ?? '0'})), ${v.isInstant ?? '0'}, concat('i', toString(${v.instant ?? '0'})), '')`;
  }
  aggregate({ fn, property, ...selection }) {
    if (['most_frequent', 'streak', 'interval', 'trend'].includes(fn)) refuse(fn);
    const of = this.events(selection);
    const number = (expression, is = '1') => ({ present: is, isNumber: is, number: expression });
    if (fn === 'count') return number(`length(${of})`);
    const ended = `notEmpty(${of})`;
    if (fn === 'recency') return { present: ended, isLength: ended, length: `(${this.now} - ${of}[-1].2)` };
    if (fn === 'tenure') return { present: ended, isLength: ended, length: `(${this.now} - ${of}[1].2)` };
    const x = this.name('x'), v = this.property(x, property);
    if (fn === 'first' || fn === 'last') {
      const have = this.let(`arrayFilter(${x} -> ${v.present}, ${of})`);
      const end = this.property(`${have}[${fn === 'first' ? 1 : -1}]`, property);
      const there = Object.entries(end).map(([what, says]) => [what, /^is|^present$/.test(what) ? all([`notEmpty(${have})`, says]) : says]);
      return Object.fromEntries(there);
    }
    if (fn === 'count_distinct') {
      const have = this.let(`arrayMap(${x} -> (${v.isList ?? '0'}, ${this.key(v)}), arrayFilter(${x} -> ${v.present}, ${of}))`);
      return number(`(arrayCount(m -> m.1, ${have}) + length(arrayDistinct(arrayFilter(m -> NOT m.1, ${have}))))`);
    }
    const numbers = this.let(`arrayMap(${x} -> toFloat64(${v.number ?? '0'}), arrayFilter(${x} -> ${v.isNumber ?? '0'}, ${of}))`);
    if (fn === 'sum') return number(`arraySum(${numbers})`);
    if (fn === 'avg') return number(`(arraySum(${numbers}) / length(${numbers}))`, `notEmpty(${numbers})`);
    // min, max: of numbers or of times, whichever comes first.
    const time = v.isInstant ? `toNullable(${v.instant})` : `if(${v.isText ?? '0'}, ${this.instant({ isText: '1', text: v.text ?? "''" })}, NULL)`;
    const both = this.let(`arrayFilter(m -> m.1 != '', arrayMap(${x} -> if(isNotNull(${time}), ('i', toFloat64(assumeNotNull(${time}))),
      if(${v.isNumber ?? '0'}, ('n', toFloat64(${v.number ?? '0'})), ('', 0.))), ${of}))`);
    const best = `array${fn === 'min' ? 'Min' : 'Max'}(arrayMap(m -> m.2, arrayFilter(m -> m.1 = ${both}[1].1, ${both})))`;
    return { present: `notEmpty(${both})`, isNumber: `${both}[1].1 = 'n'`, number: best, isInstant: `${both}[1].1 = 'i'`, instant: `toInt64(${best})` };
  }
  without({ did, without, after, same = [] }) {
    const ms = lengthMs(after);
    const keyed = (selection) => {
      const x = this.name('x');
      return this.let(`arrayMap(${x} -> (${x}.1, ${x}.2, ${this.keys(x, same)}), ${this.events(selection)})`);
    };
    const [began, answers] = [keyed(did), keyed(without)];
    const a = this.name('a'), b = this.name('b');
    const answered = `arrayExists(${b} -> ${b}.1 > ${a}.1 AND ${b}.2 <= ${a}.2 + ${ms} AND ${this.shares(a, b, same)}, ${answers})`;
    return `arrayExists(${a} -> ${a}.2 + ${ms} <= ${this.now} AND NOT ${answered}, ${began})`;
  }
  keys(x, same) { return same.length ? `[${same.map((path) => this.key(this.property(x, path))).join(', ')}]` : "emptyArrayString()"; }
  shares(a, b, same) { return same.length ? `(NOT has(${a}.3, '') AND ${a}.3 = ${b}.3)` : '1'; }

  /** One choice of an event for each step after the other; a step of n times is n steps of which the last answers for all. */
  sequence({ seq, order = 'ordered', same = [], window }) {
    const places = [];
    for (const step of seq) {
      const x = this.name('x');
      const of = this.let(`arrayMap(${x} -> (${x}.1, ${x}.2, ${this.keys(x, same)}), ${this.events({ ...step, window })})`);
      const walls = (step.unless ?? []).map((one) => this.events(one));
      for (let n = 1; n <= (step.times ?? 1); ++n) places.push({ of, walls, first: n === 1, last: n === (step.times ?? 1), within: step.within });
    }
    if (places.length > 4) refuse('more than four events in a sequence');
    const chosen = places.map(() => this.name('s'));
    const choose = (i, before) => {
      if (i === places.length) return '1';
      const { of, walls, first, last, within } = places[i];
      const x = chosen[i];
      // What a step is measured from: the end of the step before; the first step's own first event.
      const from = first ? (i === 0 ? x : chosen[i - 1]) : before;
      const says = [];
      if (i > 0 && order === 'ordered') says.push(`${x}.1 > ${chosen[i - 1]}.1`);
      if (i > 0 && order === 'strict') says.push(`${x}.1 = ${chosen[i - 1]}.1 + 1`);
      if (order === 'any') says.push(...chosen.slice(0, i).map((other) => `${x}.1 != ${other}.1`));
      says.push(i > 0 ? this.shares(chosen[0], x, same) : same.length ? `NOT has(${x}.3, '')` : '1');
      if (last && within && order !== 'any') says.push(`${x}.2 - ${from}.2 <= ${lengthMs(within)}`);
      if (last && order !== 'any') for (const wall of walls) says.push(`NOT arrayExists(w -> w.1 > ${from}.1 AND w.1 < ${x}.1, ${wall})`);
      return `arrayExists(${x} -> ${all([...says, choose(i + 1, from)])}, ${of})`;
    };
    return choose(0, '');
  }
}
