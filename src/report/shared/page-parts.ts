/** The parts that every page has. */
import type { GeneratorEnvironment } from '../../metrics/environment.js';
import { sanitize } from '../../text/sanitize.js';
import { formatBytes, formatCount } from '../../units.js';
import type { ReasonLine } from './doubt-lines.js';
import type { VerdictLine } from './verdict-line.js';

export type Fact = readonly [name: string, value: string];

/** The top of a page: the verdict, and why. */
export interface PageHead {
  readonly id: string;
  readonly name: string;
  /** When it was run, and against which target. */
  readonly origin: string;
  /** The last one is the result. */
  readonly verdict: readonly VerdictLine[];
  /** Each reason once, worst first. */
  readonly doubts: readonly ReasonLine[];
  /** Every reason, cell by cell. */
  readonly reasons: readonly ReasonLine[];
}

/** The end of a page: versions, machines and profile. */
export interface PageAbout {
  readonly id: string;
  readonly facts: readonly Fact[];
  /** One list of facts for each generator. */
  readonly machines: readonly (readonly Fact[])[];
  /** The profile as resolved, JSON; null where it is not known. */
  readonly profile: string | null;
}

/** One list of facts for each machine. Where agents made the load, each says whose it is. */
export function machineLists(generators: readonly GeneratorEnvironment[]): Fact[][] {
  const isFleet = generators.some(({ agent }) => agent !== undefined);
  return generators.map((machine) => [
    ...(isFleet ? [['Agent', machine.agent ?? 'none: it coordinates'] as const] : []),
    ...machineFacts(machine),
  ]);
}

function machineFacts(machine: GeneratorEnvironment): Fact[] {
  const { host, cpu, cores, memoryBytes, kernel, node, limits } = machine;
  const limit = (value: number | null) => (value === null ? 'not known' : formatCount(value));
  return [
    ['Host', host],
    ['Processor', `${cpu}, ${cores} cores`],
    ['Memory', formatBytes(memoryBytes)],
    ['Kernel', kernel],
    ['Node', node],
    ['Open files', limit(limits.openFiles)],
    ['Ephemeral ports', limit(limits.ephemeralPorts)],
  ];
}

/** `Capacity search: nightly`; the kind alone where the profile has no name of its own. */
export function titleOf(kind: string, profile: unknown): string {
  const name = profileName(profile);
  return name === null || name === 'run' ? kind : `${kind}: ${name}`;
}

/** The name of a profile as it was saved, or null. */
function profileName(profile: unknown): string | null {
  const name = typeof profile === 'object' && profile !== null ? (profile as { name?: unknown }).name : undefined;
  return typeof name === 'string' ? sanitize(name, 60) : null;
}
