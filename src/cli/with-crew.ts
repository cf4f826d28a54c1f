import { Crew, type CrewAsked } from '../app/crew.js';
import type { FleetWish } from '../app/tasks.js';
import { formatCounted } from '../units.js';
import type { CliIo } from './io.js';
import { tellWarnings } from './tell-warnings.js';

interface WithCrew {
  /** Null: this machine makes the load. */
  readonly fleet: FleetWish | null;
  readonly quiet: boolean;
}

/**
 * Takes the agents that make the load, says what is to be known of them and of their broker, and gives them back at the
 * end.
 */
export async function withCrew<T>(
  asked: CrewAsked,
  { fleet: wish, quiet }: WithCrew,
  io: CliIo,
  use: (crew: Crew | null) => Promise<T>,
): Promise<T> {
  if (wish === null) return await use(null);
  const crew = await Crew.gather(asked, wish, io, (line) => {
    if (!quiet) io.stderr.write(`${line}\n`);
  });
  try {
    tellWarnings(io, crew.notes);
    return await use(crew);
  } finally {
    await crew.close();
  }
}

/** What a dry run says of agents. */
export function tellDryFleet(fleet: FleetWish | null, { stderr }: Pick<CliIo, 'stderr'>): void {
  if (fleet === null) return;
  stderr.write(
    `note: ${formatCounted(fleet.agents, 'agent')} would share this load, with no more workers than they offer; none is asked in a dry run\n`,
  );
}
