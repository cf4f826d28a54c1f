import picocolors from 'picocolors';
import { compareSaved } from '../app/compare.js';
import type { ComparisonDocument } from '../documents/comparison-schema.js';
import type { ExitCode } from '../errors.js';
import { comparisonModel } from '../report/comparison/model.js';
import { comparisonText } from '../report/comparison/terminal.js';
import { jsonText } from '../report/run/json.js';
import { sanitizeAll } from '../text/sanitize.js';
import { type CliIo, wantsColor } from './io.js';
import type { CompareCommand } from './options/compare-options.js';

/** `wsurge compare`: saved runs of A against saved runs of B. */
export async function compareCommand(request: CompareCommand, io: CliIo): Promise<ExitCode> {
  if (request.note !== null) io.stderr.write(`note: ${request.note}\n`);
  const document = await compareSaved(request, io);
  show(document, request, io);
  return document.outcome.exitCode as ExitCode;
}

function show(document: ComparisonDocument, { json, quiet, wide }: CompareCommand, io: CliIo): void {
  if (json) io.stdout.write(jsonText(document));
  const output = json ? io.stderr : io.stdout;
  if (quiet) {
    const { word, text } = sanitizeAll(comparisonModel(document).verdict.at(-1)!, 600);
    if (!json) output.write(`${word}: ${text}\n`);
    return;
  }
  if (json) return;
  const colors = picocolors.createColors(wantsColor(io, output));
  output.write(comparisonText(document, { colors, columns: Math.min(output.columns, 80), wide }));
}
