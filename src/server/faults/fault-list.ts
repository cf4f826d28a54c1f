import { CATALOGUE, FAULT_NAMES, type FaultName, type FaultPlan } from './catalogue.js';
import { DELIVERY_FATES } from './delivery-fate.js';
import { FATES } from './fate.js';
import { Wrong } from './fault-kind.js';

const KNOWN = `known faults: ${FAULT_NAMES.join(', ')}`;

/** A problem in a list of faults, and what to write instead. */
export interface FaultProblem {
  readonly message: string;
  readonly hint: string;
}

/**
 * Parses `stall:100ms/1s,drop:1%`: names with values, separated by commas or plus signs. Several lists are joined.
 * Finds every problem.
 */
export function parseFaults(texts: readonly string[]): {
  readonly plan: FaultPlan;
  readonly problems: readonly FaultProblem[];
} {
  const plan: Partial<Record<FaultName, unknown>> = {};
  const problems: FaultProblem[] = [];
  for (const item of texts.flatMap(splitList)) {
    const problem = readItem(item, plan);
    if (problem !== null) problems.push(problem);
  }
  // Every value was made by the `parse` of its own kind.
  const made = plan as FaultPlan;
  problems.push(...contradictionsIn(made));
  return { plan: Object.freeze(made), problems: withNames(problems) };
}

/** Lists the names of all faults once: with the last problem that needs them. */
function withNames(problems: readonly FaultProblem[]): FaultProblem[] {
  if (problems.some(({ hint }) => hint === KNOWN)) return [...problems];
  return problems.map((problem, index) =>
    index < problems.length - 1 ? problem : { ...problem, hint: `${problem.hint}; ${KNOWN}` },
  );
}

/** Adds one fault to the plan. Returns the problem if there is one. */
function readItem(item: string, plan: Partial<Record<FaultName, unknown>>): FaultProblem | null {
  if (item === '') return { message: 'a fault is missing: the list is empty or has two commas in a row', hint: KNOWN };
  const colon = item.indexOf(':');
  const name = colon < 0 ? item : item.slice(0, colon);
  const argument = colon < 0 ? '' : item.slice(colon + 1).trim();
  if (!isFaultName(name)) return { message: `there is no fault ${JSON.stringify(name)}`, hint: KNOWN };
  const { forms, parse } = CATALOGUE[name];
  const hint = `write ${forms.join(', ')}`;
  if (Object.hasOwn(plan, name)) return { message: `${name} is given more than once`, hint };
  const takesValue = name !== 'null';
  const spec = takesValue && argument === '' ? new Wrong('the value is missing') : parse(argument);
  // Kept even if it is wrong, so that a second one of the same name is found.
  plan[name] = spec instanceof Wrong ? undefined : spec;
  return spec instanceof Wrong ? { message: `${item}: ${spec.message}`, hint } : null;
}

function contradictionsIn(plan: FaultPlan): FaultProblem[] {
  const problems: FaultProblem[] = [];
  const names = Object.keys(plan);
  if (names.includes('null') && names.length > 1) {
    problems.push({
      message: 'null means no fault, so nothing can stand beside it',
      hint: `remove null, or remove the others`,
    });
  }
  problems.push(...tooMany(plan, FATES, 'message'), ...tooMany(plan, DELIVERY_FATES, 'delivery'));
  if (plan.refuse?.whom.kind === 'all' && names.length > 1) {
    const message = 'refuse without a share or numbers refuses every connection, so no other fault can happen';
    problems.push({ message, hint: `write refuse:503(10%), or remove the others` });
  }
  return problems;
}

/** Shares that add up to more than all. `of`: what has one of these fates at most. */
function tooMany(
  plan: FaultPlan,
  fates: readonly ((typeof FATES)[number] | (typeof DELIVERY_FATES)[number])[],
  of: string,
): FaultProblem[] {
  const total = fates.reduce((sum, fate) => sum + (plan[fate] ?? 0), 0);
  if (total <= 1 + 1e-9) return [];
  const given = fates.filter((fate) => plan[fate] !== undefined).join(' + ');
  const message = `${given} add up to ${Number((total * 100).toFixed(3))}%, but each ${of} has only one of these faults`;
  return [{ message, hint: `make the sum 100% at most` }];
}

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(CATALOGUE, name);
}

/** Splits at commas and plus signs, except within parentheses. */
function splitList(text: string): string[] {
  const items = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth <= 0 && (character === ',' || character === '+')) items.push('');
    else items[items.length - 1] += character;
  }
  return items.map((item) => item.trim());
}
