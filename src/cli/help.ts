import { EXIT, EXIT_MEANINGS } from '../errors.js';
import { COMMANDS } from './flags/commands.js';
import {
  type CommandSpec,
  type Example,
  environmentName,
  FLAG_GROUPS,
  type Flag,
  isOnByDefault,
} from './flags/flag.js';

const COLUMNS = 80;
const FLAG_WIDTH = 30;
const NAME_WIDTH = 12;

const INTRO = 'wsurge: WebSocket load with numbers that say whether they can be trusted';

/** Examples for a newcomer. Every line works in an empty folder, given that its server is there. */
const EXAMPLES: readonly Example[] = [
  { line: 'wsurge run report', does: 'the concurrency and benchmark tables' },
  { line: 'wsurge run ws://127.0.0.1:9001/ -c 100 -R 1000 -d 30s', does: '100 connections, 1,000 msg/s in total' },
  { line: 'wsurge run report --target wss://staging.example.com/ws', does: 'the same tables, of your server' },
  { line: 'wsurge run matrix --dry-run', does: 'what would run; sends nothing' },
  { line: 'wsurge check ws://127.0.0.1:9001/ --quick', does: 'does the server work at all?' },
  {
    line: "wsurge ab --a 'node old/server.js' --b 'node new/server.js' --target ws://127.0.0.1:9001/ smoke",
    does: 'is B slower than A?',
  },
  { line: 'wsurge capacity --axis rate', does: 'how much a server takes' },
  { line: 'wsurge init ws://127.0.0.1:9001/ --ci github', does: 'a profile of your own, and a CI file' },
];

/** The text of `wsurge --help`: examples first, exit codes last. */
export function generalHelp(): string {
  const commands = COMMANDS.map(({ name, summary }) => entry(name, summary, NAME_WIDTH));
  const names = Object.keys(EXIT) as (keyof typeof EXIT)[];
  const codes = names.map((name) => entry(String(EXIT[name]), EXIT_MEANINGS[name].means, 5));
  return [
    INTRO,
    '',
    'Usage: wsurge <command> [flags]',
    '',
    'Examples:',
    ...EXAMPLES.map(exampleText),
    '',
    'Commands:',
    ...commands,
    '',
    '`wsurge <command> --help` shows examples and every flag of a command.',
    '`wsurge --version` shows the version. Every flag of a command that measures is',
    `also a variable: --reply-timeout is ${environmentName('reply-timeout')}.`,
    '',
    'Exit codes, the earlier wins:',
    ...codes,
  ].join('\n');
}

/** The text of `wsurge <command> --help`. `more`: text of the command's own code, printed last. */
export function commandHelp(spec: CommandSpec, more = ''): string {
  const { name, summary, positionals, notes = [] } = spec;
  const usage = ['wsurge', name, ...positionals.map((one) => `[${one.name}${one.many ? '...' : ''}]`), '[flags]'];
  const groups = FLAG_GROUPS.flatMap((group) => {
    const flags = Object.entries(spec.flags).filter(([, flag]) => flag.group === group && !flag.hidden);
    return flags.length === 0 ? [] : ['', `${group}:`, ...flags.map(([flag, facts]) => flagText(flag, facts))];
  });
  const help = entry('-h, --help', 'Show this help', FLAG_WIDTH);
  return [
    `wsurge ${name}: ${summary}`,
    '',
    `Usage: ${usage.join(' ')}`,
    ...positionals.map((one) => entry(one.name, one.describe, NAME_WIDTH)),
    '',
    'Examples:',
    ...spec.examples.map(exampleText),
    ...groups,
    '',
    'Help:',
    help,
    ...(notes.length === 0 ? [] : ['', ...notes.flatMap((note) => wrapped(note, COLUMNS))]),
    ...(more === '' ? [] : ['', more]),
  ].join('\n');
}

function flagText(name: string, flag: Flag): string {
  const { alias, type, value, describe } = flag;
  const long = isOnByDefault(flag) ? `--no-${name}` : `--${name}`;
  const kind = type === 'switch' ? '' : type === 'port' ? ` [${value}]` : ` <${value}>`;
  const usual = flag.default === undefined || type === 'switch' ? '' : ` [${flag.default}]`;
  return entry(`${alias === undefined ? '    ' : `-${alias}, `}${long}${kind}`, `${describe}${usual}`, FLAG_WIDTH);
}

function exampleText({ line, does }: Example): string {
  const [left, right] = [`  ${line}`, does];
  return left.length + 2 + right.length <= COLUMNS ? `${left}  ${right}` : `${left}\n      ${right}`;
}

/** A name and its meaning with a hanging indent. A long name has its meaning on the next line. */
function entry(name: string, text: string, width: number): string {
  const indent = ' '.repeat(width + 2);
  const lines = wrapped(text, COLUMNS - indent.length).map((line) => `${indent}${line}`);
  const head = `  ${name}`;
  if (head.length + 1 > indent.length) return [head, ...lines].join('\n');
  return [`${head.padEnd(indent.length)}${lines[0]!.slice(indent.length)}`, ...lines.slice(1)].join('\n');
}

function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
