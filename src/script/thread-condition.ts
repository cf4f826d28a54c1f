/**
 * Where a script imports `wsurge`, its thread loads `defineScript` alone: a key of `exports` in package.json. The whole
 * library would take a thread six times as long as all else that it does to start.
 */
const SCRIPT_CONDITION = '--conditions=wsurge-worker';

/** Options of Node that say how modules are loaded. A thread refuses most others, above all those of V8. */
const OF_MODULES = /^(--import|--require|-r|--conditions|-C|--loader|--experimental-loader|--enable-source-maps)(=|$)/;
const TAKES_NEXT = new Set(['--import', '--require', '-r', '--conditions', '-C', '--loader', '--experimental-loader']);

/** The options of a thread that loads a script. `execArgv`: those of this process; what is about modules is kept. */
export function scriptThreadOptions(execArgv: readonly string[] = process.execArgv): string[] {
  const kept: string[] = [];
  for (let at = 0; at < execArgv.length; at++) {
    const option = execArgv[at]!;
    if (!OF_MODULES.test(option)) continue;
    kept.push(option);
    if (TAKES_NEXT.has(option) && at + 1 < execArgv.length) kept.push(execArgv[++at]!);
  }
  return [...kept, SCRIPT_CONDITION];
}
