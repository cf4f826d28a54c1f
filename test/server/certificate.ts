import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A self-signed certificate for localhost and 127.0.0.1, valid for a hundred years. It protects nothing: tests only. */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUKHI6oOXMBaUjKgj0H0qROAcOysMwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDAxNDMxMVoYDzIxMjYxMDMx
MDE0MzExWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATqKYVwxl6nNY63ccn7o6N4gBOfZW5dOB8rCgPI4RXieEFPYmlZnIen
lNV+MBcD6tc0pajiecNY4I46spMX+bCPo28wbTAdBgNVHQ4EFgQUxZXWFXV9Ptxl
5E7EFODMslvTimIwHwYDVR0jBBgwFoAUxZXWFXV9Ptxl5E7EFODMslvTimIwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgfi4BS0a6BPKsvlUBkKBS2lXLw2RP+06rriYiTu2zFtACIQD5
EJeYYVyhKrGZT3g7vq/9m33e5Pu5pPpYmiOTDOz8hA==
-----END CERTIFICATE-----
`;

export const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzgTatBYSVynllZaT
eniNNZMogsYIc04Nf28B71WnVUGhRANCAATqKYVwxl6nNY63ccn7o6N4gBOfZW5d
OB8rCgPI4RXieEFPYmlZnIenlNV+MBcD6tc0pajiecNY4I46spMX+bCP
-----END PRIVATE KEY-----
`;

/** The key of some other certificate. */
export const OTHER_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgklmga+Ps0rPXrkC7
GEbxaINF8ssaiS+g0U005RUsEkChRANCAATCHqiUI42dnfSObiCx1L0/T+fSXWEW
IwT9MUvZ9/9OoCwecD7U/P701zF/PI0+IkulowE23WbHTPXQuAQUj4no
-----END PRIVATE KEY-----
`;

/** Writes the texts into a folder of their own; `remove` takes it away. */
export function writeFiles(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'wsurge-server-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return {
    path: (name: string) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
