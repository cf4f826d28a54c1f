import type { Wire } from '../dialect/wire.js';
import { sessionNames } from './fill.js';

/**
 * Which requests need a value that the reply to a request brings. Example: `create` captures `id`, and `use` holds
 * `{{session.id}}`:
 *
 *     names   ['id']
 *     brings  [[0], []]     the reply to `create` brings it
 *     needs   [[], [0]]     `use` needs it
 */
export interface Needs {
  readonly names: readonly string[];
  /** By request: the values that its reply brings, by their place in `names`. */
  readonly brings: readonly (readonly number[])[];
  /** By request: the values without which it cannot be sent. */
  readonly needs: readonly (readonly number[])[];
}

/** Null if no request needs what another one brings. Values that the session alone captures are there from the start. */
export function needsOf(wire: Pick<Wire, 'requests'> | undefined): Needs | null {
  const requests = wire?.requests ?? [];
  const brought = new Set(requests.flatMap(({ captures }) => captures.map(({ name }) => name)));
  const wanted = requests.map(({ send }) => sessionNames(send).filter((name) => brought.has(name)));
  const names = [...new Set(wanted.flat())];
  if (names.length === 0) return null;
  const places = (of: readonly string[]) => of.map((name) => names.indexOf(name)).filter((place) => place >= 0);
  return {
    names,
    brings: requests.map(({ captures }) => places(captures.map(({ name }) => name))),
    needs: wanted.map(places),
  };
}
