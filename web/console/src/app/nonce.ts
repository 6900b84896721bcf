/// The nonce of the server's Content-Security-Policy. In `npm run dev` its mark stays in the page and there is no policy.
const mark = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content;
export const nonce = mark === "__CSP_NONCE__" ? undefined : mark; // a nonce may well begin with "__"

/// antd passes the nonce to its own styles, but helpers below it (scroll bar measuring, scroll locks) make <style>
/// elements without one. Every style element made here gets it.
export function nonceStyles(): void {
  if (!nonce) return;
  const make = document.createElement.bind(document);
  document.createElement = ((tag: string, options?: ElementCreationOptions) => {
    const made = make(tag, options);
    if (made instanceof HTMLStyleElement) made.nonce = nonce;
    return made;
  }) as typeof document.createElement;
}
