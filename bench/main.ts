/** `npm run bench`: the speed of wsurge itself, beside plain `ws` and, by path, other tools. */
import { writeFileSync } from 'node:fs';
import { ArgumentError, type BenchArguments, parseArguments } from './arguments.js';
import type { Case, Round } from './case.js';
import { casesWith } from './cases/catalogue.js';
import { lookAtMachine, type Machine } from './machine.js';
import { outcomeOf } from './outcome.js';
import { PEERS, peerAt } from './peers/known.js';
import { caseText, headerText, wrapped } from './report.js';
import { runCase } from './rounds.js';

const USAGE_EXIT = 2;
const FAILED_EXIT = 1;

const HELP = `Usage: npm run bench -- [options]

  --rounds N         rounds of each contestant (5; some cases have their own)
  --seconds N        measured window of a round (2 to 3, by case)
  --only CASE,...    these cases only; --list names them
  --json FILE        everything into a file as JSON, each round too
  --peer NAME=PATH   sets another tool beside: ${Object.keys(PEERS).join(', ')}
  --list             names the cases and what they measure

Takes about 25 minutes. Nothing else should run meanwhile.
`;

const print = (text: string) => process.stdout.write(`${text}\n`);
const progress = (text: string) => process.stderr.write(`${text}\n`);

async function main(args: readonly string[]): Promise<number> {
  const known = { cases: casesWith([]).map(({ name }) => name), peers: Object.keys(PEERS) };
  const asked = parseArguments(args, known);
  if (asked.help) return say(HELP);
  if (asked.list) return say(casesWith([]).map(listed).join('\n'));
  const cases = casesWith(asked.peers.map(({ name, path }) => peerAt(name, path)));
  const chosen = cases.filter(({ name }) => asked.only.length === 0 || asked.only.includes(name));
  return await runAll(chosen, asked);
}

function say(text: string): number {
  print(text.trimEnd());
  return 0;
}

function listed({ name, title }: Case): string {
  return wrapped(`${name.padEnd(16)} ${title}`, '').join('\n');
}

/** Prints each case when it is done, and the exit code says whether every contestant could be measured. */
async function runAll(cases: readonly Case[], asked: BenchArguments): Promise<number> {
  const machine = lookAtMachine();
  const startedAt = new Date();
  print(headerText(machine, startedAt));
  const done = [];
  for (const one of cases) {
    const document = await measure(one, machine, asked);
    done.push(document);
    print(`\n${document.text}`);
    if (asked.jsonFile !== null) writeDocument(asked.jsonFile, { machine, startedAt, cases: done });
  }
  return done.every(({ contestants }) => contestants.every(({ failure }) => failure === null)) ? 0 : FAILED_EXIT;
}

/** One case from its rounds to its text. */
async function measure(one: Case, machine: Machine, asked: BenchArguments) {
  const rounds = asked.rounds ?? one.rounds;
  const seconds = asked.seconds ?? one.seconds;
  const run = await runCase(one, {
    ...{ machine, rounds, seconds },
    onRound: (round, name, result) =>
      progress(`${one.name} ${round + 1}/${rounds} ${name}: ${firstFigure(one, result)}`),
    onFailure: (round, name, failure) => progress(`${one.name} ${round + 1}/${rounds} ${name} failed: ${failure}`),
  });
  const outcome = outcomeOf(one, run);
  const { engine, contestants } = run;
  return {
    name: one.name,
    title: one.title,
    ...{ rounds, seconds, engine, contestants, notes: one.notes },
    ...outcome,
    text: caseText(one, outcome, { ...run, rounds, seconds }),
  };
}

function firstFigure({ metrics: [first] }: Case, { metrics }: Round): string {
  return first === undefined ? '' : first.format(metrics[first.key] ?? Number.NaN);
}

/** Written anew after every case, so that a bench that is stopped leaves what it has. */
function writeDocument(
  file: string,
  {
    machine,
    startedAt,
    cases,
  }: { readonly machine: Machine; readonly startedAt: Date; readonly cases: readonly object[] },
): void {
  const document = { schemaVersion: 1, kind: 'bench', startedAt: startedAt.toISOString(), machine, cases };
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ArgumentError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = USAGE_EXIT;
}
