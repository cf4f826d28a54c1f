/** Commands for the first steps: profiles, init, schema, completion. */
import { PROTOCOL_NAMES } from '../../profile/protocols.js';
import type { CommandSpec, FlagTable } from './flag.js';
import { JSON_FLAG } from './output.js';

const PROFILES_FLAGS = { json: JSON_FLAG } as const satisfies FlagTable;

export const PROFILES: CommandSpec<keyof typeof PROFILES_FLAGS> = {
  name: 'profiles',
  summary: 'List the profiles that ship, or print one',
  positionals: [{ name: 'name', describe: 'Print this profile, as a start for your own', isProfile: true }],
  flags: PROFILES_FLAGS,
  examples: [
    { line: 'wsurge profiles', does: 'what there is, one line each' },
    { line: 'wsurge profiles report > my.yaml', does: 'a copy to change' },
  ],
};

export const CIS = ['github', 'gitlab'] as const;

const INIT_FLAGS = {
  protocol: {
    group: 'Messages',
    type: 'text',
    value: 'name',
    words: PROTOCOL_NAMES,
    describe: `A profile with a session and requests for what the server speaks: ${PROTOCOL_NAMES.join(', ')}`,
    variable: false,
  },
  ci: {
    group: 'Output',
    type: 'text',
    value: CIS.join('|'),
    describe: 'Also write a CI file',
    variable: false,
  },
  output: {
    group: 'Output',
    alias: 'o',
    type: 'text',
    value: 'file',
    default: 'wsurge.yaml',
    describe: 'File name of the profile',
    variable: false,
  },
  print: { group: 'Output', type: 'switch', describe: 'Print the files; write nothing', variable: false },
} as const satisfies FlagTable;

export const INIT: CommandSpec<keyof typeof INIT_FLAGS> = {
  name: 'init',
  summary: 'Write a profile for your server, with comments, and a CI file',
  positionals: [{ name: 'url', describe: 'ws://, wss:// or ws+unix: URL; without one the reference server' }],
  flags: INIT_FLAGS,
  examples: [
    { line: 'wsurge init ws://127.0.0.1:9001/', does: 'wsurge.yaml, for this server' },
    { line: 'wsurge init --protocol socket.io ws://127.0.0.1:3000', does: 'with a session and requests for it' },
    { line: 'wsurge init wss://staging.example.com/ws --ci github', does: 'and .github/workflows/wsurge.yml' },
  ],
  notes: ['Nothing is ever overwritten: where a file is there already, none is written.'],
};

export const SCHEMA_NAMES = ['profile', 'result', 'capacity', 'check', 'comparison'] as const;

export const SCHEMA: CommandSpec<never> = {
  name: 'schema',
  summary: 'Print a JSON Schema: of profiles, or of what is written',
  positionals: [{ name: 'name', describe: SCHEMA_NAMES.join(', '), words: SCHEMA_NAMES }],
  flags: {},
  examples: [{ line: 'wsurge schema profile > profile.schema.json', does: 'for an editor that completes profiles' }],
  notes: ['The package exports them too: wsurge/schemas/profile.schema.json.'],
};

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const COMPLETION: CommandSpec<never> = {
  name: 'completion',
  summary: 'Print the script that completes commands and flags in a shell',
  positionals: [{ name: 'shell', describe: SHELLS.join(', '), words: SHELLS }],
  flags: {},
  examples: [
    { line: 'source <(wsurge completion bash)', does: 'in ~/.bashrc' },
    { line: 'source <(wsurge completion zsh)', does: 'in ~/.zshrc, after compinit' },
    { line: 'wsurge completion fish | source', does: 'in ~/.config/fish/config.fish' },
  ],
};
