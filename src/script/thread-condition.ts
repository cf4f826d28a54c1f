/**
 * Where a script imports `wsurge`, its thread loads `defineScript` alone: a key of `exports` in package.json. The whole
 * library would take a thread six times as long as all else that it does to start.
 */
export const SCRIPT_CONDITION = '--conditions=wsurge-worker';
