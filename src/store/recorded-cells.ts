/** The cells that a run had planned, from its run.json. For runs that wrote no result. */
import { z } from 'zod';
import type { Cell } from '../plan/cell.js';
import { cellsOf } from '../plan/cells.js';
import { MODEL_NAMES } from '../profile/models.js';
import type { Profile } from '../profile/profile.js';
import { PROTOCOL_NAMES } from '../profile/protocols.js';
import type { RunRecord } from './run-record.js';

/** More than any plan has. A limit is needed because the file may come from anybody. */
const MOST_CELLS = 100_000;
const MOST_WORKERS = 65_536;
const MOST_EVENTS = 1000;
const MOST_ENTRIES = 1000;

const amount = z.number().min(0).max(1e12);
const whole = z.number().int().min(0).max(1e9);
const span = z.looseObject({ from: amount, to: amount });
const event = z.looseObject({ kind: z.enum(['disconnect', 'restart']), atMs: amount });

const json = z.json();
const list = <T extends z.ZodType>(entry: T) => z.array(entry).max(MOST_ENTRIES);
const said = { to: json.optional(), send: json.optional(), expect: json.optional() };
const captured = { capture: z.record(z.string(), z.string()), words: z.record(z.string(), json) };
/** What is said was struck out, but its shape is left: names, rules and steps are what lines are added up by. */
const talk = z.looseObject({
  session: list(
    z.looseObject({
      ...{ name: z.string().nullable(), ...said, subscribe: json.optional(), ...captured },
      ...{ waitMs: amount, repeat: whole, timeoutMs: amount.nullable() },
    }),
  ),
  when: list(
    z.looseObject({
      ...{
        has: list(z.string()),
        means: z.enum(['duty', 'count', 'fails', 'delivery']),
        name: z.string(),
        send: json.optional(),
      },
    }),
  ),
  requests: list(z.looseObject({ name: z.string(), weight: z.number().positive().max(1e9), ...said, ...captured })),
  pick: z.enum(['weighted', 'in turn']),
  ...{ rooms: whole.min(1).nullable(), senders: whole.min(1).nullable() },
  script: z.looseObject({ path: z.string(), sha256: z.string() }).nullable(),
});

/** The keys of a load that are needed to add up its lines. Payloads are struck out of run.json and not needed. */
const load = z.looseObject({
  name: z.string(),
  model: z.enum(MODEL_NAMES),
  connections: z.array(span).min(1).max(MOST_CELLS),
  rates: z.array(span).max(MOST_CELLS),
  ratePer: z.enum(['total', 'connection']),
  arrival: z.enum(['constant', 'poisson']),
  inFlight: whole,
  thinkMs: amount,
  message: z.looseObject({}),
  reply: z.looseObject({ match: z.enum(['sequence', 'order', 'none']), timeoutMs: amount }),
  ...{ warmupMs: amount, durationMs: amount, drainMs: amount },
  ...{ connectRate: amount, connectTimeoutMs: amount, maxInFlight: whole },
  lifetime: z.looseObject({ kind: z.enum(['fixed', 'exponential']), meanMs: z.number().min(1) }).nullable(),
  reconnect: z.looseObject({ policy: z.enum(['never', 'immediate', 'backoff']) }),
  keepAliveMs: amount.nullable().default(null),
  events: z.array(event).max(MOST_EVENTS),
  talk: talk.nullable().default(null),
});
const profile = z.looseObject({
  seed: z.number(),
  protocol: z
    .looseObject({
      name: z.enum(PROTOCOL_NAMES),
      options: z.record(z.string(), json),
      beat: z.union([amount, z.literal('off')]).nullable(),
    })
    .default({ name: 'none', options: {}, beat: null }),
  load: z.array(load).max(MOST_CELLS),
});

/** In the order planned. Throws an Error that says what is missing or wrong. */
export function recordedCells({ profile: value, plan, workers }: RunRecord): Cell[] {
  if (plan === undefined) throw new Error('run.json names no cells');
  if (!Number.isInteger(workers) || workers < 1 || workers > MOST_WORKERS) throw new Error(`${workers} workers`);
  const parsed = profile.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`profile.${issue?.path.join('.')}: ${issue?.message}`);
  }
  const count = parsed.data.load.reduce(
    (sum, each) => sum + each.connections.length * Math.max(1, each.rates.length),
    0,
  );
  if (count > MOST_CELLS) throw new Error(`${count} cells; the limit is ${MOST_CELLS}`);
  const wanted = new Set(plan.cells);
  return cellsOf(parsed.data as unknown as Profile).filter(({ id }) => wanted.has(id));
}
