import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { projectFiles } from './project.js';

interface Package {
  readonly version?: string;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The lockfile's packages by the folder they are installed in; '' is the project itself. */
type Packages = Readonly<Record<string, Package>>;

/** What would keep `npm ci` from working on any machine with any registry mirror, one line each. */
function lockProblems(packages: Packages): string[] {
  return Object.entries(packages).flatMap(([path, one]) => [
    ...missing(path, one, packages),
    ...[...specifiers(one), ['resolved', one.resolved ?? ''] as const]
      .filter(([, wanted]) => isFromGit(wanted))
      .map(([name, wanted]) => `${path}: ${name} comes from ${wanted}, which may be out of reach`),
    ...(one.resolved === undefined ? [] : [`${path} names the host it came from`]),
  ]);
}

function specifiers({ dependencies, devDependencies, optionalDependencies }: Package): (readonly [string, string])[] {
  return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
}

/** A registry that lacks some platform's package makes npm leave it out of the lockfile, and `npm ci` then refuses that. */
function missing(path: string, one: Package, packages: Packages): string[] {
  return specifiers(one)
    .filter(([name]) => !homes(path, name).some((home) => home in packages))
    .map(([name]) => `${path} needs ${name}, which has no entry`);
}

/** The folders in which Node looks for `name` from the package in `path`. */
function homes(path: string, name: string): string[] {
  const levels = path === '' ? [] : path.split('/node_modules/');
  return [...levels.map((_, depth) => levels.slice(0, depth + 1).join('/node_modules/')), '']
    .map((folder) => (folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`))
    .reverse();
}

function isFromGit(wanted: string): boolean {
  return /^(git|github:|gitlab:|bitbucket:)|^[\w-]+\/[\w.-]+(#|$)|\.git(#|$)/.test(wanted);
}

const files = projectFiles();
const manifest = JSON.parse(files.get('package.json') ?? '');
const { packages } = JSON.parse(files.get('package-lock.json') ?? '') as { packages: Packages };

describe('the lockfile', () => {
  it('installs on any machine from any registry mirror', () => {
    assert.ok(Object.keys(packages).length > 50);
    assert.deepEqual(lockProblems(packages), []);
  });

  it('fits package.json, which names one exact version of each', () => {
    const wanted = { ...manifest.dependencies, ...manifest.devDependencies };
    for (const [name, version] of Object.entries(wanted)) {
      assert.match(String(version), /^\d+\.\d+\.\d+$/, name);
      assert.equal(packages[`node_modules/${name}`]?.version, version, name);
    }
  });

  it('does not know the optional server engine, which is not on the registry', () => {
    assert.deepEqual(
      Object.keys(packages).filter((path) => path.includes('uWebSockets')),
      [],
    );
  });
});

describe('the lockfile rules', () => {
  const fine: Packages = {
    '': { dependencies: { a: '1.0.0' } },
    'node_modules/a': { version: '1.0.0', optionalDependencies: { b: '^2.0.0' } },
    'node_modules/a/node_modules/b': { version: '2.1.0', dependencies: { c: '1' } },
    'node_modules/c': { version: '1.0.0' },
  };

  it('accept packages found the way Node finds them', () => {
    assert.deepEqual(lockProblems(fine), []);
  });

  it('refuse a gap, of an optional package too', () => {
    const { 'node_modules/a/node_modules/b': _, ...gap } = fine;
    assert.deepEqual(lockProblems(gap), ['node_modules/a needs b, which has no entry']);
  });

  it('refuse a host', () => {
    const found = lockProblems({ 'node_modules/a': { version: '1.0.0', resolved: 'https://mirror.example/a.tgz' } });
    assert.deepEqual(found, ['node_modules/a names the host it came from']);
  });

  for (const wanted of [
    'github:a/b',
    'a/b',
    'a/b#v1',
    'git+ssh://git@example.com/a.git',
    'https://example.com/a.git#v1',
  ]) {
    it(`refuse ${wanted}`, () => {
      const found = lockProblems({ ...fine, '': { devDependencies: { a: wanted } } });
      assert.deepEqual(found, [`: a comes from ${wanted}, which may be out of reach`]);
    });
  }
});
