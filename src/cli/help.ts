/** What `wsurge --help` says around the list of flags: examples first, exit codes last. */
export const EXAMPLES = `wsurge: WebSocket load with numbers that say whether they can be trusted

Examples:
  wsurge run profiles/report.yaml                    the concurrency and benchmark tables
  wsurge run ws://127.0.0.1:9001/ -c 100 -R 1000 -d 30s
                                                     100 connections, 1,000 msg/s in total
  wsurge run profiles/report.yaml --target wss://staging.example.com/ws
  wsurge run profiles/matrix.yaml --dry-run          what would run; sends nothing
  wsurge run ws://127.0.0.1:9001/ --json > run.json  one JSON document on stdout
  wsurge check ws://127.0.0.1:9001/ --quick          does the server work at all?
  wsurge ab --a 'node old/server.js' --b 'node new/server.js' profile.yaml
                                                     is B slower than A?
  wsurge compare results/A results/B                 is B worse than A?
  wsurge history check                               did anything move in the last nights?
  wsurge report results/<run> --format junit,csv     its reports anew, in other formats
  wsurge capacity profiles/capacity.yaml --axis rate how much a server takes
  wsurge doctor -c 10k                               what this machine must grant for that
  wsurge serve --engine auto --port 9001             the reference server`;

export const EXIT_CODES = `Exit codes, the earlier wins:
  1    internal error
  104  bad usage, bad profile, or refused
  103  the target never opened a connection
  105  interrupted; partial results are written
  98   the measurement is invalid, or a threshold is undecided
  99   a gate, check or comparison failed
  0    passed (DEGRADED too, unless --strict)`;
