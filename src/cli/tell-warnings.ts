import type { CliIo } from './io.js';

export function tellWarnings({ stderr }: Pick<CliIo, 'stderr'>, texts: readonly string[]): void {
  for (const text of texts) stderr.write(`warning: ${text}\n`);
}
