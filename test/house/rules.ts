import { posix } from 'node:path';
import ts from 'typescript';
import { parsed } from './parsed.js';

/** Source files by path from the project's root, with `/` between folders. */
export type Sources = ReadonlyMap<string, string>;

interface Import {
  readonly specifier: string;
  /** The file it names, for a relative import. */
  readonly file: string | null;
  /** Types only: gone once compiled. */
  readonly erased: boolean;
}

/** A room is a folder of src/, a file directly in src/, or workers/. */
const BASE = ['units', 'errors', 'nesting', 'profile', 'stats'];
const EVERYTHING = '*';

/** Which rooms a room may import, besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  units: [],
  errors: [],
  nesting: [],
  stats: [],
  text: ['units'],
  profile: ['units', 'errors', 'nesting'],
  dialect: BASE,
  plan: [...BASE, 'dialect'],
  metrics: [...BASE, 'dialect', 'plan'],
  script: [...BASE, 'dialect', 'plan'],
  engine: [...BASE, 'dialect', 'plan', 'metrics', 'script'],
  machine: [...BASE, 'dialect', 'plan', 'metrics'],
  coordinator: [...BASE, 'dialect', 'plan', 'metrics', 'script', 'engine', 'machine'],
  bus: ['units', 'errors', 'nesting'],
  // Many machines: what coordinator and agents say to each other, and both of them.
  fleet: [...BASE, 'dialect', 'plan', 'metrics', 'script', 'engine', 'machine', 'coordinator', 'bus'],
  workers: [...BASE, 'dialect', 'plan', 'metrics', 'script', 'engine', 'machine', 'coordinator'],
  verdict: [...BASE, 'dialect', 'plan', 'metrics'],
  // Of check, what came of it: types, and the plain data and words of check/outcome. See `reachProblems`.
  documents: [...BASE, 'text', 'dialect', 'plan', 'metrics', 'verdict', 'check'],
  report: [...BASE, 'text', 'dialect', 'plan', 'metrics', 'verdict', 'check', 'documents'],
  target: [...BASE, 'machine'],
  store: [...BASE, 'dialect', 'plan', 'metrics'],
  check: [...BASE, 'dialect', 'plan', 'script', 'engine'],
  server: ['units', 'errors', 'nesting', 'stats'],
  campaign: [...BASE, 'dialect', 'plan', 'metrics', 'verdict', 'coordinator', 'machine', 'target'],
  // Everything but the command line: the library does the same without it.
  app: [
    ...BASE,
    ...[
      'text',
      'dialect',
      'plan',
      'metrics',
      'script',
      'engine',
      'machine',
      'coordinator',
      'bus',
      'fleet',
      'target',
      'campaign',
      'verdict',
      'documents',
    ],
    ...['report', 'store', 'check', 'server'],
  ],
  cli: [EVERYTHING],
  index: [EVERYTHING],
};

/** Packages that only one room or file may know. */
const ONLY_IN: Readonly<Record<string, string>> = {
  'hdr-histogram-js': 'src/metrics/histogram.ts',
  piscina: 'src/coordinator/thread-runner.ts',
  'uWebSockets.js': 'src/server/',
  '@nats-io/transport-node': 'src/bus/nats.ts',
};

const IO_MODULE = /^(ws|node:(net|tls|https?|http2|dgram|dns|fs|child_process|worker_threads|readline)(\/.*)?)$/;
const IO_ROOMS = [
  'script',
  'engine',
  'machine',
  'coordinator',
  'bus',
  'fleet',
  'target',
  'store',
  'check',
  'server',
  'app',
  'cli',
  'workers',
];

const CLOCK_MODULE = /^node:(perf_hooks|timers)(\/.*)?$/;
/** Rooms whose every result follows from their arguments: no clock, no chance, no process. */
const PURE_ROOMS = [
  'units',
  'errors',
  'nesting',
  'stats',
  'profile',
  'dialect',
  'plan',
  'metrics',
  'verdict',
  'text',
  'documents',
  'report',
];
const IMPURE_GLOBALS = ['performance', 'process', 'setTimeout', 'setInterval', 'setImmediate', 'fetch'];
const IMPURE_MEMBERS = ['Date.now', 'Math.random'];

/** Everything in `sources` that goes against the import directions, one line each; empty when all is well. */
export function importProblems(sources: Sources): string[] {
  const graph = new Map([...sources].map(([path, text]) => [path, importsOf(path, text)] as const));
  const problems = [...graph].flatMap(([path, imports]) => imports.flatMap((one) => problemsOf(path, one, sources)));
  return [...problems, ...cyclesIn(graph)];
}

/**
 * Modules of sockets, files, processes and clocks that a file of a pure room reaches through whatever it imports, one
 * line for each pair, with the way. Erased imports lead nowhere: nothing is loaded through them.
 */
