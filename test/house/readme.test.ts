import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { AB_FLAGS } from '../../src/cli/flags/ab.js';
import { CHECK_FLAGS } from '../../src/cli/flags/check.js';
import { RUN_FLAG_NAMES, type RunFlag, runFlag } from '../../src/cli/flags/run.js';
import type { CliIo } from '../../src/cli/io.js';
import { main } from '../../src/cli/main.js';
import { EXIT } from '../../src/errors.js';
import { AGGREGATIONS, METRIC_NAMES, SELECTOR_KEYS } from '../../src/profile/metrics.js';
import { parseProfile } from '../../src/profile/parse.js';
import { CATALOGUE } from '../../src/server/faults/catalogue.js';
import { installLine } from '../../src/server/load-uws.js';
import { LIMITS } from '../../src/verdict/limits.js';
import { projectFiles } from './project.js';

const EXAMPLE_TIMEOUT_MS = 60_000;
const root = fileURLToPath(new URL('../../../', import.meta.url));
const library = new URL('../../src/index.js', import.meta.url);
const files = projectFiles();
const readme = files.get('README.md') ?? '';

/** Fenced blocks of one language. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, body]) => (name === language ? [body!] : []));
}

/** Everything set as code, in a line or a fenced block. */
function codeIn(text: string): string {
  const fenced = [...text.matchAll(/^```\w+\n(.*?)^```$/gms)].map((match) => match[1]);
  const inline = [...text.replace(/^```.*?^```$/gms, '').matchAll(/`([^`\n]+)`/g)].map((match) => match[1]);
  return [...fenced, ...inline].join('\n');
}

/** What stands under a heading, up to the next one that is not below it. */
function section(text: string, heading: string): string {
  const level = heading.indexOf(' ');
  const [, rest = ''] = text.split(`\n${heading}\n`);
  return rest.split(new RegExp(`\n#{1,${level}} `))[0]!;
}

