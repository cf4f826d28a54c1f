/** Whether a JSON value holds another one: of objects each member that is named, anything else as it is. */

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Not recursive: nested messages must not exhaust the stack. */
export function includes(actual: unknown, expected: unknown): boolean {
  const pairs: [actual: unknown, expected: unknown][] = [[actual, expected]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [mine, wanted] = pair;
    if (isObject(wanted)) {
      if (!isObject(mine)) return false;
      for (const [key, value] of Object.entries(wanted)) pairs.push([mine[key], value]);
    } else if (Array.isArray(wanted)) {
      if (!Array.isArray(mine) || mine.length !== wanted.length) return false;
      for (let i = 0; i < wanted.length; i++) pairs.push([mine[i], wanted[i]]);
    } else if (!Object.is(mine, wanted)) return false;
  }
  return true;
}
