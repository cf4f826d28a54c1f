/** docs/deploy/compose.yaml: what it refers to is there, and its three parts fit together. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { composeFile, composeText } from './compose-file.js';
import { DEPLOY, deployFile } from './deploy-files.js';

describe('docs/deploy/compose.yaml', () => {
  const { services } = composeFile();
  const { broker, agent, coordinator } = services;
  const README = deployFile('README.md');
  /** What the first block of README.md makes. */
  const [, made = ''] = /```sh\n(NAMES=[\s\S]*?)```/.exec(README) ?? [];

  it('has a broker, agents and a coordinator that is started by hand', () => {
    assert.deepEqual(Object.keys(services), ['broker', 'agent', 'coordinator']);
    assert.deepEqual(coordinator!.profiles, ['run']);
    for (const { depends_on: needed = [] } of [agent!, coordinator!]) assert.deepEqual(needed, ['broker']);
  });

  it('mounts files that are there, or that README.md makes', () => {
    for (const { volumes } of Object.values(services)) {
      for (const volume of volumes) {
        const source = volume.split(':')[0]!;
        const isMade = /^\.\/tls(\/(ca|client)(-key)?\.pem)?$/.test(source);
        assert.ok(isMade || existsSync(join(DEPLOY, source)), `${source} is missing`);
      }
    }
  });

  it('gives the key of the broker to the broker alone', () => {
    for (const { volumes } of [agent!, coordinator!]) {
      assert.deepEqual(
        volumes.filter((volume) => /server|ca-key|^\.\/tls:/.test(volume)),
        [],
      );
    }
    assert.ok(broker!.volumes.includes('./tls:/etc/wsurge/tls:ro'));
  });

  it('tells each where the files are that it mounts', () => {
    for (const { environment, volumes } of [agent!, coordinator!]) {
      for (const name of ['NATS_CA', 'NATS_CERT', 'NATS_KEY']) {
        assert.ok(
          volumes.some((volume) => volume.endsWith(`:${environment[name]}:ro`)),
          `${name}: ${environment[name]}`,
        );
      }
      assert.equal(new URL(environment['NATS_URL']!).hostname, 'broker');
    }
    const paths = [...deployFile('nats-server.conf').matchAll(/_file: "(.+)"/g)].map(([, path]) => path!);
    assert.equal(paths.length, 3);
    for (const path of paths) assert.match(path, /^tls\//);
    assert.ok(broker!.volumes.some((volume) => volume.includes(`:${broker!.working_dir}/nats-server.conf:`)));
    assert.deepEqual(broker!.command, ['--config', 'nats-server.conf']);
  });

  it('has a user of nats-server.conf for each, and passwords that README.md makes', () => {
    const variables = [...composeText().matchAll(/\$\{(\w+)/g)].map(([, name]) => name!);
    for (const name of new Set(variables)) assert.match(made, new RegExp(`echo "${name}=`));
    const config = deployFile('nats-server.conf');
    for (const [user, { environment }] of Object.entries({ agent: agent!, coordinator: coordinator! })) {
      assert.equal(environment['NATS_USER'], user);
      const variable = `${user.toUpperCase()}_PASSWORD`;
      assert.match(environment['NATS_PASSWORD']!, new RegExp(`^\\$\\{${variable}:\\?`));
      assert.match(config, new RegExp(`user: "${user}"\\s+password: \\$${variable}\\n`));
      assert.match(broker!.environment[variable]!, new RegExp(`^\\$\\{${variable}:\\?`));
    }
  });

  it('runs nothing as root, and nothing that may write to its image', () => {
    for (const [name, { user, read_only: isReadOnly }] of Object.entries(services)) {
      assert.equal(user, `\${OWNER:-1000:1000}`, name);
      assert.equal(isReadOnly, true, name);
    }
  });

  it('has the same broker as kubernetes.yaml', () => {
    assert.ok(deployFile('kubernetes.yaml').includes(`image: ${broker!.image}\n`), broker!.image);
  });
});
