import { type FileHandle, open } from 'node:fs/promises';
import { codeOf } from '../errors.js';
import { reasonOf } from './store-error.js';

/**
 * What fsync reports on file systems that have no such operation (some network, FUSE and container file systems). The
 * data is written all the same, but may be lost in a power cut. Any other error is a real failure.
 */
const UNABLE: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM']);
/** A folder that may be written to but not read cannot be opened, so it cannot be synced. */
const UNABLE_TO_OPEN: ReadonlySet<string> = new Set([...UNABLE, 'EACCES', 'EISDIR']);

type Sync = (handle: Pick<FileHandle, 'sync'>) => Promise<void>;

/** Makes written data outlast a power cut, if the file system can. */
export class Durability {
  readonly #sync: Sync;
  #isTold = false;
  /** Called once, with a sentence for the user, if the file system cannot. */
  onUnable: (text: string) => void = () => undefined;

  constructor(sync: Sync = (handle) => handle.sync()) {
    this.#sync = sync;
  }

  /** Syncs an open file (or folder). Rejects if the disk reports a failure. */
  async file(handle: Pick<FileHandle, 'sync'>, file: string): Promise<void> {
    try {
      await this.#sync(handle);
    } catch (error) {
      this.#accept(error, UNABLE, file);
    }
  }

  /** Syncs a folder after a rename or after a new file was made in it. */
  async folder(folder: string): Promise<void> {
    // Windows cannot open a folder, and a rename there needs no sync.
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
    const what = 'cannot protect files against a power cut';
    this.onUnable(
      `the file system of ${file} ${what}: fsync: ${reasonOf(error)}; the results are written all the same`,
    );
  }
}

/** The one of this process. */
export const DISK = new Durability();
