import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Little programs in a folder of their own. */
export class TempScripts {
  #folder: string | null = null;

  get folder(): string {
    this.#folder ??= mkdtempSync(join(tmpdir(), 'wsurge-target-'));
    return this.#folder;
  }

  /** Writes the program; returns its path. */
  write(name: string, source: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, source);
    return path;
  }

  remove(): void {
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = null;
  }
}
