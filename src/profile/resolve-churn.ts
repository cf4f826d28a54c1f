import { formatCount, formatDuration } from '../units.js';
import type { Path } from './document.js';
import type { Load, ReconnectSpec, Target, TimedEvent } from './profile.js';
import type { Resolution } from './resolution.js';
import type { LoadInput, ProfileInput } from './schema.js';

type ReconnectInput = ProfileInput['reconnect'];

const DEFAULTS = { baseMs: 100, capMs: 10_000, jitter: 'full' } as const;

/** How a load changes its own connections: how long they live, what happens to lost ones, and the events. */
export function resolveChurn(
  reconnect: ReconnectInput,
  { lifetime, events }: LoadInput,
): Pick<Load, 'lifetime' | 'reconnect' | 'events'> {
  return {
    lifetime:
      lifetime === undefined
        ? null
        : typeof lifetime === 'number'
          ? { kind: 'fixed', meanMs: lifetime }
          : { kind: 'exponential', meanMs: lifetime.exponential },
    reconnect: reconnectOf(reconnect),
    events: (events ?? []).map(eventOf).sort((a, b) => a.atMs - b.atMs),
  };
}

function reconnectOf(input: ReconnectInput): ReconnectSpec {
  if (input === undefined) return { policy: 'never', ...DEFAULTS };
  if (typeof input === 'string') return { policy: input, ...DEFAULTS };
  const { policy, base, cap, jitter } = input;
  return {
    policy,
    baseMs: base ?? DEFAULTS.baseMs,
    capMs: cap ?? Math.max(DEFAULTS.capMs, base ?? 0),
    jitter: jitter ?? DEFAULTS.jitter,
  };
}

function eventOf({ at, disconnect }: NonNullable<LoadInput['events']>[number]): TimedEvent {
  return disconnect === undefined ? { kind: 'restart', atMs: at } : { kind: 'disconnect', atMs: at, share: disconnect };
}

/**
 * uWebSockets.js cannot listen on a port again for a minute after it closed connections there. So a server that will be
 * restarted runs on ws if the engine is `auto`.
 */
export function restartable(target: Target, loads: readonly Load[]): Target {
  if (target.kind !== 'embedded' || target.engine !== 'auto') return target;
  return loads.some(({ events }) => events.some(({ kind }) => kind === 'restart'))
    ? { ...target, engine: 'ws' }
    : target;
}

export function checkChurn(
  load: Load,
  input: ProfileInput,
  entry: LoadInput,
  path: Path,
  resolution: Resolution,
): void {
  checkLifetime(load, path, resolution);
  checkReconnect(
    entry.reconnect === undefined ? ['reconnect'] : [...path, 'reconnect'],
    load,
    entry,
    input,
    resolution,
  );
  checkEvents(load, entry, input.target, path, resolution);
}

/** A ramp opens connections all the time, so nobody could tell which of them are replacements. */
const NO_RAMP = { message: 'does not go with a ramp of connections', hint: 'give one number of connections' } as const;

function isConnectionRamp({ connections }: Load): boolean {
  return connections.some(({ from, to }) => from !== to);
}

function checkLifetime(load: Load, path: Path, { problems }: Resolution): void {
  const { lifetime, connections, connectRate } = load;
  if (lifetime === null) return;
  const at = [...path, 'lifetime'];
  const connectionsAt = [
    [...path, 'connections'],
    [...path, 'sweep', 'connections'],
  ];
  if (isConnectionRamp(load)) {
    problems.rule({ path: at, at: 'key', ...NO_RAMP }, connectionsAt);
    return;
  }
  const perSecond = (Math.max(...connections.map(({ to }) => to)) * 1000) / lifetime.meanMs;
  if (perSecond <= connectRate) return;
  const message = `comes to ${formatCount(perSecond)} connects per second, above the connectRate of ${formatCount(connectRate)}/s`;
  const hint = `a longer lifetime, fewer connections, or connectRate: ${Math.ceil(perSecond)}/s`;
  problems.rule({ path: at, at: 'key', message, hint }, [...connectionsAt, [...path, 'connectRate'], ['connectRate']]);
}

/** Keys that have no meaning for a policy are refused, not ignored. */
function checkReconnect(path: Path, load: Load, entry: LoadInput, input: ProfileInput, { problems }: Resolution): void {
  const given = entry.reconnect ?? input.reconnect;
  if (given === undefined || typeof given === 'string') return;
  const { policy, baseMs, capMs } = load.reconnect;
  const refuse = (key: 'base' | 'cap' | 'jitter', hint: string) => {
    if (given[key] === undefined) return;
    problems.rule({ path: [...path, key], at: 'key', message: `does not go with policy: ${policy}`, hint }, [
      [...path, 'policy'],
    ]);
  };
  if (policy === 'never') refuse('base', 'it belongs to policy: backoff or immediate');
  if (policy !== 'backoff') {
    refuse('cap', 'it belongs to policy: backoff');
    refuse('jitter', 'it belongs to policy: backoff');
  }
  if (policy === 'backoff' && baseMs > capMs) {
    problems.rule(
      {
        path: [...path, 'base'],
        at: 'key',
        message: `is above the cap of ${formatDuration(capMs)}`,
        hint: 'raise cap',
      },
      [[...path, 'cap']],
    );
  }
}

function checkEvents(
  load: Load,
  entry: LoadInput,
  target: ProfileInput['target'],
  path: Path,
  { problems }: Resolution,
): void {
  const events = entry.events ?? [];
  if (events.length > 0 && isConnectionRamp(load)) {
    problems.rule({ path: [...path, 'events'], at: 'key', ...NO_RAMP }, [[...path, 'connections']]);
  }
  events.forEach(({ at, disconnect, restart }, index) => {
    const place = [...path, 'events', index];
    if ((disconnect === undefined) === (restart === undefined)) {
      const message = disconnect === undefined ? 'does nothing' : 'does two things';
      const hint = 'give one of disconnect: 50% or restart: server';
      problems.rule({ path: place, at: 'key', message, hint }, [
        [...place, 'disconnect'],
        [...place, 'restart'],
      ]);
    }
    if (at >= load.durationMs) {
      const message = `is past the measured time of ${formatDuration(load.durationMs)}`;
      const hint = 'it counts from where measuring starts, after the warm-up';
      problems.rule({ path: [...place, 'at'], message, hint }, [['duration'], [...path, 'duration']]);
    }
    const twin = events.findIndex((other) => other.at === at);
    if (twin < index) {
      const hint = `one at a time: events[${twin}] is there already`;
      problems.rule({ path: [...place, 'at'], message: 'is taken', hint }, [[...path, 'events', twin, 'at']]);
    }
    if (restart !== undefined) checkRestart([...place, 'restart'], target, problems);
  });
}

function checkRestart(path: Path, target: ProfileInput['target'], problems: Resolution['problems']): void {
  const isOthers = target?.url !== undefined && target.command === undefined;
  if (isOthers) {
    const hint = 'let wsurge start it: target: { command: ..., url: ... }; or cut connections: disconnect: 100%';
    problems.rule({ path, at: 'key', message: 'needs a server that wsurge starts itself', hint }, [['target']]);
  }
  if (target?.embedded === 'uws') {
    const message = 'needs target.embedded: ws';
    const hint = 'uWebSockets.js cannot take its port again for a minute after it closed connections';
    problems.rule({ path, at: 'key', message, hint }, [['target', 'embedded']]);
  }
}
