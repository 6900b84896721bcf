/// Columns and what they mean, as the form shows them and as the server takes them.
export interface MapItem {
  field: string;
  column: string;
}

/// A choice per column of the header: a field, "" for nothing.
export function choices(header: string[], map: MapItem[]): string[] {
  return header.map((name, index) => map.find((item) => item.column === name || item.column === `#${index + 1}`)?.field ?? "");
}

/// The mapping for these choices. A header that stands twice is named by its place.
export function mapOf(header: string[], chosen: string[]): MapItem[] {
  return header.flatMap((name, index) => {
    const field = chosen[index];
    if (!field) return [];
    const twice = !name || header.indexOf(name) !== header.lastIndexOf(name);
    return [{ field, column: twice ? `#${index + 1}` : name }];
  });
}

/// Required fields nobody has chosen.
export function missing(fields: { name: string; required: boolean }[], chosen: string[]): string[] {
  return fields.filter((field) => field.required && !chosen.includes(field.name)).map((field) => field.name);
}

/// Fields that were chosen for more than one column.
export function doubled(chosen: string[]): string[] {
  return [...new Set(chosen.filter((field, index) => field && chosen.indexOf(field) !== index))];
}
