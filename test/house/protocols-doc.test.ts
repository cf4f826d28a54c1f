/** docs/guide/protocols.md says of each protocol what the code does. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { spokenBy } from '../../src/app/spoken.js';
import { cellsOf } from '../../src/plan/cells.js';
import { parseProfile } from '../../src/profile/parse.js';
import { PROTOCOL_NAMES, PROTOCOLS } from '../../src/profile/protocols.js';
import { projectFiles } from './project.js';

const PAGE = 'docs/guide/protocols.md';
const text = projectFiles().get(PAGE) ?? assert.fail(`${PAGE} is missing`);
const env = { TOKEN: 'a-token' };
const names = PROTOCOL_NAMES.filter((name) => name !== 'none');

/** The part of the page under the heading of a protocol. */
function sectionOf(name: string): string {
  const [, section] = text.split(`\n## ${name}\n`);
  return (section ?? assert.fail(`no heading for ${name}`)).split('\n## ')[0]!;
}

function blockOf(section: string, language: string): string {
  return new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(section)?.[1] ?? '';
}

describe(PAGE, () => {
  it('has the table of `to`, `send` and `subscribe`', () => {
    const rows = [...names, 'none' as const].map((name) => {
      const { is, to, send, subscribe, answers } = PROTOCOLS[name];
      return `| [\`${name}\`](#${name.replace('.', '')}) | ${is} | ${to ?? '-'} | ${send} | ${subscribe ?? '-'} | ${answers ? 'yes' : 'no'} |`;
    });
    const table = text.split('\n').filter((line) => line.startsWith('| [`'));
    assert.deepEqual(table, rows);
  });

  for (const name of PROTOCOL_NAMES) {
    it(`has an example of ${name} that says what stands below it, and names each option`, () => {
      const section = sectionOf(name);
      const source = { kind: 'file', path: `${PAGE}, ${name}`, text: blockOf(section, 'yaml') } as const;
      const parsed = parseProfile(source, { env, readText: () => assert.fail('no file is named') });
      assert.equal(parsed.profile.protocol.name, name);
      const [spoken] = spokenBy(parsed, cellsOf(parsed.profile), env);
      const sent = [...spoken!.steps, ...spoken!.requests].flatMap(({ sends }) => sends ?? []);
      assert.equal(blockOf(section, 'text'), sent.map((line) => `${line}\n`).join(''));
      const words = [...PROTOCOLS[name].options, ...PROTOCOLS[name].words];
      for (const word of words) assert.ok(section.includes(`\`${word}\``), `${word} is not explained`);
    });
  }
});
