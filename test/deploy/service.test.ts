/** docs/deploy/agent.service: what an agent needs is granted, and what it must never do is shut off. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deployFile } from './deploy-files.js';

/** Every setting of the unit by name, in the order in which they stand. */
function settingsOf(unit: string): Map<string, string[]> {
  const settings = new Map<string, string[]>();
  for (const line of unit.split('\n').filter((each) => each !== '' && !/^[#[]/.test(each))) {
    const [, name, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? assert.fail(`no setting: ${line}`);
    settings.set(name!, [...(settings.get(name!) ?? []), value!]);
  }
  return settings;
}

describe('docs/deploy/agent.service', () => {
  const unit = deployFile('agent.service');
  const settings = settingsOf(unit);
  const of = (name: string) => settings.get(name) ?? assert.fail(`no ${name}`);

  it('has the three sections of a unit', () => {
    assert.deepEqual(unit.match(/^\[.+\]$/gm), ['[Unit]', '[Service]', '[Install]']);
  });

  it('grants a file for each connection, and time to leave', () => {
    assert.deepEqual(of('LimitNOFILE'), ['1048576']);
    assert.ok(Number(of('TasksMax')[0]) >= 1024);
    assert.ok(Number(of('TimeoutStopSec')[0]) >= 30);
  });

  it('runs as nobody in particular, and reaches no socket of its machine', () => {
    assert.deepEqual([of('DynamicUser'), of('NoNewPrivileges'), of('CapabilityBoundingSet')], [['yes'], ['yes'], ['']]);
    assert.doesNotMatch(of('RestrictAddressFamilies')[0]!, /AF_UNIX/);
    assert.ok(!settings.has('MemoryDenyWriteExecute'), 'V8 compiles code');
  });

  it('has no secret in its command, and hands over the files that it names', () => {
    assert.doesNotMatch(of('ExecStart').join(), /password|\/\/[^/\s]+@/i);
    const credentials = of('LoadCredential').map((each) => each.split(':')[0]!);
    const named = [
      ...of('Environment')
        .join(' ')
        .matchAll(/NATS_\w+=%d\/(\S+)/g),
    ].map(([, name]) => name!);
    assert.deepEqual(named.toSorted(), credentials.toSorted());
    assert.equal(named.length, 3);
  });
});
