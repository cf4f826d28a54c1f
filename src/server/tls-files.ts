import { readFileSync } from 'node:fs';
import { messageOf, usageError } from '../errors.js';
import type { ServerSettings } from './options.js';

/** Certificate and key, as files and as text; null where the server speaks plain ws. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/** Reads the certificate and key named in the settings. Throws 104 where one cannot be read. */
export function readTlsFiles({ certFile, keyFile }: ServerSettings): TlsFiles | null {
  if (certFile === null || keyFile === null) return null;
  return { certFile, keyFile, cert: read(certFile, '--cert'), key: read(keyFile, '--key') };
}

function read(file: string, flag: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw usageError('tls_file_unreadable', `cannot read ${flag} ${file}: ${messageOf(error)}`, 'give a PEM file');
  }
}
