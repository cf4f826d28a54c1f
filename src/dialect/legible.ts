/** Bytes as text that shows all of them: `\x10\x0e\x00\x04MQTT`. */

const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What is UTF-8 stands as it is; every other byte, and control characters, as `\xNN`. */
export function legible(bytes: Buffer): string {
  return wholly(bytes) ?? inParts(bytes);
}

function wholly(bytes: Buffer): string | null {
  try {
    return withoutControls(TEXT.decode(bytes));
  } catch {
    return null; // Some of it is no UTF-8.
  }
}

/** Character by character: of what is no UTF-8, one byte at a time. */
function inParts(bytes: Buffer): string {
  let out = '';
  for (let at = 0; at < bytes.length; ) {
    const size = sizeAt(bytes[at]!);
    const text = size === 1 ? String.fromCharCode(bytes[at]!) : wholly(bytes.subarray(at, at + size));
    if (size === 0 || text === null) out += escapeOf(bytes[at++]!);
    else {
      out += withoutControls(text);
      at += size;
    }
  }
  return out;
}

/** Bytes of the character that begins with this byte; 0 if none does. */
function sizeAt(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  return text.replace(/[\x00-\x1f\x7f]/g, (control) => escapeOf(control.charCodeAt(0)));
}

function escapeOf(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}
