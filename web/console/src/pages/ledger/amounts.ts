/// Units of the ledger as people read them: CNY is whole fen, everything else is counted.
export const isMoney = (unit: string) => unit === "CNY";

/// An amount of a unit; `signed` says which way it went.
export function amountText(unit: string, amount: number, say: { money: (fen: number) => string; exact: (n: number) => string }, signed = false): string {
  const text = isMoney(unit) ? say.money(amount) : say.exact(amount);
  return signed && amount > 0 ? `+${text}` : text;
}

/// The part before the first colon says what an account is for: "gift:S001".
export const familyOf = (code: string) => code.split(":")[0]!;