/** The words that `text` does not hold by themselves. */
function missing(text: string, words: Iterable<string>): string[] {
  return [...new Set(words)].filter((word) => {
    const escaped = word.replace(/[$.*+?^(){}|[\]\\]/g, '\\$&');
    return !new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`).test(text);
  });
}

/** Every key that a JSON Schema names, at any depth. */
function keysOf(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(keysOf);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]: [string, unknown]) => {
    const named = key === 'properties' && typeof value === 'object' && value !== null ? Object.keys(value) : [];
    return [...named, ...keysOf(value)];
  });
}

async function helpOf(command: string): Promise<string> {
  let text = '';
  const sink = { write: (part: string) => void part, isTTY: false, columns: 80 };
  const io: CliIo = {
    stdout: {
      ...sink,
      write: (part) => {
        text += part;
      },
    },
    stderr: sink,
    env: {},
    cwd: root,
    signal: new AbortController().signal,
  };
  assert.equal(await main([command, '--help'], io), EXIT.passed);
  return text;
}

describe('README.md', () => {
  it('names every flag of run, long and short, and no other', () => {
    const text = codeIn(section(readme, '### wsurge run'));
    assert.deepEqual(
      missing(
        text,
        RUN_FLAG_NAMES.map((name) => `--${name}`),
      ),
      [],
    );
    assert.deepEqual(
      missing(
        text,
        RUN_FLAG_NAMES.flatMap((name) => runFlag(name).alias ?? []).map((alias) => `-${alias}`),
      ),
      [],
    );
    const known = new Set<string>(RUN_FLAG_NAMES);
    const named = [...text.matchAll(/(?<![\w-])--(?:no-)?([a-z][a-z-]*)/g)].map((match) => match[1]!);
    assert.deepEqual(
      named.filter((name) => !known.has(name)),
      [],
    );
  });

  for (const command of ['serve', 'compare', 'history']) {
    it(`names every flag of ${command}, and no other`, async () => {
      const known = [...(await helpOf(command)).matchAll(/^ +(?:-\w, )?--([a-z-]+)/gm)].map((match) => match[1]!);
      const flags = known.filter((name) => name !== 'help' && name !== 'version');
      assert.ok(flags.length > 5);
      const text = codeIn(section(readme, `### wsurge ${command}`));
      assert.deepEqual(
        missing(
          text,
          flags.map((name) => `--${name}`),
        ),
        [],
      );
      const named = [...text.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)].map((match) => match[1]!);
      assert.deepEqual(
        named.filter((name) => !flags.includes(name)),
        [],
      );
    });
  }

  it('names every flag that ab has beside those of run', () => {
    const text = codeIn(section(readme, '### wsurge ab'));
    const own = Object.keys(AB_FLAGS);
    assert.deepEqual(
      own.filter((name) => !new RegExp(`--(no-)?${name}(?![\\w-])`).test(text)),
      [],
    );
    const known = new Set<string>([...own, ...RUN_FLAG_NAMES]);
    const named = [...text.matchAll(/(?<![\w-])--(?:no-)?([a-z][a-z-]*)/g)].map((match) => match[1]!);
    assert.deepEqual(
      named.filter((name) => !known.has(name)),
      [],
    );
  });

  it('shows every form of every fault', () => {
    const text = section(readme, '### Faults');
    const forms = Object.values(CATALOGUE).flatMap((kind) => kind.forms);
    assert.ok(forms.length > 20);
    assert.deepEqual(
      forms.filter((form) => !text.includes(`\`${form}\``)),
      [],
    );
  });

  it('names every flag of check, and no other', () => {
    const text = codeIn(section(readme, '### wsurge check'));
    const flags = Object.entries<RunFlag>(CHECK_FLAGS);
    const spelled = (name: string, alias: string | undefined) =>
      text.includes(`--${name}`) || (alias !== undefined && text.includes(`-${alias}`));
    assert.deepEqual(
      flags.filter(([name, { alias }]) => !spelled(name, alias)).map(([name]) => name),
      [],
    );
    const named = [...text.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)].map((match) => match[1]!);
    assert.deepEqual(
      named.filter((name) => !Object.hasOwn(CHECK_FLAGS, name)),
      [],
    );
  });

  it('names every key of the profile', () => {
    const keys = keysOf(JSON.parse(files.get('schemas/profile.schema.json') ?? ''));
    assert.ok(keys.length > 50);
    assert.deepEqual(missing(codeIn(section(readme, '## Profiles') + section(readme, '## Thresholds')), keys), []);
  });

  it('names every metric, aggregation and selector', () => {
    const text = codeIn(section(readme, '## Thresholds'));
    const aggregations = Object.values(AGGREGATIONS)
      .flat()
      .map((kind) => (kind === 'percentile' ? 'p(N)' : kind));
    assert.deepEqual(missing(text, METRIC_NAMES), []);
    assert.deepEqual(missing(text, SELECTOR_KEYS), []);
    assert.deepEqual(
      aggregations.filter((name) => !text.includes(name)),
      [],
    );
  });

  it('names every reason that the generator may be doubted for', () => {
    const text = codeIn(section(readme, '## Verdict and exit codes'));
    assert.deepEqual(missing(text, [...Object.keys(LIMITS), 'few_samples']), []);
  });

  it('lists the exit codes in the order in which they win', () => {
    const rows = [...section(readme, '## Verdict and exit codes').matchAll(/^\| `(\d+)` \|/gm)].map((match) =>
      Number(match[1]),
    );
    assert.deepEqual(rows, Object.values(EXIT));
  });

  it('names every profile that ships', () => {
    const profiles = [...files.keys()].filter((path) => /^profiles\/.*\.(yaml|json)$/.test(path));
    assert.ok(profiles.length > 0);
    assert.deepEqual(missing(codeIn(section(readme, '## Profiles')), profiles), []);
  });

  it('shows profiles that parse', () => {
    const [whole, thresholds, ...others] = blocks(readme, 'yaml');
    assert.deepEqual(others, []);
    const context = { env: { TOKEN: 'a-token' }, readText: () => assert.fail('no file is named') };
    const parse = (text: string) => parseProfile({ kind: 'file', path: 'README.yaml', text }, context).profile;
    assert.equal(parse(whole ?? '').load.length, 2);
    const load = 'load: [{ name: throughput, connections: 100, rate: 500/s }]\n';
    assert.equal(parse(load + (thresholds ?? '')).thresholds.length, 4);
  });

  it('gives the install lines of the fast engine that the server gives', () => {
    const lines = [...section(readme, '## Reference server').matchAll(/^ {4}(npm install \S.*?\S)(?: {2,}#.*)?$/gm)];
    assert.equal(lines.length, 2);
    for (const [, line] of lines) assert.ok(installLine(20).includes(line!), line);
  });

  it('points to files and headings that are there', () => {
    const targets = [...readme.replace(/^```.*?^```$/gms, '').matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1]!);
    const headings = [...readme.matchAll(/^#+ (.+)$/gm)].map(
      (match) => `#${match[1]!.toLowerCase().replaceAll(' ', '-')}`,
    );
    assert.ok(targets.length > 5);
    assert.deepEqual(
      targets.filter((target) => !existsSync(join(root, target)) && !headings.includes(target)),
      [],
    );
  });
});

describe('the library example of README.md', () => {
  const [example = '', ...others] = blocks(readme, 'ts');

  it('is the only one', () => assert.deepEqual(others, []));

  it('compiles against the types that ship', () => {
    assert.deepEqual(typeErrors(example), []);
  });

  it('would not compile with a name that is not exported', () => {
    assert.equal(typeErrors(example.replaceAll('runProfile', 'runAnything')).length, 1);
  });

  it('runs, and prints what it promises', () => {
    const folder = mkdtempSync(join(tmpdir(), 'wsurge-readme-'));
    try {
      const file = join(folder, 'example.mjs');
      const { outputText } = ts.transpileModule(example, {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
      });
      writeFileSync(file, outputText.replace("'wsurge'", `'${library.href}'`));
      const { stdout, stderr, status } = spawnSync(process.execPath, [file], {
        cwd: folder,
        encoding: 'utf8',
        timeout: EXAMPLE_TIMEOUT_MS,
      });
      assert.equal(stderr, '');
      assert.equal(status, 0);
      assert.match(stdout, /^load\/c10-r200 held 10 p50 \d+ us (valid|degraded|invalid)\nexit code (0|98)\n$/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** What the compiler has against `source`, as a strict user of the package would compile it. */
function typeErrors(source: string): string[] {
  const file = join(root, 'readme-example.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    paths: { wsurge: [fileURLToPath(new URL('index.d.ts', library))] },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => path === file || fileExists(path);
  host.getSourceFile = (path, language) =>
    path === file ? ts.createSourceFile(path, source, language) : getSourceFile(path, language);
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
