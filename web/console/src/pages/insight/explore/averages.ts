/// Cohorts and parts of an answer folded for charts.
interface Cohort { start: string; people: number; back: (number | null)[] }

/// Whether the period k after a cohort's start is over on a day: until then who may still come back is not counted.
export function over(start: string, unit: string, k: number, today: string): boolean {
  const at = new Date(`${start}T00:00:00Z`);
  if (unit === "month") at.setUTCMonth(at.getUTCMonth() + k + 1);
  else at.setUTCDate(at.getUTCDate() + (k + 1) * (unit === "week" ? 7 : 1));
  return at.toISOString().slice(0, 10) <= today;
}

/// What share came back after k periods, over all cohorts for which that period is over: people count, not rows.
export function weighted(cohorts: Cohort[], k: number, unit: string, today: string): number | null {
  const told = cohorts.filter((row) => row.back[k] != null && over(row.start, unit, k, today));
  const people = told.reduce((sum, row) => sum + row.people, 0);
  return people === 0 ? null : told.reduce((sum, row) => sum + row.back[k]!, 0) / people;
}

export const running = (values: number[]): number[] => {
  let sum = 0;
  return values.map((value) => (sum += value));
};

/// Against what it was; nothing without a base.
export const against = (now: number, before: number | undefined): number | null => (before ? (now - before) / before : null);

/// Fen are money, everything else is a number.
export const isMoney = (property: string | null | undefined): boolean => !property || property === "amount" || /(^|[._])fen$/.test(property);
