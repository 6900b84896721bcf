/// Tables and pictures as files, made where they are seen.
export type CsvCell = string | number | null | undefined;

/// A text that a spreadsheet would run gets a quote before it; numbers stay numbers.
export function csvCell(value: CsvCell): string {
  if (value == null) return "";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const csvOf = (rows: CsvCell[][]): string => rows.map((row) => row.map(csvCell).join(",")).join("\r\n");

/// The mark in front tells spreadsheets that it is UTF-8.
export const saveCsv = (name: string, rows: CsvCell[][]) => save(`${name}.csv`, new Blob(["\uFEFF", csvOf(rows)], { type: "text/csv;charset=utf-8" }));

/// What a spreadsheet is made of: texts, numbers, nothing. A text is never run, so it stands as it is.
export const sheetOf = (rows: CsvCell[][]) => rows.map((row, at) => row.map((value) => {
  if (value == null || (typeof value === "number" && !Number.isFinite(value))) return null;
  return { value, type: typeof value === "number" ? Number : String, ...(at === 0 && { fontWeight: "bold" as const }) };
}));

const SHEET_NAME_MAX = 31;
/// A sheet's name as spreadsheets take it.
export const sheetName = (title: string) => title.replace(/[\\/?*[\]:]/g, " ").trim().slice(0, SHEET_NAME_MAX) || "Koipond";

/// The library is fetched when the first sheet is wanted.
export async function xlsxOf(title: string, rows: CsvCell[][]): Promise<Blob> {
  const [{ generateXlsxFileSync }, { default: bytesOf }] = await Promise.all([import("write-excel-file/inside/writeXlsxFileUniversal.js"), import("write-excel-file/inside/convertFileContentToUint8ArrayUniversal.js")]);
  return generateXlsxFileSync(sheetOf(rows), { sheet: sheetName(title), stickyRowsCount: 1 }, {}, bytesOf);
}
export const saveXlsx = async (name: string, title: string, rows: CsvCell[][]) => save(`${name}.xlsx`, await xlsxOf(title, rows));

export function savePng(name: string, address: string) {
  const bytes = Uint8Array.from(atob(address.slice(address.indexOf(",") + 1)), (letter) => letter.charCodeAt(0));
  save(`${name}.png`, new Blob([bytes], { type: "image/png" }));
}

function save(name: string, blob: Blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
