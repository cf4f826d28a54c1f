// Writes schemas/profile.schema.json from the built code; with --check only says whether it has drifted.
import { readFileSync, writeFileSync } from 'node:fs';
import { profileJsonSchemaText } from '../dist/src/profile/json-schema.js';

const file = new URL('../schemas/profile.schema.json', import.meta.url);
const wanted = profileJsonSchemaText();

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== wanted) {
    process.stderr.write(
      'schemas/profile.schema.json has drifted from the code: run `npm run build && npm run schema`\n',
    );
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, wanted);
}
