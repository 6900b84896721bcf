/// Where the server prints sheets of codes.
export const printUrl = (ids: string[], format: "pdf" | "zip"): string => `/v1/codes:sheet?format=${format}&ids=${ids.join(",")}`;
/// All of a folder: an address holds some four hundred ids.
export const printFolderUrl = (folder: string, format: "pdf" | "zip"): string => `/v1/codes:sheet?format=${format}&folder=${encodeURIComponent(folder)}`;
