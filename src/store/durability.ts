import { type FileHandle, open } from 'node:fs/promises';
import { codeOf } from '../errors.js';
import { reasonOf } from './store-error.js';

/**
 * What fsync gives on file systems that have no such thing: some of networks, FUSE and containers. Written is written all
 * the same, only that a power cut may take it. Any other failure is one.
 */
const UNABLE: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM']);
/** A folder that may be written to but not read cannot be opened to be synced. */
const UNABLE_TO_OPEN: ReadonlySet<string> = new Set([...UNABLE, 'EACCES', 'EISDIR']);

type Sync = (handle: Pick<FileHandle, 'sync'>) => Promise<void>;

/** Makes what was written last through a power cut, where the file system can. */
export class Durability {
  readonly #sync: Sync;
  #isTold = false;
  /** Told once, in a sentence, where it cannot. */
  onUnable: (text: string) => void = () => undefined;

  constructor(sync: Sync = (handle) => handle.sync()) {
    this.#sync = sync;
  }

  /** What was written to an open file (or a folder). Rejects where the disk says that it failed. */
  async file(handle: Pick<FileHandle, 'sync'>, file: string): Promise<void> {
    try {
      await this.#sync(handle);
    } catch (error) {
      this.#accept(error, UNABLE, file);
    }
  }

  /** A rename, or a new file, in the folder. */
  async folder(folder: string): Promise<void> {
    // Windows cannot open a folder; there a rename needs no help.
    if (process.platform === 'win32') return;
    let handle: FileHandle;
    try {
      handle = await open(folder, 'r');
    } catch (error) {
      this.#accept(error, UNABLE_TO_OPEN, folder);
      return;
    }
    try {
      await this.file(handle, folder);
    } finally {
      await handle.close();
    }
  }

  #accept(error: unknown, codes: ReadonlySet<string>, file: string): void {
    if (!codes.has(codeOf(error) ?? '')) throw error;
    if (this.#isTold) return;
    this.#isTold = true;
    const what = 'cannot make sure that files outlast a power cut';
    this.onUnable(`the file system of ${file} ${what}: fsync: ${reasonOf(error)}; results are written all the same`);
  }
}

/** That of this process. */
export const DISK = new Durability();
