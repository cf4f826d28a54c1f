/** Markdown, as far as the tests of the documents need to read it. */

/** Every page of the project by path; golden files of tests are none. */
export function pagesOf(files: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...files].filter(([path]) => path.endsWith('.md') && !path.startsWith('test/')));
}

const FENCED = /^```.*\n[\s\S]*?^```$/gm;

export function withoutFences(text: string): string {
  return text.replace(FENCED, '');
}

/** Where the links of a page point to, as written. */
export function linksOf(text: string): string[] {
  const prose = withoutFences(text).replace(/`[^`\n]+`/g, 'code');
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map((match) => match[1]!);
}

/** The anchors that GitHub gives the headings of a page. */
export function anchorsOf(text: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutFences(text).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => {
    const anchor = heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

export interface Block {
  /** `README.md:12` */
  readonly place: string;
  readonly text: string;
}

/** Fenced blocks of one language, over all pages. */
export function blocksOf(pages: ReadonlyMap<string, string>, language: string): Block[] {
  return [...pages].flatMap(([path, text]) =>
    [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
      .filter((match) => match[1] === language)
      .map((match) => ({ place: `${path}:${text.slice(0, match.index).split('\n').length}`, text: match[2]! })),
  );
}

/** Every line of a page that begins with `wsurge` or `npx wsurge`, in shell blocks and indented ones. */
export function commandLinesOf(pages: ReadonlyMap<string, string>): Block[] {
  const shell = blocksOf(pages, 'sh');
  const indented = [...pages].flatMap(([path, text]) =>
    [...withoutFences(text).matchAll(/^ {4}(\S.*)$/gm)].map((match) => ({ place: path, text: match[1]! })),
  );
  return [...shell, ...indented].flatMap(({ place, text }) =>
    text
      .replaceAll('\\\n', ' ')
      .split('\n')
      .map((line) => line.trim().replace(/^npx /, ''))
      .filter((line) => line.startsWith('wsurge '))
      .map((line) => ({ place, text: line })),
  );
}

/** The words of a shell line: quotes taken off, a comment or what follows `||`, `|` or `>` left out. */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [, double, single, bare] of line.matchAll(/"([^"]*)"|'([^']*)'|((?:[^\s'"]|(?<=[^\s])'[^']*')+)/g)) {
    if (bare !== undefined && /^(#.*|\|\|?|>)$/.test(bare)) break;
    words.push(double ?? single ?? bare!.replaceAll("'", ''));
  }
  return words;
}
