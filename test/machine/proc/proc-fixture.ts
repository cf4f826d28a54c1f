import type { ProcFiles } from '../../../src/machine/proc/proc-files.js';

/** A /proc made of texts by path; folders are what the paths imply, a text `-> x` is a link to x. */
export class FakeProc implements ProcFiles {
  readonly files = new Map<string, string>();

  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const [path, text] of Object.entries(files)) this.files.set(path, text);
  }

  readText(path: string): string | null {
    return this.files.get(path) ?? null;
  }

  list(path: string): readonly string[] | null {
    const below = [...this.files.keys()].filter((file) => file.startsWith(`${path}/`));
    const names = below.map((file) => file.slice(path.length + 1).split('/')[0]!).filter((name) => name !== '');
    return below.length === 0 ? null : [...new Set(names)];
  }

  readLink(path: string): string | null {
    const text = this.files.get(path);
    return text?.startsWith('-> ') ? text.slice(3) : null;
  }

  setProcess(process: FakeProcess): void {
    const { pid, parent = 1, group = pid, state = 'S', own = 0, waited = 0, start = 1000, rssKb = 0 } = process;
    this.files.set(
      `/proc/${pid}/stat`,
      `${pid} (node) ${state} ${parent} ${group} ${group} 0 -1 4194304 1 2 3 4 ${own} 0 ${waited} 0 20 0 7 0 ${start} 1 2 3\n`,
    );
    this.files.set(`/proc/${pid}/status`, `Name:\tnode\nVmRSS:\t  ${rssKb} kB\nThreads:\t7\n`);
  }

  end(pid: number): void {
    for (const path of [...this.files.keys()]) if (path.startsWith(`/proc/${pid}/`)) this.files.delete(path);
  }
}

/** Times in ticks. */
export interface FakeProcess {
  readonly pid: number;
  readonly parent?: number;
  readonly group?: number;
  readonly state?: string;
  readonly own?: number;
  readonly waited?: number;
  readonly start?: number;
  readonly rssKb?: number;
}
