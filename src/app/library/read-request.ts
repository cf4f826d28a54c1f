/** Checks requests, which JavaScript callers may fill with anything: every problem at once, by the key of the request. */
import { z } from 'zod';
import { EXIT, type Problem, WsurgeError } from '../../errors.js';
import { suggest } from '../../profile/did-you-mean.js';
import { FORMATS } from '../../report/format-names.js';
import { LOOKS } from '../../verdict/compare/looks.js';
import { COMPARED_KEYS } from '../../verdict/compare/metrics.js';
import type {
  AbRequest,
  CapacityRequest,
  CheckRequest,
  CompareRequest,
  HistoryRequest,
  RunRequest,
} from './requests.js';

const text = z.string({ error: 'must be text' }).min(1, 'must not be empty');
const flag = z.boolean({ error: 'must be true or false' });
const texts = z.array(text, { error: 'must be a list of texts' });
const tree = (what: string) => z.record(z.string(), z.unknown(), { error: `must be an object: ${what}` });
const words = z.array(z.union([text, z.number()]), { error: 'must be a list of numbers and names' });
const share = z.number({ error: 'must be a share: 0.05 is 5 %' }).gt(0, 'must be above 0').max(1, 'must be at most 1');
const shares = z.partialRecord(z.enum(COMPARED_KEYS), share, {
  error: `must be an object of shares for ${COMPARED_KEYS.join(', ')}`,
});
const level = z.union([text, z.number()], { error: 'must be a number, or text such as 5k or 500/s' });
const choice = <const T extends string>(values: readonly T[]) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

const place = { cwd: text.optional(), env: tree('{ NAME: value }').optional() };
const call = {
  ...place,
  signal: z.instanceof(AbortSignal, { error: 'must be an AbortSignal' }).optional(),
  onEvent: z.custom((value) => typeof value === 'function', { error: 'must be a function' }).optional(),
};
const target = z.union([text, tree('')], { error: 'must be a URL, the name of a profile, or a profile as an object' });
const load = {
  ...call,
  set: tree("{ duration: '30s' }").optional(),
  only: texts.optional(),
  output: text.optional(),
  allowTargets: texts.optional(),
};
const thresholds = tree("{ ws_response_time: 'p(95)<50' }").optional();
const build = z.union([z.strictObject({ command: text, folder: text.optional() }), z.strictObject({ url: text })], {
  error: 'must be { command }, { command, folder } or { url }',
});

const SCHEMAS = {
  run: z.strictObject({
    ...load,
    ...{ target, thresholds },
    strict: flag.optional(),
    defaultGates: flag.optional(),
    untilPrecise: z
      .strictObject(
        {
          quantile: choice(['p50', 'p95', 'p99']),
          share: z.number({ error: 'must be a share: 0.05 is 5 %' }).gt(0, 'must be above 0').lt(1, 'must be below 1'),
          maxDuration: text.optional(),
        },
        { error: 'must be { quantile, share }' },
      )
      .optional(),
    nullTwin: flag.optional(),
    formats: z.array(choice(FORMATS), { error: `must be a list of ${FORMATS.join(', ')}` }).optional(),
  }),
  capacity: z.strictObject({
    ...load,
    target: target.optional(),
    axis: choice(['connections', 'subscribers', 'rate', 'both']).optional(),
    slo: text.optional(),
    max: level.optional(),
    require: level.optional(),
  }),
  ab: z.strictObject({
    ...load,
    thresholds,
    target: target.optional(),
    a: build,
    b: build.optional(),
    ready: z.union([text, tree('')], { error: "must be 'port', { url } or { log }" }).optional(),
    rounds: z.literal([...LOOKS], { error: `must be one of ${LOOKS.join(', ')}` }).optional(),
    gates: z.array(choice(COMPARED_KEYS), { error: `must be a list of ${COMPARED_KEYS.join(', ')}` }).optional(),
    margins: shares.optional(),
    preWarm: flag.optional(),
    defaultGates: flag.optional(),
    resume: text.optional(),
  }),
  check: z.strictObject({
    ...load,
    target: target.optional(),
    quick: flag.optional(),
    gentle: flag.optional(),
    only: words.optional(),
    skip: words.optional(),
    withLoad: flag.optional(),
  }),
  compare: z.strictObject({
    cwd: text.optional(),
    a: z.union([text, texts.min(1, 'must name a run')], { error: 'must be a run, or a list of runs' }),
    b: z.union([text, texts.min(1, 'must name a run')], { error: 'must be a run, or a list of runs' }),
    margins: shares.optional(),
    noise: z.union([share, shares], { error: 'must be a share, or an object of shares' }).optional(),
    history: text.optional(),
    output: text.optional(),
    force: flag.optional(),
  }),
  history: z.discriminatedUnion(
    'action',
    [
      z.strictObject({
        ...place,
        action: z.literal('add'),
        runs: texts.min(1, 'must name a run'),
        file: text.optional(),
        branch: text.optional(),
        commit: text.optional(),
      }),
      z.strictObject({
        ...place,
        action: z.enum(['check', 'show']),
        file: text.optional(),
        branch: text.optional(),
        margins: shares.optional(),
      }),
    ],
    { error: 'must be one of add, check, show' },
  ),
} as const;

/** The request of each call. */
export interface Requests {
  readonly run: RunRequest;
  readonly capacity: CapacityRequest;
  readonly ab: AbRequest;
  readonly check: CheckRequest;
  readonly compare: CompareRequest;
  readonly history: HistoryRequest;
}
export type CallName = keyof Requests;

/** Throws WsurgeError (104, `request_invalid`) with every problem of the request's own keys. */
export function checkRequest(name: CallName, request: unknown): void {
  const schema = SCHEMAS[name];
  const found = schema.safeParse(request);
  if (found.success) return;
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  throw requestError(
    name,
    found.error.issues.flatMap((issue) => problemsOf(issue, known)),
  );
}

/** The error for a request, which names every problem in its message. */
export function requestError(name: CallName, problems: readonly Problem[]): WsurgeError {
  const said = problems.map(({ where, message }) => `${where} ${message}`).join('; ');
  return new WsurgeError(EXIT.usage, 'request_invalid', `${name}: ${said}`, { problems });
}

function problemsOf(issue: z.core.$ZodIssue, known: readonly string[]): Problem[] {
  const at = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const where = [...at, key].join('.');
      return { where, message: 'is no key of this request', ...(at.length === 0 ? { hint: suggest(key, known) } : {}) };
    });
  }
  return [{ where: at.length === 0 ? 'the request' : at.join('.'), message: issue.message }];
}
