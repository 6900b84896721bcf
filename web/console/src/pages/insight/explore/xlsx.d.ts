/// The parts of write-excel-file that pack without a worker.
declare module "write-excel-file/inside/writeXlsxFileUniversal.js" {
  import type { SheetData, SheetOptions } from "write-excel-file/universal";
  export function generateXlsxFileSync(data: SheetData, sheet: SheetOptions<unknown>, options: object, bytesOf: unknown): Promise<Blob>;
}
declare module "write-excel-file/inside/convertFileContentToUint8ArrayUniversal.js" {
  const bytesOf: unknown;
  export default bytesOf;
}
