export const HIDDEN = '***';
/** Shorter secrets are struck out only if they are the whole text: striking out every `1` would damage numbers. */
const PART_MIN = 4;

/** Replaces every secret in the text, the longest first. */
export function strike(text: string, secrets: readonly string[]): string {
  if (secrets.includes(text) && text !== '') return HIDDEN;
  let struck = text;
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    if (secret.length >= PART_MIN) struck = struck.replaceAll(secret, HIDDEN);
  }
  return struck;
}

/** Query values that are part of a protocol (`protocols.ts`): never a secret, and words that others use too. */
export function isOpenPair(pair: string): boolean {
  return /^(EIO=[34]|transport=(websocket|polling)|vsn=\d\.\d\.\d|protocol=\d)$/.test(pair);
}

/** Removes user-info and query values from a URL. Works on text that is not a valid URL, too. */
export function redactUrl(url: string): string {
  const [, base, query, fragment] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(url)!;
  const shownBase = base!.replace(/^([a-z][a-z0-9+.-]*:\/\/)([^/]*)@/i, `$1${HIDDEN}@`);
  const shownQuery = (query ?? '').replace(/([?&])([^&=]*)(=[^&]*)?/g, (whole, mark: string, name: string, value) => {
    if (isOpenPair(`${name}${value ?? ''}`)) return whole;
    if (value !== undefined) return `${mark}${name}=${HIDDEN}`;
    return name === '' ? whole : `${mark}${HIDDEN}`;
  });
  return `${shownBase}${shownQuery}${fragment === undefined ? '' : `#${HIDDEN}`}`;
}
