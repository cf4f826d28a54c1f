/** The texts that `wsurge init` writes. */
import { toolVersion } from '../../machine/tool-version.js';

export type Ci = 'github' | 'gitlab';

/** The loads of a profile whose messages are answered. */
export const SENDING_LOAD = `load:
  # Does it get slower with more connections? The same messages, over more and more of them.
  - { name: concurrency, sweep: { connections: [1, 10, 50, 100] }, rate: 500/s }
  # Does it get slower with more messages?
  - { name: throughput, connections: 50, sweep: { rate: [100/s, 500/s, 1000/s] } }

# Of every step: a second to warm up, then ten that count.
warmup: 1s
duration: 10s

# What must hold; a miss ends with exit code 99. Milliseconds.
thresholds:
  ws_response_time: p(95)<100
  ws_msgs_answered: rate>=99%
`;

/** A profile with comments. Without a URL its target is the reference server. */
export function profileText(url: string | null, file: string): string {
  const target =
    url === null
      ? `# The reference server, started and stopped by wsurge. For your own: { url: ws://127.0.0.1:9001/ }, or, to have it
# started as well: { command: node server.js, url: ws://127.0.0.1:9001/, ready: port }
target: { embedded: auto }`
      : `# Where the server listens. To have it started and stopped as well, add: command: node server.js
target:
  url: ${JSON.stringify(url)}`;
  return `# A load test of a WebSocket server. See what it would do: wsurge run ${file} --dry-run
# All keys: wsurge schema profile. An editor completes them with the two lines
#   wsurge schema profile > profile.schema.json
#   # yaml-language-server: $schema=profile.schema.json
name: my-server

${target}
# Secrets stay outside of this file: headers: { authorization: 'Bearer \${env:TOKEN}' } below target.

# What is sent: JSON of 64 bytes with a sequence number, by which each reply is found. A server that sends back something
# else: reply: { match: order } where replies come in order, { match: none } where there are none.
message: { format: json, size: 64 }
reply: { match: sequence, timeout: 5s }

${SENDING_LOAD}`;
}

/**
 * The CI file and where it belongs. `starts`: nothing listens on a fresh runner, so that the job must build and start the
 * server; how is for the user to say, in `BUILD` and `START` as in docs/ci.
 */
export function ciFile(ci: Ci, profile: string, starts: boolean): { readonly name: string; readonly text: string } {
  return ci === 'github'
    ? { name: '.github/workflows/wsurge.yml', text: githubText(profile, starts) }
    : { name: '.gitlab-ci.yml', text: gitlabText(profile, starts) };
}

/** What the profile does not know: wsurge starts the server with it, waits for its port, and stops it at the end. */
const STARTED = ' --set target.command="$START"';

function githubText(profile: string, starts: boolean): string {
  const edit = starts
    ? `
env:
  # EDIT THESE TWO LINES: how your server is built, and how it is started. wsurge waits until it listens, and stops it.
  BUILD: npm ci
  START: node server.js
`
    : '';
  const build = starts
    ? `
      - name: Build the server
        run: $BUILD
`
    : '';
  return `# Measures the server of ${profile} on every pull request. Hosted runners share their cores: exit code 98 says that this one
# was too busy to measure on, which is no fault of the change.
name: wsurge

on: [pull_request, workflow_dispatch]

permissions:
  contents: read
${edit}
jobs:
  measure:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-node@v6
        with: { node-version: 24 }
${build}
      # The report goes into the summary of the job by itself.
      - name: Measure
        run: |
          code=0
          npx --yes wsurge@${toolVersion()} run ${profile}${starts ? STARTED : ''} --format junit || code=$?
          case $code in
            98) echo "::warning::wsurge: this machine was too busy to tell" ;;
            *) exit "$code" ;;
          esac

      - name: Reports
        if: always()
        uses: actions/upload-artifact@v6
        with: { name: wsurge, path: results, if-no-files-found: ignore }
`;
}

function gitlabText(profile: string, starts: boolean): string {
  const edit = starts
    ? `
  variables:
    # EDIT THESE TWO LINES: how your server is built, and how it is started. wsurge waits until it listens, and stops it.
    BUILD: npm ci
    START: node server.js`
    : '';
  const build = starts ? '\n    - $BUILD' : '';
  return `# Measures the server of ${profile} on every merge request. Exit code 98 says that the runner was too busy to measure on, which
# is no fault of the change: a warning.
wsurge:
  image: node:24
  rules: [{ if: $CI_PIPELINE_SOURCE == "merge_request_event" }]
  timeout: 30m
  allow_failure: { exit_codes: [98] }${edit}
  script:${build}
    - npx --yes wsurge@${toolVersion()} run ${profile}${starts ? STARTED : ''} --format junit
  artifacts: { when: always, paths: [results], reports: { junit: results/*/junit.xml } }
`;
}
