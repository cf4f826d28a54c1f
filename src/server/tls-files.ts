import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { messageOf, usageError } from '../errors.js';
import type { ServerSettings } from './options.js';

/** A certificate chain and its key: their paths and contents. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Null if the server speaks plain ws. Throws a WsurgeError (104) if the files cannot be read or do not match. */
export function readTlsFiles({ certFile, keyFile }: ServerSettings): TlsFiles | null {
  if (certFile === null || keyFile === null) return null;
  const files = { certFile, keyFile, cert: read('--cert', certFile), key: read('--key', keyFile) };
  try {
    createSecureContext({ cert: files.cert, key: files.key });
  } catch (error) {
    throw usageError(
      'tls_files',
      `${certFile} and ${keyFile} are not a certificate and its key: ${messageOf(error)}`,
      'give a PEM certificate (--cert) and its unencrypted PEM key (--key)',
    );
  }
  return files;
}

function read(flag: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw usageError('tls_files', `${flag} cannot be read: ${messageOf(error)}`, `check the path given to ${flag}`);
  }
}
