import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A self-signed certificate for these names (`IP:127.0.0.1`, `DNS:localhost`), made by openssl, which has to be there. */
export function selfSigned(names: string): Certificate {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'wsurge-cert-'));
  const [keyFile, certFile] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', keyFile, '-out', certFile];
  try {
    execFileSync(
      'openssl',
      [...request, ...files, '-days', '2', '-subj', '/CN=wsurge test', '-addext', `subjectAltName=${names}`],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  } catch (error) {
    throw new Error('these tests need openssl (any 1.1.1 or 3.x) on the PATH to make a certificate', { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
