// What every program here does alike: it uses a server through the vendor's own client, prints what it found as one line
// of JSON, and ends.

export const [origin] = process.argv.slice(2);

/** Prints what was found and ends, whatever the client still has open. */
export function report(found) {
  process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0));
}

/** Waits for a call of `begin`'s argument, and gives what it was called with. */
export function once(begin) {
  return new Promise((resolve) => begin(resolve));
}

/** Waits until the server has counted one of these. `path`: where it tells its counts. */
export async function counted(name, path = '') {
  for (;;) {
    const response = await fetch(`${origin.replace('ws:', 'http:')}${path}`);
    if ((await response.json())[name] > 0) return true;
  }
}
