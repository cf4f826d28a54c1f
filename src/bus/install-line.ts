import path from 'node:path';

const PACKAGE = '@nats-io/transport-node';

/**
 * How to install the optional package so that this wsurge finds it: beside itself, wherever that is. `file`: one of its
 * own files.
 */
export function installLine(file: string): string {
  const parts = file.split(path.sep);
  const at = parts.lastIndexOf('node_modules');
  // A clone: npm puts it beside the other packages.
  if (at < 0) return `npm install ${PACKAGE}, in the folder of wsurge`;
  const folder = parts.slice(0, at).join(path.sep);
  if (parts.includes('_npx')) return `npx -p wsurge -p ${PACKAGE} wsurge, in place of npx wsurge`;
  // npm keeps global packages in lib/node_modules of its prefix; on Windows in that of npm itself.
  if (parts[at - 1] === 'lib' || parts[at - 1] === 'npm') return `npm install -g ${PACKAGE}`;
  return `npm install ${PACKAGE}, in ${folder}, where this wsurge is installed`;
}
