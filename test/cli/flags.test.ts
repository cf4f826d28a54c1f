/** What holds for the tables of all commands, and for what is made of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { completions } from '../../src/cli/completion.js';
import { COMMANDS, commandNamed } from '../../src/cli/flags/commands.js';
import { environmentName, FLAG_GROUPS } from '../../src/cli/flags/flag.js';
import { commandHelp } from '../../src/cli/help.js';
import { readFlags } from '../../src/cli/options/flag-values.js';
import { splitArguments } from '../../src/cli/options/split-arguments.js';
import { warningsBefore } from '../../src/cli/warnings.js';
import { runCli } from '../e2e/run-cli.js';

describe('the flags of every command', () => {
  for (const spec of COMMANDS) {
    const flags = Object.entries(spec.flags);

    it(`${spec.name}: have a group, a kind of value, and an alias of their own`, () => {
      const aliases = flags.flatMap(([, { alias }]) => alias ?? []);
      assert.equal(new Set(aliases).size, aliases.length);
      for (const [name, { group, type, value, default: usual }] of flags) {
        assert.ok(FLAG_GROUPS.includes(group), name);
        assert.equal(value !== undefined, type !== 'switch', `${name}: a switch alone has no value`);
        if (type === 'switch') assert.ok(usual === undefined || usual === 'on', name);
      }
    });

    it(`${spec.name}: stand in its help, which fits 80 columns, with examples first`, () => {
      const help = commandHelp(spec);
      for (const [name, { hidden }] of flags) {
        assert.equal(new RegExp(`^ .*--(no-)?${name}\\b`, 'm').test(help), !hidden, name);
      }
      for (const name of Object.keys(spec.refused ?? {})) assert.doesNotMatch(help, new RegExp(`--(no-)?${name}\\b`));
      const long = help.split('\n').filter((line) => line.length > 80 && !line.startsWith('  wsurge '));
      assert.deepEqual(long, []);
      assert.ok(help.indexOf('Examples:') < help.indexOf('--help'));
      assert.doesNotMatch(help, /\[string\]|\[boolean\]|profiles\//);
    });

    it(`${spec.name}: its examples are command lines without a slip`, () => {
      for (const { line } of spec.examples) {
        const words = wordsOf(line, spec.name);
        if (words === null) continue;
        const values = readFlags(spec, splitArguments(words, spec), {});
        for (const [name, { type }] of flags) {
          if (type === 'switch') values.switch(name);
          else if (type === 'port') values.port(name);
          else values.list(name);
        }
        assert.deepEqual(values.problems, [], line);
      }
    });
  }
});

describe('every command', () => {
  for (const spec of COMMANDS) {
    const { name: command, flags, variables } = spec;
    const names = Object.keys(flags);

    it(`${command}: refuses a flag that it does not have, and names the one that was meant, or its help`, async () => {
      const meant = names.find((name) => name.length > 3);
      const typed = meant === undefined ? 'jsno' : swapped(meant);
      const { code, stderr } = await runCli([command, `--${typed}`]);
      assert.equal(code, 104, stderr);
      assert.match(stderr, new RegExp(`^ {2}--${typed}: is not a flag of ${command}\n`, 'm'));
      const hint = meant === undefined ? `wsurge ${command} --help lists them` : `did you mean "--${meant}"\\?`;
      assert.match(stderr, new RegExp(`^ {4}${hint}$`, 'm'));
    });

    it(`${command}: reads each flag from its variable, unless its table says that it has none`, () => {
      for (const [name, { type, variable }] of Object.entries(flags)) {
        const text = type === 'switch' ? 'true' : type === 'port' ? '8080' : 'some text';
        const values = readFlags(spec, { _: [] }, { [environmentName(name)]: text });
        const isRead = variables !== false && variable !== false;
        const value = type === 'switch' ? values.switch(name)?.value : values.list(name)[0]?.value;
        assert.equal(value, isRead ? (type === 'switch' ? true : text) : undefined, name);
        assert.deepEqual(values.problems, []);
      }
    });

    it(`${command}: names a variable that sets no flag, unless it reads none`, () => {
      const warnings = warningsBefore(spec, {}, { env: { WSURGE_DURATON: '1s', WSURGE_DURATION: '1s' }, cwd: '/' });
      const expected = /WSURGE_DURATON sets no flag and is ignored; did you mean WSURGE_DURATION\?/;
      assert.equal(warnings.length, variables === false ? 0 : 1);
      for (const warning of warnings) assert.match(warning, expected);
    });
  }
});

/** `connections` as `ocnnections`. */
function swapped(name: string): string {
  return `${name[1]}${name[0]}${name.slice(2)}`;
}

