import type { FleetWish } from '../../app/tasks.js';
import type { Env } from '../../profile/interpolate.js';
import { quoted } from '../../profile/problem-list.js';
import { parseDurationMs } from '../../units.js';
import { OF_FLEETS } from '../flags/of-fleets.js';
import type { RunFlagName } from '../flags/run.js';
import type { FlagValues } from './flag-values.js';

const WAIT_MS = 60_000;
const MOST_AGENTS = 1000;

/** The agents that a command line asks for; null for none. */
export function fleetAsked(values: FlagValues<RunFlagName>, env: Env): FleetWish | null {
  const given = values.text('agents');
  if (given === null) {
    for (const name of Object.keys(OF_FLEETS) as (keyof typeof OF_FLEETS)[]) {
      if (values.isGiven(name)) values.refuse(`--${name}`, 'needs --agents', 'e.g. --agents 2');
    }
    return null;
  }
  const agents = Number(given.value);
  if (!Number.isInteger(agents) || agents < 1 || agents > MOST_AGENTS) {
    values.refuse(given.origin, `${quoted(given.value)} is no number of agents`, `1 to ${MOST_AGENTS}`);
  }
  const url = values.text('nats')?.value ?? env['NATS_URL'] ?? '';
  if (url === '') {
    values.refuse(given.origin, 'needs the URL of a broker', 'e.g. --nats nats://127.0.0.1:4222, or NATS_URL');
  }
  return {
    agents,
    url,
    fleet: nameOf(values, 'fleet') ?? 'default',
    labels: labelsOf(values),
    exclude: values.list('exclude-agent').map(({ value }) => value),
    waitMs: waitOf(values),
    targetHost: targetHostOf(values),
  };
}

/** A name that can be part of a subject. */
function nameOf(values: FlagValues<RunFlagName>, flag: 'fleet'): string | null {
  const given = values.text(flag);
  if (given === null || /^[A-Za-z0-9_-]{1,64}$/.test(given.value)) return given?.value ?? null;
  values.refuse(given.origin, `${quoted(given.value)} is no name of a fleet`, 'letters, digits, - and _');
  return null;
}

function labelsOf(values: FlagValues<RunFlagName>): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const { value, origin } of values.list('agent-label')) {
    const at = value.indexOf('=');
    if (at < 1) values.refuse(origin, `${quoted(value)} is not a label`, 'write it like --agent-label region=eu');
    else labels[value.slice(0, at)] = value.slice(at + 1);
  }
  return labels;
}

/** Refuses what every machine calls itself. */
function targetHostOf(values: FlagValues<RunFlagName>): string | null {
  const given = values.text('target-host');
  if (given === null) return null;
  const host = given.value.trim().replace(/^\[(.*)\]$/, '$1');
  const isHost = host !== '' && URL.canParse(`ws://${host.includes(':') ? `[${host}]` : host}:1/`);
  if (!isHost || /[/@?#\s]/.test(host)) {
    values.refuse(given.origin, `${quoted(given.value)} is no address`, 'e.g. --target-host 10.0.0.5');
  } else if (/^(0\.0\.0\.0|::|0)$/.test(host)) {
    const message = `${quoted(given.value)} is any address of this machine: agents need one that they reach`;
    values.refuse(given.origin, message, 'e.g. --target-host 10.0.0.5');
  }
  return host;
}

function waitOf(values: FlagValues<RunFlagName>): number {
  const given = values.text('agents-wait');
  if (given === null) return WAIT_MS;
  const ms = parseDurationMs(given.value);
  if (ms === null) values.refuse(given.origin, `${quoted(given.value)} is no duration`, 'write it like 60s');
  return ms ?? WAIT_MS;
}
