import { readFileSync } from 'node:fs';

/** Path of package.json, relative to the compiled module (dist/src/machine). */
const PACKAGE_FILE = new URL('../../../package.json', import.meta.url);

/** The version in wsurge's own package.json. */
export function toolVersion(): string {
  const { version } = JSON.parse(readFileSync(PACKAGE_FILE, 'utf8')) as { version: string };
  return version;
}