describe('the examples of help', () => {
  // Two folders with a build each are the user's own.
  const lines = ['run', 'ab', 'capacity'].flatMap((name) =>
    commandNamed(name)!
      .examples.filter(({ line }) => !line.includes('--start'))
      .map(({ line }) => [name, line] as const),
  );
  for (const [name, line] of lines) {
    it(`works in an empty folder: ${line}`, async () => {
      const { code, stderr } = await runCli([name, ...wordsOf(line, name)!, '--dry-run']);
      assert.equal(code, 0, stderr);
    });
  }
});

/** The words after `wsurge NAME`, as a shell would split them; null for a line that begins with something else. */
function wordsOf(line: string, name: string): string[] | null {
  const before = `wsurge ${name}`;
  if (!line.startsWith(before)) return null;
  const end = / > | \| /.exec(line)?.index ?? line.length;
  return [...line.slice(before.length, end).matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
}

describe('what is wrong on a command line', () => {
  const slips: readonly [words: readonly string[], says: RegExp][] = [
    [['rn'], /there is no command "rn"\n {2}try: did you mean "run"\?/],
    [['zzzzzz'], /there is no command "zzzzzz"\n {2}try: wsurge run, wsurge check/],
    [['--json', 'rn'], /there is no command "rn"[\s\S]*did you mean "run"/],
    [['--nope'], /no command is named before "--nope"/],
    [['help', 'rn'], /did you mean "run"/],
    [['history'], /wsurge history: needs to know what to do\n {4}one of: add, check, show/],
    [['history', 'chek'], /"chek": is nothing history can do\n {4}did you mean "check"\?/],
    [['history', 'check', '--margn', 'p50=5%'], /--margn: is not a flag of history\n {4}did you mean "--margin"\?/],
    [['report', '--fromat', 'md'], /--fromat: is not a flag of report\n {4}did you mean "--format"\?/],
    [['calibrate', '--jsn'], /--jsn: is not a flag of calibrate\n {4}did you mean "--json"\?/],
    [['doctor', '-c', 'abc'], /--connections: "abc" is none\n {4}a count from 1/],
    [['doctor', 'now'], /"now": is one argument too many/],
    [['serve', '--prot', '1'], /--prot: is not a flag of serve\n {4}did you mean "--port"\?/],
    [['compare'], /wsurge compare: needs two runs\n {4}wsurge compare results\/A/],
    [['ab'], /--a: names no build\n {4}wsurge ab --a/],
    [['ab', '--a', 'x', '--b', 'y'], /wsurge ab: needs to know where the builds listen\n {4}e\.g\. --target ws:/],
    [
      ['ab', '--a', 'x', '--b', 'y', 'smoke', '--format', 'csv'],
      /--format: does not go with ab: a comparison always writes the same files/,
    ],
    [['capacity', '--dashboard'], /--dashboard: does not go with capacity: a search shows its table/],
    [['run', 'smok'], /smok: cannot be read \(ENOENT\)\n {4}did you mean "smoke", which ships with wsurge\?/],
    [['profiles', 'smok'], /no profile "smok" ships with wsurge\n {2}try: did you mean "smoke"\?/],
    [['schema'], /wsurge schema: needs the name of a schema\n {4}one of: profile,/],
    [['completion', 'bsh'], /"bsh": is no shell that is known\n {4}did you mean "bash"\?/],
    [['init', '--ci', 'gihub'], /--ci: "gihub" is no CI that is known\n {4}did you mean "github"\?/],
    [['init', 'http://x/'], /use ws:\/\/ instead of http:\/\//],
    [['init', 'x.yaml'], /"x\.yaml": is no URL\n {4}write it like ws:/],
  ];
  for (const [words, says] of slips) {
    it(words.join(' '), async () => {
      const { code, stderr } = await runCli(words);
      assert.match(stderr, says);
      assert.equal(code, 104);
    });
  }
});

describe('WSURGE_* variables', () => {
  it('set the flags of every command that has them, and no other flag', async () => {
    const low = await runCli(['doctor', '--json'], { env: { WSURGE_CONNECTIONS: '7' } });
    assert.equal((JSON.parse(low.stdout) as { connections: number }).connections, 7);
    const { stdout } = await runCli(['profiles'], { env: { WSURGE_JSON: '1' } });
    assert.equal(Array.isArray(JSON.parse(stdout)), true);
    const serve = commandNamed('serve')!;
    assert.equal(readFlags(serve, { _: [] }, { WSURGE_PORT: '1' }).text('port'), null);
    assert.equal(readFlags(commandNamed('compare')!, { _: [] }, { WSURGE_OUTPUT: 'x' }).text('output'), null);
  });

  it('are named where no flag answers to them, with what was probably meant', async () => {
    const env = { WSURGE_DURATON: '1s', WSURGE_AXIS: 'rate', WSURGE_REQUIRE_TOOLS: '1', OTHER: 'x' };
    const { stderr, code } = await runCli(['run', 'smoke', '--dry-run'], { env });
    assert.equal(code, 0);
    assert.match(
      stderr,
      /^wsurge: the variable WSURGE_DURATON sets no flag and is ignored; did you mean WSURGE_DURATION\?$/m,
    );
    assert.doesNotMatch(stderr, /WSURGE_(AXIS|REQUIRE)/);
    assert.equal(environmentName('reply-timeout'), 'WSURGE_REPLY_TIMEOUT');
  });
});

describe('switches that are not needed', () => {
  for (const [command, args] of [
    ['compare', ['nowhere', 'nowhere']],
    ['history', ['check', '--file', 'nowhere']],
    ['ab', ['--aa', '--a', 'ws://127.0.0.1:9/', '--dry-run', '-c', '1', '-R', '1']],
    ['capacity', ['ws://127.0.0.1:9/', '--dry-run', '--axis', 'rate']],
  ] as const) {
    it(`${command} takes --strict and --lenient, and says that they change nothing`, async () => {
      const plain = await runCli([command, ...args]);
      const given = await runCli([command, ...args, '--strict', '--lenient']);
      assert.equal(given.code, plain.code, given.stderr);
      assert.match(given.stderr, /^note: --(strict and --lenient|lenient and --strict) are not needed: .*bounds/m);
      assert.doesNotMatch(plain.stderr, /not needed/);
    });
  }

  it('are offered by neither help nor completion', () => {
    for (const name of ['compare', 'history', 'ab', 'capacity', 'run']) {
      const help = commandHelp(commandNamed(name)!);
      const offered = completions([name, '--']);
      const isOffered = (flag: string) => [help.includes(flag), offered.includes(flag)];
      assert.deepEqual(isOffered('--lenient'), [false, false], name);
      assert.deepEqual(isOffered('--strict'), name === 'run' ? [true, true] : [false, false], name);
    }
  });

  it('run takes --lenient in the same way; its --strict means something', async () => {
    const run = await runCli(['run', 'ws://127.0.0.1:9/', '--dry-run', '--lenient', '--strict']);
    assert.deepEqual(
      [run.code, run.stderr],
      [0, 'note: --lenient is not needed: bounds decide, and DEGRADED passes\n'],
    );
  });
});
