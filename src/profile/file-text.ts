/** The content of a file: text if it was read as text, else its bytes. */
export type FileContent = string | Uint8Array;
/** Reads a file. Throws if it cannot. */
export type ReadFile = (path: string) => FileContent;

/** The file is not UTF-8 text. The message says what it is and how to correct it. */
export class NotText extends Error {}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** The text of a UTF-8 file, without a byte order mark. Throws `NotText`; never replaces bytes silently. */
export function textOf(content: FileContent): string {
  if (typeof content === 'string') return content.replace(/^\ufeff/, '');
  const wide = wideEncoding(content);
  if (wide !== null) throw new NotText(`it is ${wide}: save it as UTF-8`);
  try {
    return strictUtf8.decode(content);
  } catch {
    throw new NotText(`it is not UTF-8 text (byte ${firstInvalidByte(content)}): save it as UTF-8`);
  }
}

export function bytesOf(content: FileContent): Buffer {
  return typeof content === 'string' ? Buffer.from(content, 'utf8') : Buffer.from(content);
}

/** UTF-16 or UTF-32, recognised by the byte order mark or by the zero bytes beside the first letters. */
function wideEncoding(bytes: Uint8Array): string | null {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'UTF-32' : 'UTF-16';
  if (a === 0xfe && b === 0xff) return 'UTF-16';
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 'UTF-32';
  const isZero = (byte: number | undefined) => byte === 0;
  if (bytes.length < 4 || isZero(a) === isZero(b) || isZero(c) === isZero(d) || isZero(a) !== isZero(c)) return null;
  return 'UTF-16 without a byte order mark';
}

/** Counted from 1. The first byte that changes when the text is decoded and encoded again. */
function firstInvalidByte(bytes: Uint8Array): number {
  const again = Buffer.from(Buffer.from(bytes).toString('utf8'), 'utf8');
  let at = 0;
  while (at < bytes.length && bytes[at] === again[at]) at++;
  return at + 1;
}
