/** docs/deploy/kubernetes.yaml, by the schemas of Kubernetes, and by what its parts say of each other. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseProfile } from '../../src/profile/parse.js';
import { skipWithout } from '../needs.js';
import { deployFile } from './deploy-files.js';
import { type Manifest, manifests } from './kubernetes-file.js';

const all = manifests();
const named = (kind: string, name: string) =>
  all.find((each) => each.kind === kind && each.metadata.name === name) ?? assert.fail(`no ${kind} ${name}`);
const templates = all.flatMap(({ spec }) => (spec?.template === undefined ? [] : [spec.template]));
const podOf = (kind: string, name: string) => named(kind, name).spec!.template!.spec;
const containerOf = (kind: string, name: string) => podOf(kind, name).containers[0]!;
const valueAfter = (args: readonly string[], flag: string) => args[args.indexOf(flag) + 1];

describe('docs/deploy/kubernetes.yaml, by the schemas of Kubernetes', {
  skip: await skipWithout('kubernetesModels'),
}, () => {
  for (const manifest of all) {
    it(`is right: ${manifest.kind} ${manifest.metadata.name}`, async () => {
      const { problems, unknown } = await judge(manifest);
      assert.deepEqual({ problems, unknown }, { problems: [], unknown: [] });
    });
  }

  it('would not be with a wrong value or a word that Kubernetes does not know', async () => {
    const job = structuredClone(named('Job', 'wsurge-agents')) as unknown as { spec: Record<string, unknown> };
    Object.assign(job.spec, { parallelism: 'two', completionmode: 'Indexed' });
    const { problems, unknown } = await judge(job as unknown as Manifest);
    assert.deepEqual(problems, ['/spec/parallelism']);
    assert.deepEqual(unknown, ['/spec/completionmode']);
  });
});

describe('docs/deploy/kubernetes.yaml', () => {
  it('lies in one namespace', () => {
    const [namespace, ...others] = all;
    assert.equal(namespace!.kind, 'Namespace');
    for (const { metadata } of others) assert.equal(metadata.namespace, namespace!.metadata.name, metadata.name);
  });

  it('has the configuration of nats-server.conf, word for word', () => {
    assert.equal(named('ConfigMap', 'wsurge-broker').data!['nats-server.conf'], deployFile('nats-server.conf'));
  });

  it('has a profile that is understood, and a target that agents reach', () => {
    const text = named('ConfigMap', 'wsurge-profile').data!['profile.yaml']!;
    const source = { kind: 'file', path: 'profile.yaml', text } as const;
    const { profile } = parseProfile(source, { env: {}, readText: () => assert.fail('no file is named') });
    assert.match(JSON.stringify(profile.target), /\.svc/);
  });

  it('starts as many agents as the run asks for, each by its own name', () => {
    const { completions, parallelism } = named('Job', 'wsurge-agents').spec!;
    assert.equal(completions, parallelism);
    assert.equal(valueAfter(containerOf('Job', 'wsurge-run').args, '--agents'), String(parallelism));
    const { args } = containerOf('Job', 'wsurge-agents');
    assert.match(valueAfter(args, '--name')!, /\$\(JOB_COMPLETION_INDEX\)/);
    assert.ok(args.includes('--once'));
  });

  it('gives agents whole cores: requests are limits', () => {
    const { requests, limits } = containerOf('Job', 'wsurge-agents').resources;
    assert.deepEqual(requests, limits);
    assert.match(limits['cpu']!, /^\d+$/);
  });

  it('selects pods that it makes', () => {
    const labels = templates.map((template) => template.metadata.labels['app']);
    assert.deepEqual(labels, ['wsurge-broker', 'wsurge-agent', 'wsurge-run']);
    assert.deepEqual(named('Service', 'broker').spec!.selector, { app: 'wsurge-broker' });
    const pod = podOf('Job', 'wsurge-agents') as unknown as { topologySpreadConstraints: unknown[] };
    assert.match(JSON.stringify(pod.topologySpreadConstraints), /"matchLabels":\{"app":"wsurge-agent"\}/);
  });

  it('has agents and run ask the broker by its name, each as its own user', () => {
    for (const [job, user] of [
      ['wsurge-agents', 'agent'],
      ['wsurge-run', 'coordinator'],
    ] as const) {
      const { env, volumeMounts } = containerOf('Job', job);
      const of = (name: string) => env.find((each) => each.name === name) ?? assert.fail(`${job}: no ${name}`);
      assert.equal(of('NATS_URL').value, `tls://${named('Service', 'broker').metadata.name}:4222`);
      assert.equal(of('NATS_USER').value, user);
      assert.deepEqual(of('NATS_PASSWORD').valueFrom!.secretKeyRef, { name: 'wsurge-passwords', key: user });
      for (const name of ['NATS_CA', 'NATS_CERT', 'NATS_KEY']) {
        assert.ok(
          volumeMounts.some(({ mountPath }) => of(name).value!.startsWith(`${mountPath}/`)),
          name,
        );
      }
    }
  });

  it('refers to what it holds, and to Secrets that its head makes', () => {
    const text = deployFile('kubernetes.yaml');
    const created = [...text.matchAll(/^# .*create secret generic (\S+)/gm)].map(([, name]) => name!);
    const secrets = [...text.matchAll(/(?:secretName|secretKeyRef:\n +name|secret:\n +name): (\S+)/g)].map(
      ([, name]) => name!,
    );
    assert.deepEqual([...new Set(secrets)].toSorted(), created.toSorted());
    for (const { spec } of templates) {
      const volumes = new Set(spec.volumes.map(({ name }) => name));
      for (const { volumeMounts } of spec.containers) {
        assert.deepEqual(
          volumeMounts.filter(({ name }) => !volumes.has(name)),
          [],
        );
      }
      const maps = [...JSON.stringify(spec.volumes).matchAll(/"configMap":\{"name":"([^"]+)"/g)].map(
        ([, name]) => name!,
      );
      for (const name of maps) named('ConfigMap', name);
      const claims = [...JSON.stringify(spec.volumes).matchAll(/"claimName":"([^"]+)"/g)].map(([, name]) => name!);
      for (const name of claims) named('PersistentVolumeClaim', name);
    }
    assert.doesNotMatch(text, /^kind: Secret/m);
  });

  it('runs nothing as root, and gives nothing rights that it does not need', () => {
    for (const { metadata, spec } of templates) {
      assert.equal(spec.securityContext.runAsNonRoot, true, metadata.labels['app']);
      assert.equal(spec.automountServiceAccountToken, false);
      for (const { securityContext } of spec.containers) {
        assert.equal(securityContext.readOnlyRootFilesystem, true);
        assert.equal(securityContext.allowPrivilegeEscalation, false);
        assert.deepEqual(securityContext.capabilities?.drop, ['ALL']);
      }
    }
  });
});

interface Validate {
  (data: unknown): boolean;
  readonly errors?: readonly { readonly instancePath: string }[] | null;
}

/** What the schema of a kind finds wrong, and the words that it never looked at: the API server ignores or refuses them. */
async function judge(manifest: Manifest): Promise<{ problems: string[]; unknown: string[] }> {
  const [group, version] = manifest.apiVersion.includes('/')
    ? manifest.apiVersion.split('/')
    : ['core', manifest.apiVersion];
  const title = (word: string) => `${word[0]!.toUpperCase()}${word.slice(1)}`;
  const specifier = `kubernetes-models/_schemas/IoK8sApi${title(group!)}${title(version!)}${manifest.kind}`;
  const { validate } = (await import(specifier)) as { validate: Validate };
  const read = new Set<string>();
  validate(watched(manifest, '', read));
  const problems = (validate.errors ?? []).map(({ instancePath }) => instancePath);
  return { problems: [...new Set(problems)], unknown: pathsOf(manifest, '').filter((path) => !read.has(path)) };
}

/** The same value; `read` gets the path of every member that somebody looks at. */
function watched(value: unknown, path: string, read: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get: (target, key) => {
      const member = Reflect.get(target, key) as unknown;
      if (typeof key === 'symbol') return member;
      read.add(`${path}/${key}`);
      return watched(member, `${path}/${key}`, read);
    },
  });
}

function pathsOf(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [`${path}/${key}`, ...pathsOf(member, `${path}/${key}`)]);
}
