/** A machine that generates load. A limit is null if there is none or it is unknown. */
export interface GeneratorEnvironment {
  /** The name of the agent that runs on it; absent for the machine of the coordinator. */
  readonly agent?: string | undefined;
  readonly host: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly limits: { readonly openFiles: number | null; readonly ephemeralPorts: number | null };
}

/** The machines that made the load: the agents, or else all. One that only coordinates agents makes none. */
export function loadingMachines<Machine extends Pick<GeneratorEnvironment, 'agent'>>(
  generators: readonly Machine[],
): readonly Machine[] {
  const agents = generators.filter(({ agent }) => agent !== undefined);
  return agents.length === 0 ? generators : agents;
}
