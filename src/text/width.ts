/** How wide text is on a terminal, and text fitted into columns. Expects sanitized text: one line, no escapes. */

const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const MARK = /\p{M}/u;

/** Columns one character takes: 2 for East Asian wide and emoji, 0 for combining marks. */
function widthOf(character: string): number {
  if (character < '\u0300') return 1;
  if (MARK.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** `text` filled with spaces up to `width` columns; longer text stays as it is. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + space : space + text;
}

/** Lines of at most `width` columns, broken at spaces where there are any; at least one line. `width` of at least 2. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((word) => pieces(word, width))) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (displayWidth(joined) <= width) {
      line = joined;
    } else {
      lines.push(line);
      line = word;
    }
  }
  lines.push(line);
  return lines;
}

/** The start of `text` in at most `width` columns; a cut is marked with `…`. */
export function clip(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 2) return width < 1 ? '' : '…';
  return `${pieces(text, width - 1)[0] ?? ''}…`;
}

/** Where a part of a sentence ends: at its punctuation, or before a bracket. */
const PART_END = /[;,:](?= )| (?=\()/g;
/** Where a word ends, and no figure is torn from its unit. */
const WORD_END = /(?<!\d) (?=\S)/g;

/**
 * `text` in at most `most` lines of at most `width` columns. A longer text ends in ` …` where a part ends, or at the
 * end of a word where no part ends on the last line; never inside a word or a figure.
 */
export function clipLines(text: string, width: number, most: number): string[] {
  const lines = wrap(text, width);
  if (lines.length <= most) return lines;
  for (const end of [PART_END, WORD_END]) {
    for (const { index } of [...text.slice(0, width * most + 1).matchAll(end)].reverse()) {
      const cut = wrap(`${text.slice(0, index)} …`, width);
      if (cut.length < most) break;
      if (cut.length === most) return cut;
    }
  }
  return [...lines.slice(0, most - 1), clip(`${lines[most - 1]!}…`, width)];
}

/** The first parts of `text` that fit `width` columns, then `…`. A part too long for that is cut at a word. */
export function clipParts(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  const fits = text.slice(0, (pieces(text, Math.max(2, width - 2))[0] ?? '').length + 1);
  const part = [...fits.matchAll(PART_END)].at(-1)?.index ?? 0;
  const end = displayWidth(fits.slice(0, part)) > width / 2 ? part : fits.lastIndexOf(' ');
  return end <= 0 ? clip(text, width) : `${fits.slice(0, end).trimEnd()} …`;
}

/** A word in pieces no wider than `width`. */
function pieces(word: string, width: number): string[] {
  const found: string[] = [];
  let piece = '';
  let used = 0;
  for (const character of word) {
    const own = widthOf(character);
    if (used + own > width) {
      found.push(piece);
      piece = '';
      used = 0;
    }
    piece += character;
    used += own;
  }
  found.push(piece);
  return found;
}
