// docs/reference/flags.md: the flag tables of all commands, of which `--help` is made as well.
import { COMMANDS } from '../../dist/src/cli/flags/commands.js';
import { dashed, environmentName, isOnByDefault } from '../../dist/src/cli/flags/flag.js';
import { RUN_FLAGS } from '../../dist/src/cli/flags/run.js';
import { code, page, paragraph, table } from './markdown.mjs';

export function flagsPage() {
  return page(
    'Flags',
    `What every command takes, as \`wsurge <command> --help\` says it. Nearly every flag is also an environment variable:
    \`WSURGE_\` and its name in capitals, such as \`${environmentName('reply-timeout')}=2s\` or
    \`${environmentName('strict')}=true\`. Flags win over the environment, the environment over the profile, and the profile
    over defaults. A variable that sets no flag is named in a warning. Without a variable are all flags of serve, which run
    starts with its own environment, and those marked "flag only".`,
    ...COMMANDS.filter(({ flags }) => Object.keys(flags).length > 0).map(section),
  );
}

function section({ name: command, flags, refused = {} }) {
  const isShared = (name) => command !== 'run' && RUN_FLAGS[name]?.describe === flags[name].describe;
  const own = Object.entries(flags).filter(([name]) => !isShared(name));
  const shared = Object.keys(flags).filter(isShared);
  const rows = own.map(([name, flag]) => row(name, flag, command));
  const parts = [`## wsurge ${command}`];
  const head = ['flag', 'value', 'meaning', 'default'];
  if (rows.length > 0) parts.push(table(command === 'run' ? [...head, 'key of a load'] : head, rows));
  if (shared.length > 0) parts.push(paragraph(`The same as with [run](#wsurge-run): ${list(shared)}.`));
  const left = Object.keys(refused);
  if (left.length > 0) parts.push(paragraph(`Flags of run that are refused: ${list(left)}.`));
  return parts.join('\n\n');
}

const list = (names) => names.map((name) => code(`--${name}`)).join(', ');

function row(name, flag, command) {
  const { alias, value, describe, variable, loadKey } = flag;
  const isOn = isOnByDefault(flag);
  const names = [isOn ? `--no-${name}` : `--${name}`, ...(alias === undefined ? [] : [dashed(alias)])];
  const meaning = variable === false && command !== 'init' ? `${describe} (flag only)` : describe;
  const usual = flag.default === undefined || isOn ? '' : code(flag.default);
  const kind = value === undefined ? '' : value;
  const cells = [names.map(code).join(', '), escaped(kind), escaped(meaning), usual];
  return command === 'run' ? [...cells, loadKey === undefined ? '' : code(loadKey)] : cells;
}

function escaped(text) {
  return text.replaceAll('<', '&lt;');
}
