// docs/reference/flags.md: what every command declares to yargs, so that the page knows what `--help` knows.
import { abOptions } from '../../dist/src/cli/ab-options.js';
import { calibrateOptions } from '../../dist/src/cli/calibrate.js';
import { capacityOptions } from '../../dist/src/cli/capacity-options.js';
import { checkOptions } from '../../dist/src/cli/check-options.js';
import { compareOptions } from '../../dist/src/cli/compare-options.js';
import { doctorOptions } from '../../dist/src/cli/doctor.js';
import { historyOptions } from '../../dist/src/cli/history.js';
import { reportOptions } from '../../dist/src/cli/report.js';
import { environmentName, RUN_FLAGS } from '../../dist/src/cli/run-flags.js';
import { runOptions } from '../../dist/src/cli/run-options.js';
import { serveOptions } from '../../dist/src/cli/serve.js';
import { code, page, paragraph, table } from './markdown.mjs';

const COMMANDS = {
  run: runOptions,
  ab: abOptions,
  capacity: capacityOptions,
  check: checkOptions,
  compare: compareOptions,
  history: historyOptions,
  report: reportOptions,
  doctor: doctorOptions,
  calibrate: calibrateOptions,
  serve: serveOptions,
};

export function flagsPage() {
  const run = optionsOf(runOptions);
  const sections = Object.entries(COMMANDS).map(([name, declare]) => section(name, optionsOf(declare), run));
  return page(
    'Flags',
    `What every command takes, as \`wsurge <command> --help\` says it. Defaults stand in brackets. Every flag of run, ab,
    capacity and check is also an environment variable: \`WSURGE_\` and its name in capitals, such as
    \`${environmentName('reply-timeout')}=2s\` or \`${environmentName('strict')}=true\`. Flags win over the environment, the
    environment over the profile, and the profile over defaults.`,
    ...sections,
  );
}

function section(name, options, run) {
  const isShared = (flag) => name !== 'run' && run.has(flag) && run.get(flag).describe === options.get(flag).describe;
  const own = [...options].filter(([flag]) => !isShared(flag));
  const shared = [...options.keys()].filter(isShared);
  const parts = [
    `## wsurge ${name}`,
    table(
      ['flag', 'meaning', 'key of the profile'],
      own.map((entry) => row(...entry, name)),
    ),
  ];
  if (shared.length > 0) {
    const names = shared.map((flag) => code(`--${flag}`)).join(', ');
    parts.push(paragraph(`The same as with [run](#wsurge-run): ${names}.`));
  }
  return parts.join('\n\n');
}

function row(flag, { alias, describe }, command) {
  const names = [flag.length === 1 ? `-${flag}` : `--${flag}`, ...(alias === undefined ? [] : [`-${alias}`])];
  const key = command === 'run' ? (RUN_FLAGS[flag]?.loadKey ?? '') : '';
  return [names.map(code).join(', '), describe.replaceAll('<', '&lt;'), key === '' ? '' : code(`load[].${key}`)];
}

/** The options a command declares, by name, in their order. */
function optionsOf(declare) {
  const options = new Map();
  const add = (name, option) => options.set(name, option);
  const recorder = new Proxy(
    {},
    {
      get:
        (_, method) =>
        (...args) => {
          if (method === 'option') add(...args);
          else if (method === 'options') for (const entry of Object.entries(args[0])) add(...entry);
          else if (method === 'alias' && options.has(args[0]))
            add(args[0], { ...options.get(args[0]), alias: args[1] });
          return recorder;
        },
    },
  );
  declare(recorder);
  return new Map([...options].filter(([, { hidden }]) => hidden !== true));
}
