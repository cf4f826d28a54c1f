import type { GeneratorEnvironment } from '../../metrics/environment.js';
import { sanitize } from '../../text/sanitize.js';
import { fewNames } from '../../units.js';

/** Machines of one kind that did the same. */
export interface MachineKind {
  /** The first of them; they differ in their hosts alone. */
  readonly machine: GeneratorEnvironment;
  /** `agents a1, a2 and 6 more`, or that it coordinates them; null where one machine did all. */
  readonly who: string | null;
  readonly hosts: string;
}

const MOST_NAME = 48;

/** The machines of a load, each kind once: a fleet of a hundred equal ones is one line. The coordinator comes first. */
export function machineKinds(generators: readonly GeneratorEnvironment[]): MachineKind[] {
  const isFleet = generators.some(({ agent }) => agent !== undefined);
  const kinds = new Map<string, GeneratorEnvironment[]>();
  for (const machine of generators) {
    const { host: _, agent, ...facts } = machine;
    const key = JSON.stringify([agent === undefined, facts]);
    kinds.set(key, [...(kinds.get(key) ?? []), machine]);
  }
  return [...kinds.values()].map((machines) => {
    const names = machines.flatMap(({ agent }) => (agent === undefined ? [] : sanitize(agent, MOST_NAME)));
    const agents = `agent${names.length === 1 ? '' : 's'} ${fewNames(names)}`;
    const who = !isFleet ? null : names.length === 0 ? 'coordinates, makes no load' : agents;
    return { machine: machines[0]!, who, hosts: fewNames([...new Set(machines.map(({ host }) => host))]) };
  });
}
