/**
 * What `npm test` leaves to `.ci/run`, so that it takes minutes on two cores: of tests that try a thing many times over it
 * takes a share of the tries, and of tests with whole processes one or two of a kind. All of them here as there:
 * `WSURGE_TEST_WHOLE=1 npm test -- simulation e2e/ab`.
 */
export const IS_WHOLE = process.env['WSURGE_TEST_WHOLE'] === '1';

/** How many tries this pass takes. */
export function tries({ whole, share }: { readonly whole: number; readonly share: number }): number {
  return IS_WHOLE ? whole : share;
}

/**
 * Code of a script that never gives its thread back: it holds the thread as a loop does, and leaves the processor to other
 * tests.
 */
export const ENDLESS = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);';

/** What the runner knows these tests by: it counts them apart from those that lack a tool. */
export const FURTHER = 'one more of its kind';

/** The options of a test that is one more of a kind of which `npm test` runs another. */
export const further = { skip: IS_WHOLE ? false : FURTHER };