export function reachProblems(sources: Sources): string[] {
  const graph = new Map([...sources].map(([path, text]) => [path, importsOf(path, text)] as const));
  const pure = [...sources.keys()].filter((path) => PURE_ROOMS.includes(roomOf(path)));
  return pure.flatMap((path) => impureWays(path, graph).map((way) => `a pure room loads ${way.join(' -> ')}`));
}

/** The shortest way from a file to each impure module that it does not import itself. */
function impureWays(start: string, graph: ReadonlyMap<string, readonly Import[]>): string[][] {
  const ways: string[][] = [];
  const seen = new Set([start]);
  const trails = [[start]];
  for (const trail of trails) {
    for (const { specifier, file, erased } of graph.get(trail.at(-1)!) ?? []) {
      const next = file ?? specifier;
      if (erased || seen.has(next)) continue;
      seen.add(next);
      if (file !== null) trails.push([...trail, next]);
      else if (trail.length > 1 && isImpureModule(next)) ways.push([...trail, next]);
    }
  }
  return ways;
}

function isImpureModule(specifier: string): boolean {
  return IO_MODULE.test(specifier) || CLOCK_MODULE.test(specifier);
}

/** Clocks, chance and the process in the rooms that must be pure, one line each. */
export function purityProblems(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) => {
    if (!PURE_ROOMS.includes(roomOf(path))) return [];
    return impureNames(path, text).map((name) => `${path} uses ${name}: pass it in`);
  });
}

/** Files over `limit` lines, one line each. */
export function lengthProblems(sources: Sources, limit: number): string[] {
  return [...sources].flatMap(([path, text]) => {
    const lines = text.trimEnd().split('\n').length;
    return lines > limit ? [`${path} has ${lines} lines, ${limit} are allowed: it holds more than one concept`] : [];
  });
}

function problemsOf(path: string, { specifier, file }: Import, sources: Sources): string[] {
  return file === null ? packageProblems(path, specifier) : directionProblems(path, file, sources);
}

function directionProblems(path: string, file: string, sources: Sources): string[] {
  if (!sources.has(file)) return [`${path} imports ${file}, which is not there`];
  const from = roomOf(path);
  const to = roomOf(file);
  const allowed = MAY_IMPORT[from];
  if (allowed === undefined) return [`${path} is in a room without import rules: add ${from} to the table`];
  if (from === to || allowed.includes(EVERYTHING) || allowed.includes(to)) return [];
  return [`${path} imports ${file}: ${from} may not import ${to}`];
}

function packageProblems(path: string, specifier: string): string[] {
  const problems: string[] = [];
  const home = ONLY_IN[packageName(specifier)];
  if (home !== undefined && !path.startsWith(home)) problems.push(`${path} imports ${specifier}: only ${home} may`);
  const room = roomOf(path);
  if (IO_MODULE.test(specifier) && !IO_ROOMS.includes(room)) {
    problems.push(`${path} imports ${specifier}: ${room} does no input or output`);
  }
  if (CLOCK_MODULE.test(specifier) && PURE_ROOMS.includes(room)) {
    problems.push(`${path} imports ${specifier}: ${room} knows no clock`);
  }
  return problems;
}

function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function roomOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  return top === 'src' ? second.replace(/\.ts$/, '') : top;
}

/** Static, dynamic, re-exporting and type-only imports alike: a type is knowledge too. */
function importsOf(path: string, text: string): Import[] {
  const imports: Import[] = [];
  const add = (specifier: ts.Node | undefined, erased: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const isRelative = specifier.text.startsWith('.');
    const file = isRelative ? posix.join(posix.dirname(path), specifier.text).replace(/\.js$/, '.ts') : null;
    imports.push({ specifier: specifier.text, file, erased });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.isTypeOnly === true);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(parsed(path, text));
  return imports;
}

/** Each circle of files that load each other, as one line. Erased imports load nothing. */
function cyclesIn(graph: ReadonlyMap<string, readonly Import[]>): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) cycles.push(`import cycle: ${[...trail.slice(at), path].join(' -> ')}`);
    if (at >= 0 || done.has(path)) return;
    for (const { file, erased } of graph.get(path) ?? []) if (file !== null && !erased) visit(file, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return cycles;
}

function impureNames(path: string, text: string): string[] {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && IMPURE_MEMBERS.includes(node.getText())) found.add(node.getText());
    else if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && node.arguments?.length === 0) {
      found.add('new Date()');
    } else if (ts.isIdentifier(node) && IMPURE_GLOBALS.includes(node.text) && isGlobalUse(node)) found.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(parsed(path, text));
  return [...found];
}

/** `process.env` is the global, `worker.process` and `{ process: 1 }` are not. */
function isGlobalUse(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  return ts.isCallExpression(parent) && parent.expression === node;
}
