/// A file on its way to the server: at once when it is small, in parts when it is not.
import { upload } from "@shared/client";

export const PART_BYTES = 8 << 20;

export interface Part {
  from: number;
  to: number;
  last: boolean;
}

/// The parts of a file; an empty file is one empty part.
export function partsOf(size: number, part = PART_BYTES): Part[] {
  const parts: Part[] = [];
  for (let from = 0; from < size || from === 0; from += part) {
    const to = Math.min(size, from + part);
    parts.push({ from, to, last: to === size });
    if (to === size) break;
  }
  return parts;
}

export interface Upload {
  subject: string;
  source?: string;
}

/// Sends the file; the id of its import.
export async function sendFile(file: File, how: Upload, progress: (share: number) => void): Promise<string> {
  const parts = partsOf(file.size);
  let id = "";
  for (const part of parts) {
    const query = new URLSearchParams(
      part.from === 0
        ? { subject: how.subject, file_name: file.name, ...(how.source ? { source: how.source } : {}), ...(part.last ? {} : { chunked: "true" }) }
        : { offset: String(part.from), last: String(part.last) },
    );
    const path = part.from === 0 ? `/v1/imports?${query}` : `/v1/imports/${id}/chunks?${query}`;
    const report = (share: number) => progress((part.from + share * (part.to - part.from)) / Math.max(1, file.size));
    const reply = await upload<{ id: string }>(path, file.slice(part.from, part.to), { "content-type": "application/octet-stream" }, report);
    id = reply.id;
  }
  return id;
}
