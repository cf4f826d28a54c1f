// Writes schemas/*.schema.json from the built code; with --check only says which have drifted.
import { readFileSync, writeFileSync } from 'node:fs';
import { capacityJsonSchemaText } from '../dist/src/documents/capacity-schema.js';
import { checkJsonSchemaText } from '../dist/src/documents/check-schema.js';
import { comparisonJsonSchemaText } from '../dist/src/documents/comparison-schema.js';
import { resultJsonSchemaText } from '../dist/src/documents/result-schema.js';
import { profileJsonSchemaText } from '../dist/src/profile/json-schema.js';

const schemas = {
  'capacity.schema.json': capacityJsonSchemaText(),
  'profile.schema.json': profileJsonSchemaText(),
  'check.schema.json': checkJsonSchemaText(),
  'comparison.schema.json': comparisonJsonSchemaText(),
  'result.schema.json': resultJsonSchemaText(),
};

for (const [name, wanted] of Object.entries(schemas)) {
  const file = new URL(`../schemas/${name}`, import.meta.url);
  if (!process.argv.includes('--check')) {
    writeFileSync(file, wanted);
  } else if (readFileSync(file, 'utf8') !== wanted) {
    process.stderr.write(`schemas/${name} has drifted from the code: run \`npm run build && npm run schema\`\n`);
    process.exitCode = 1;
  }
}
