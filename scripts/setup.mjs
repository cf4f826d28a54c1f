// Brings a checkout to the point where it runs: the packages of the lockfile, then the build.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { dist, isBuilt, root, strip } from './build.mjs';
import { withLock } from './lock.mjs';

const RETRIES = ['--fetch-retries=3', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=4000'];
const UNREACHABLE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTCACHED|SOCKET_TIMEOUT/;
const SHOWN_LINES = 12;

/** Installs and builds if needed. `say` gets one short line for each step; errors say what to do next. */
export async function makeReady(say) {
  if (isInstalled() && isBuilt()) return;
  await withLock(
    dist,
    (pid) => say(`waiting for another set-up (process ${pid})`),
    async () => {
      // Checked again, because the previous owner of the lock may have done the work.
      if (!isInstalled()) install(say);
      if (isBuilt()) return;
      say('building');
      await strip();
    },
  );
}

/**
 * Whether node_modules holds every package of the lockfile in its version. npm writes its own record last, so an
 * interrupted install has none. Packages beyond the lockfile (the optional fast server engine) are left alone.
 */
function isInstalled() {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = packagesOf(record);
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(([path, { version, optional }]) => {
    if (path === '') return true;
    if (installed[path] === undefined) return optional === true;
    return installed[path].version === version && existsSync(join(root, path, 'package.json'));
  });
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

function install(say) {
  const fastEngine = join(root, 'node_modules', 'uWebSockets.js');
  const hadFastEngine = existsSync(fastEngine);
  say('installing packages (npm ci)');
  const npm = npmCommand();
  const args = [...npm.args, 'ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', ...RETRIES];
  const result = spawnSync(npm.file, args, { cwd: root, encoding: 'utf8', shell: npm.shell });
  if (result.error !== undefined)
    throw new Error(`npm could not be started (${result.error.message}): install npm, it comes with Node`);
  if (result.status !== 0) throw new Error(explain(`${result.stdout}${result.stderr}`));
  if (hadFastEngine && !existsSync(fastEngine))
    say('npm ci removed the optional uWebSockets.js: install it again to use it');
}

/** The npm that runs this script, if any, else the npm on the PATH. */
function npmCommand() {
  const running = process.env.npm_execpath;
  if (running !== undefined && basename(running) === 'npm-cli.js') {
    return { file: process.execPath, args: [running], shell: false };
  }
  return { file: 'npm', args: [], shell: process.platform === 'win32' };
}

/** The next step, then the first lines of npm's output. The last lines are about its log and its help. */
function explain(output) {
  const said = output.split('\n').filter((line) => /^npm (error|ERR!) \S/.test(line));
  return [`npm ci failed: ${nextStep(output)}`, ...said.slice(0, SHOWN_LINES)].join('\n');
}

function nextStep(output) {
  if (UNREACHABLE.test(output))
    return 'the npm registry is out of reach; check the network or proxy, then run the same command again';
  if (output.includes('EUSAGE'))
    return 'package-lock.json does not fit package.json; run `npm install` and commit both';
  if (output.includes('ENOSPC')) return 'the disk is full';
  if (/EACCES|EPERM|EROFS/.test(output)) return 'node_modules cannot be written here; check who owns the folder';
  return 'npm says why below';
}
