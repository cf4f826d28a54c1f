/** The last few KiB of what a process printed, for error messages and checks; and a watch for a text in it. */
export class OutputTail {
  readonly #limit: number;
  #text = '';
  #total = 0;
  #watches: { needle: string; found: () => void }[] = [];

  constructor(limitChars = 4096) {
    this.#limit = limitChars;
  }

  push(chunk: string): void {
    const joined = this.#text + chunk;
    // Looked for before the cut, from where an earlier chunk may have held its first part.
    this.#watches = this.#watches.filter(({ needle, found }) => {
      const from = Math.max(0, this.#text.length - needle.length + 1);
      if (joined.indexOf(needle, from) < 0) return true;
      found();
      return false;
    });
    this.#text = joined.slice(-this.#limit);
    this.#total += chunk.length;
  }

  /** Resolves when the text appears in what is kept now or printed later. */
  seen(needle: string): Promise<void> {
    if (this.#text.includes(needle)) return Promise.resolve();
    return new Promise((found) => this.#watches.push({ needle, found }));
  }

  /** The last lines, with control characters removed; empty when nothing was printed. */
  lastLines(count = 10): string {
    return plainText(this.#text).trimEnd().split('\n').slice(-count).join('\n');
  }

  /** Characters printed so far: what a later `since` starts from. */
  get mark(): number {
    return this.#total;
  }

  /** What was printed after that mark, as far as it is kept, with control characters removed. */
  since(mark: number): string {
    const count = Math.min(this.#text.length, Math.max(0, this.#total - mark));
    return count === 0 ? '' : plainText(this.#text.slice(-count));
  }
}

function plainText(text: string): string {
  return text.replace(ANSI_SEQUENCE, '').replace(CONTROL_CHARACTER, '');
}

const ESCAPE = String.fromCharCode(27);
const ANSI_SEQUENCE = new RegExp(`${ESCAPE}\\[[0-9;?]*[ -/]*[@-~]`, 'g');
const CONTROL_CHARACTER = /[^\n\t\P{Cc}]/gu;
