/// Growth by channel folded for a chart: the biggest channels by name, the rest together.
export interface GrowthRow {
  channel: string;
  period: string;
  new_people: number;
  lost: number;
  net: number;
}

export interface ChannelSum {
  channel: string;
  new_people: number;
  lost: number;
  net: number;
}

/// Sums per channel, the one that brought most first.
export function perChannel(rows: GrowthRow[]): ChannelSum[] {
  const sums = new Map<string, ChannelSum>();
  for (const row of rows) {
    const sum = sums.get(row.channel) ?? { channel: row.channel, new_people: 0, lost: 0, net: 0 };
    sum.new_people += row.new_people;
    sum.lost += row.lost;
    sum.net += row.net;
    sums.set(row.channel, sum);
  }
  return [...sums.values()].sort((a, b) => b.new_people - a.new_people || a.channel.localeCompare(b.channel));
}

/// One line of values a channel over the periods, `top` by name and the others as "".
export function series(rows: GrowthRow[], periods: string[], top: number): { channel: string | null; values: number[] }[] {
  const named = perChannel(rows).slice(0, top).map((sum) => sum.channel);
  const place = new Map(periods.map((period, index) => [period, index]));
  const out = [...named.map((channel) => ({ channel: channel as string | null, values: periods.map(() => 0) })), { channel: null, values: periods.map(() => 0) }];
  for (const row of rows) {
    const at = place.get(row.period);
    if (at === undefined) continue;
    const line = out[named.includes(row.channel) ? named.indexOf(row.channel) : out.length - 1]!;
    line.values[at]! += row.new_people;
  }
  return out.filter((line) => line.channel !== null || line.values.some((value) => value > 0));
}
