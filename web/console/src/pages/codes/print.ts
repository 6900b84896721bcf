/// Where the server prints sheets of codes.
export const printUrl = (ids: string[], format: "pdf" | "zip"): string => `/v1/codes:sheet?format=${format}&ids=${ids.join(",")}`;
