/**
 * Reads an order of a coordinator. Whoever reaches the bus may send one: nothing in it is used before all of it is known
 * to be what it should be.
 */
import { z } from 'zod';
import { usageError, type WsurgeError } from '../errors.js';
import type { Endpoint, ProxyHop } from '../plan/cell.js';
import type { Used } from '../plan/hand-out.js';
import type { ReceiveLimits, Target, TlsOptions } from '../profile/profile.js';
import { cellShape, pacingShape } from './cell-shape.js';
import type { AgentShard, AgentTarget, Order, OrderContext } from './orders.js';
import type { NamedRows } from './row-pieces.js';
import { byName, count, flag, like, number, problemIn, type Shape, text, texts, time } from './shape.js';

type OrderOf<K extends Order['kind']> = Extract<Order, { kind: K }>;

const CONNECTIONS_MAX = 1_000_000;
const WORKERS_MAX = 65_536;

const tls = like<TlsOptions>({
  ca: text.nullable(),
  cert: text.nullable(),
  key: text.nullable(),
  insecure: flag,
  servername: text.nullable(),
});

const endpoint = like<Endpoint>({
  url: text,
  address: text.nullable(),
  addresses: texts.exactOptional(),
  proxy: like<ProxyHop>({
    host: text,
    address: text,
    port: count(1, 65_535),
    authorization: text.nullable(),
  }).exactOptional(),
  headers: byName,
  subprotocols: texts,
  tls,
  localAddresses: texts.exactOptional(),
  receive: like<ReceiveLimits>({ largestBytes: count(0), unfinishedBytes: count(0).nullable() }).exactOptional(),
  userAgent: text,
});

type TargetOf<K extends Target['kind']> = Extract<Target, { kind: K }>;

const target: z.ZodType<Target> = z.union([
  like<TargetOf<'url'>>({
    kind: z.literal('url'),
    url: text,
    headers: byName,
    subprotocols: texts,
    tls,
    pid: z.union([z.literal('auto'), count(1)]),
    resolve: z.enum(['all', 'first']),
    proxy: text.nullable(),
    followRedirects: flag,
  }),
  // No agent takes these, whatever else they hold: it says so itself.
  z.looseObject({ kind: z.literal('command') }) as unknown as z.ZodType<TargetOf<'command'>>,
  z.looseObject({ kind: z.literal('embedded') }) as unknown as z.ZodType<TargetOf<'embedded'>>,
]);

const row = byName;
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const used = like<Used>({ numbers: count(0), rows: count(0) });

const shard = like<AgentShard>({
  cell: cellShape,
  // Which workers there are is judged with what the agent offers.
  from: number,
  to: number,
  workers: number.max(WORKERS_MAX),
  endpoint,
  env: byName,
  rows: like<NamedRows>({ total: number, pieces: z.array(sha256), bytes: number.min(0) }).exactOptional(),
  reuse: z.enum(['cycle', 'never']).exactOptional(),
  used: used.exactOptional(),
  pacing: pacingShape,
  longestMs: time().exactOptional(),
});

/** The keys of each order, without `kind`. */
const ORDERS: { readonly [K in Order['kind']]: z.ZodType<Omit<OrderOf<K>, 'kind'>> } = {
  lease: keys<'lease'>({ by: text.max(1000), instrumentCheck: flag }),
  reach: keys<'reach'>({
    target: like<AgentTarget>({
      target,
      peakConnections: count(0, CONNECTIONS_MAX),
      peakPerSecond: number.min(0).nullable(),
    }),
    cells: z.array(cellShape),
    endpoint,
    env: byName,
    row: row.exactOptional(),
    secrets: texts,
  }),
  rows: keys<'rows'>({ sha256, rows: z.array(row) }),
  prepare: keys<'prepare'>({ shard }),
  connect: keys<'connect'>({ atUs: number, upTo: count(0, CONNECTIONS_MAX).exactOptional() }),
  start: keys<'start'>({ t0Us: number }),
  extend: keys<'extend'>({ durationMs: time() }),
  restarted: keys<'restarted'>({ event: count(0, 100) }),
  stop: keys<'stop'>({ deadlineMs: time() }),
  beat: keys<'beat'>({}),
  release: keys<'release'>({}),
};

function keys<K extends Order['kind']>(shape: Shape<Omit<OrderOf<K>, 'kind'>>) {
  return like<Omit<OrderOf<K>, 'kind'>>(shape);
}

/** A run is a part of a subject: see `reportSubject`. */
const envelope = z.strictObject({
  run: z.string().regex(/^[\w-]{1,64}$/),
  epoch: count(0),
  order: z.looseObject({ kind: z.string() }),
});

/** Throws WsurgeError 104 for a body that is no order. The text quotes no value: an order may hold secrets. */
export function readOrder(body: unknown): OrderContext & { readonly order: Order } {
  const read = envelope.safeParse(body);
  if (!read.success) throw badOrder('it', problemIn(read.error));
  const { kind, ...rest } = read.data.order;
  if (!Object.hasOwn(ORDERS, kind)) {
    throw usageError('unknown_order', 'this agent knows no such order', 'use the same version of wsurge on both');
  }
  const order = ORDERS[kind as Order['kind']].safeParse(rest);
  if (!order.success) throw badOrder(`the order ${kind}`, problemIn(order.error));
  return body as OrderContext & { readonly order: Order };
}

function badOrder(what: string, why: string): WsurgeError {
  return usageError('bad_order', `${what} is no order: ${why}`, 'use the same version of wsurge on both');
}
