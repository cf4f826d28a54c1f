// Writes docs/reference/*.md from the built code; with --check only says which pages have drifted.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { countersPage } from './reference/counters.mjs';
import { exitCodesPage } from './reference/exit-codes.mjs';
import { faultsPage } from './reference/faults.mjs';
import { flagsPage } from './reference/flags.mjs';
import { libraryPage } from './reference/library.mjs';
import { limitsPage } from './reference/limits.mjs';
import { metricsPage } from './reference/metrics.mjs';
import { profilePage } from './reference/profile.mjs';

const folder = new URL('../docs/reference/', import.meta.url);
const pages = {
  'counters.md': countersPage(),
  'exit-codes.md': exitCodesPage(),
  'faults.md': faultsPage(),
  'flags.md': flagsPage(),
  'library.md': libraryPage(),
  'limits.md': limitsPage(),
  'metrics.md': metricsPage(),
  'profile.md': profilePage(),
};

const isCheck = process.argv.includes('--check');
mkdirSync(folder, { recursive: true });
for (const [name, wanted] of Object.entries(pages)) {
  const file = new URL(name, folder);
  if (!isCheck) writeFileSync(file, wanted);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== wanted)
    complain(`docs/reference/${name} has drifted from the code`);
}
for (const name of readdirSync(folder)) {
  if (name in pages) continue;
  if (isCheck) complain(`docs/reference/${name} is not generated: it belongs into docs/guide`);
  else rmSync(new URL(name, folder));
}

function complain(problem) {
  process.stderr.write(`${problem}: run \`npm run build && npm run docs\`\n`);
  process.exitCode = 1;
}
