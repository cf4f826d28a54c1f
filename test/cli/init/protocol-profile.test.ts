import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { completions } from '../../../src/cli/completion.js';
import { protocolProfileText } from '../../../src/cli/init/protocol-profile.js';
import type { CliIo } from '../../../src/cli/io.js';
import { main } from '../../../src/cli/main.js';
import { EXIT } from '../../../src/errors.js';
import { cellsOf } from '../../../src/plan/cells.js';
import { parseProfile } from '../../../src/profile/parse.js';
import { PROTOCOL_NAMES, PROTOCOLS } from '../../../src/profile/protocols.js';

const parse = (text: string) =>
  parseProfile({ kind: 'file', path: 'p.yaml', text }, { env: { TOKEN: 'a-token' }, readText: () => '' });

describe('the profile of a protocol', () => {
  for (const name of PROTOCOL_NAMES) {
    const text = protocolProfileText(name, null, 'p.yaml');

    it(`is one that can be run: ${name}`, () => {
      const { profile } = parse(text);
      assert.equal(profile.protocol.name, name);
      const [load] = profile.load;
      assert.ok(load!.talk!.requests.length > 0 || load!.rates[0]!.to === 0);
      // Every request is translated, with its number where replies are matched.
      for (const { send } of cellsOf(profile)[0]!.wire!.requests) {
        assert.equal(send.includes('{{sequence}}'), PROTOCOLS[name].answers, send);
      }
    });

    it(`is one whichever option is no comment any more: ${name}`, () => {
      const options = text.split('\n').flatMap((line, index) => (/^ {2}# \w+: /.test(line) ? [index] : []));
      assert.equal(options.length > 0, ['socket.io', 'graphql-ws', 'centrifugo', 'stomp', 'mqtt'].includes(name));
      const lines = text.split('\n').map((line, index) => (options.includes(index) ? line.replace('# ', '') : line));
      const given = (lines: string) => Object.keys(parse(lines).profile.protocol.options).length;
      assert.equal(given(lines.join('\n')), given(text) + options.length);
    });

    it(`has the address that was given, and lines of at most 120 characters: ${name}`, () => {
      const given = protocolProfileText(name, 'wss://chat.example.com/own', 'p.yaml');
      const { target } = parse(given).profile;
      assert.match(target.kind === 'url' ? target.url : '', /^wss:\/\/chat\.example\.com\/own/);
      assert.deepEqual(
        given.split('\n').filter((line) => line.length > 120),
        [],
      );
    });
  }
});

describe('wsurge init --protocol', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'wsurge-init-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function wsurge(...args: string[]): Promise<{ code: number; output: string }> {
    let output = '';
    const write = (part: string) => {
      output += part;
    };
    const sink = { write, isTTY: false, columns: 80 };
    const io: CliIo = { stdout: sink, stderr: sink, env: {}, cwd: folder, signal: new AbortController().signal };
    return { code: await main(args, io), output };
  }

  it('writes the profile, which --dry-run understands, and never over another one', async () => {
    const init = ['init', '--protocol', 'socket.io', 'ws://127.0.0.1:3000'];
    assert.equal((await wsurge(...init)).code, EXIT.passed);
    const written = readFileSync(join(folder, 'wsurge.yaml'), 'utf8');
    const { code, output } = await wsurge('run', 'wsurge.yaml', '--dry-run');
    assert.equal(code, EXIT.passed);
    assert.match(output, /target +ws:\/\/127\.0\.0\.1:3000\/socket\.io\/\?EIO=4&transport=websocket/);
    assert.match(output, /sends +421000000000\["history","room-0",20\]/);
    const again = await wsurge('init', '--protocol', 'phoenix');
    assert.deepEqual([again.code, readFileSync(join(folder, 'wsurge.yaml'), 'utf8')], [EXIT.usage, written]);
  });

  it('prints it with --print', async () => {
    const { output } = await wsurge('init', '--protocol=phoenix', '--print');
    assert.equal(output, protocolProfileText('phoenix', null, 'wsurge.yaml'));
  });

  it('refuses a protocol that is not known, and an address that does not fit it', async () => {
    const unknown = await wsurge('init', '--protocol', 'soket.io');
    assert.equal(unknown.code, EXIT.usage);
    assert.match(unknown.output, /did you mean "socket\.io"\?/);
    const polling = await wsurge('init', '--protocol', 'socket.io', 'ws://h/?transport=polling', '-o', 'other.yaml');
    assert.equal(polling.code, EXIT.usage);
    assert.match(polling.output, /asks for a transport other than WebSocket/);
  });

  it('is completed and in the help', async () => {
    assert.deepEqual(completions(['init', '--protocol', 'p']), ['phoenix', 'pusher']);
    assert.match((await wsurge('init', '--help')).output, /--protocol <name> +A profile with a session/);
  });
});
