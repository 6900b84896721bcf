/// Cohorts and parts of an answer folded for charts.
interface Cohort { people: number; back: (number | null)[] }

/// What share came back after k periods, over all cohorts old enough to tell: people count, not rows.
export function weighted(cohorts: Cohort[], k: number): number | null {
  const told = cohorts.filter((row) => row.back[k] != null);
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
