/** The last few KiB that a process printed, for error messages. Also watches for a text. */
export class OutputTail {
  readonly #limit: number;
  #text = '';
  #watches: { needle: string; found: () => void }[] = [];

  constructor(limitChars = 4096) {
    this.#limit = limitChars;
  }

  push(chunk: string): void {
    const joined = this.#text + chunk;
    // Search before cutting, from where an earlier chunk may hold the first part of the text.
    this.#watches = this.#watches.filter(({ needle, found }) => {
      const from = Math.max(0, this.#text.length - needle.length + 1);
      if (joined.indexOf(needle, from) < 0) return true;
      found();
      return false;
    });
    this.#text = joined.slice(-this.#limit);
  }

  /** Resolves when the text is in what is kept now, or is printed later. */
  seen(needle: string): Promise<void> {
    if (this.#text.includes(needle)) return Promise.resolve();
    return new Promise((found) => this.#watches.push({ needle, found }));
  }

  /** The last lines without control characters; empty if nothing was printed. */
  lastLines(count = 10): string {
    const plain = this.#text.replace(ANSI_SEQUENCE, '').replace(CONTROL_CHARACTER, '');
    return plain.trimEnd().split('\n').slice(-count).join('\n');
  }
}

const ESCAPE = String.fromCharCode(27);
const ANSI_SEQUENCE = new RegExp(`${ESCAPE}\\[[0-9;?]*[ -/]*[@-~]`, 'g');
const CONTROL_CHARACTER = /[^\n\t\P{Cc}]/gu;
