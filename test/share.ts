/**
 * Tests that try a thing many times over: `npm test` takes a share of the tries, and `.ci/run` takes them all. Here as
 * there: `WSURGE_TEST_WHOLE=1 npm test -- simulation`.
 */
export const IS_WHOLE = process.env['WSURGE_TEST_WHOLE'] === '1';

/** How many tries this pass takes. */
export function tries({ whole, share }: { readonly whole: number; readonly share: number }): number {
  return IS_WHOLE ? whole : share;
}
