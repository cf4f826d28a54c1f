import { Crew, type CrewAsked } from '../app/crew.js';
import type { FleetWish } from '../app/tasks.js';
import type { CliIo } from './io.js';
import { tellWarnings } from './tell-warnings.js';

/** Finds the agents that make the load, says what is to be known of them, and lets go of the broker at the end. */
export async function withCrew<T>(
  asked: CrewAsked,
  wish: FleetWish | null,
  io: CliIo,
  use: (crew: Crew | null) => Promise<T>,
): Promise<T> {
  if (wish === null) return await use(null);
  const crew = await Crew.gather(asked, wish, io);
  try {
    tellWarnings(io, crew.notes);
    return await use(crew);
  } finally {
    await crew.close();
  }
}
