/** Errors of result files, each with a next step. */
import { codeOf, EXIT, messageOf, usageError, WsurgeError } from '../errors.js';

/** The results folder cannot be made. Found before any load: exit 104. */
export function notWritable(folder: string, error: unknown): WsurgeError {
  return usageError(
    'results_not_writable',
    `cannot write results to ${folder}: ${reasonOf(error)}`,
    'choose another folder with -o <folder>, or make this one writable',
  );
}

/** A write failed during or after a run, so results are lost: exit 1. */
export function writeFailed(file: string, error: unknown): WsurgeError {
  if (error instanceof WsurgeError) return error;
  const next = ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '')
    ? 'free some space, or choose another disk with -o <folder>'
    : 'choose another folder with -o <folder>';
  return new WsurgeError(EXIT.internal, 'results_write_failed', `cannot write ${file}: ${reasonOf(error)}`, {
    next,
    cause: error,
  });
}

/** Line ends are removed from texts out of a file, so that they cannot look like lines printed by wsurge. */
const LINE_ENDS = /[\r\n\u0085\u2028\u2029]+/g;

/** A file of a run is missing, cut off, or not what its name says: exit 104. */
export function unreadable(file: string, what: string, cause?: unknown): WsurgeError {
  return new WsurgeError(EXIT.usage, 'results_unreadable', `${file}: ${what.replace(LINE_ENDS, ' ')}`, {
    next: 'name the folder of a finished run, e.g. results/2026-11-24T10-15-30Z-report',
    ...(cause === undefined ? {} : { cause }),
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'part of the path is a file, not a folder',
  ENOENT: 'there is no such file or folder',
  EEXIST: 'there is a file of that name',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the path is too long',
  EISDIR: 'it is a folder',
};

export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  const reason = code === null ? undefined : REASONS[code];
  return reason === undefined ? messageOf(error) : `${reason} (${code})`;
}
