/** Walls inside and around src/app that the table of rooms does not know: it lets the command line import everything. */
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, it } from 'node:test';
import ts from 'typescript';
import { parsed } from './parsed.js';
import { projectFiles, typeScriptIn } from './project.js';

interface Wall {
  /** Files that stand before the wall. */
  readonly from: RegExp;
  /** What they may not import: `file` or `file#name`. */
  readonly to: RegExp;
  readonly why: string;
  /** Imports that are let through, `from -> to`, each with its reason. */
  readonly except: Readonly<Record<string, string>>;
}

const ONLY_WORDS = 'takes words that it prints, starts nothing';
const ONLY_TYPE = 'names the type of a flag';

const WALLS: readonly Wall[] = [
  {
    from: /^src\/cli\//,
    to: /^src\/app\/(target-session|check-target)\.ts#/,
    why: 'src/app owns the life cycle of servers',
    except: {
      'src/cli/run.ts -> src/app/target-session.ts#canaryText': ONLY_WORDS,
      'src/cli/capacity.ts -> src/app/target-session.ts#canaryText': ONLY_WORDS,
    },
  },
  {
    from: /^src\/cli\//,
    to: /^src\/campaign\/(?!events\.ts#)/,
    why: 'src/app decides what a campaign runs',
    except: {
      'src/cli/options/run-options.ts -> src/campaign/until-precise.ts#PrecisionGoal': ONLY_TYPE,
      'src/cli/options/capacity-options.ts -> src/campaign/capacity-axis.ts#Axis': ONLY_TYPE,
      'src/cli/views/run-view.ts -> src/campaign/until-precise.ts#UntilPrecise': 'asks how long a run may take at most',
      'src/cli/views/capacity-view.ts -> src/campaign/capacity-source.ts#CapacityStep': 'a type: its steps are shown',
      'src/cli/views/ab-view.ts -> src/campaign/ab-rounds.ts#Turn': 'a type: the turn is shown',
      'src/cli/views/ab-view.ts -> src/campaign/ab-rounds.ts#wholeRounds': 'counts the rounds that are shown',
    },
  },
  {
    from: /^src\/cli\/(views|live)\//,
    to: /^src\/machine\//,
    why: 'a view shows what it is told, and asks no machine',
    except: {},
  },
  {
    from: /^src\/(?!store\/)/,
    to: /^src\/store\/run-folder\.ts#(create\w*Folder|\*)$/,
    why: 'a run folder is made by who hands it to withRunFolder',
    except: {},
  },
  {
    from: /^src\/(?!store\/)/,
    to: /^src\/store\/atomic-file\.ts#(writeAtomic|\*)$/,
    why: 'files of a run are written through its RunFolder',
    except: {
      'src/cli/report.ts -> src/store/atomic-file.ts#writeAtomic': 'adds reports to a folder whose run is over',
      'src/app/compare.ts -> src/store/atomic-file.ts#writeAtomic': 'its document goes where the user says: no run',
    },
  },
];

/** What breaks a wall, one line each; and each exception that nothing needs any more. */
function wallProblems(sources: ReadonlyMap<string, string>, walls: readonly Wall[]): string[] {
  const needed = new Set<string>();
  const problems = [...sources].flatMap(([path, text]) => {
    const imports = namedImports(path, text);
    const ownsFolders = imports.includes('src/app/with-run-folder.ts#withRunFolder');
    return imports.flatMap((to) =>
      walls.flatMap((wall) => {
        if (!wall.from.test(path) || !wall.to.test(to)) return [];
        if (ownsFolders && to.startsWith('src/store/run-folder.ts#')) return [];
        const pair = `${path} -> ${to}`;
        needed.add(pair);
        return pair in wall.except ? [] : [`${pair}: ${wall.why}`];
      }),
    );
  });
  const unneeded = walls.flatMap(({ except }) => Object.keys(except).filter((pair) => !needed.has(pair)));
  return [...problems, ...unneeded.map((pair) => `${pair}: the exception is needed no more`)];
}

/** `file#name` of every import of a file of ours; `#*` for all names, as of `import()`. Types count. */
function namedImports(path: string, text: string): string[] {
  const found: string[] = [];
  const add = (specifier: ts.Node | undefined, names: readonly string[]): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier) || !specifier.text.startsWith('.')) return;
    const file = posix.join(posix.dirname(path), specifier.text).replace(/\.js$/, '.ts');
    for (const name of names) found.push(`${file}#${name}`);
  };
  const namesOf = (bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): string[] => {
    if (bindings === undefined || !('elements' in bindings)) return ['*'];
    return bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, namesOf(node.importClause?.namedBindings));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, namesOf(node.exportClause));
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, ['*']);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], ['*']);
    }
    ts.forEachChild(node, visit);
  };
  visit(parsed(path, text));
  return found;
}

describe('the walls around src/app', () => {
  it('stand, and have no door that nobody uses', () => {
    assert.deepEqual(wallProblems(typeScriptIn(projectFiles(), 'src'), WALLS), []);
  });

  const bare = WALLS.map((wall) => ({ ...wall, except: {} }));
  const broken = (path: string, text: string) => wallProblems(new Map([[path, text]]), bare).length;

  for (const [path, text] of [
    ['src/cli/a.ts', "import { TargetSession } from '../app/target-session.js';"],
    ['src/cli/a.ts', "const all = await import('../app/check-target.js');"],
    ['src/cli/a.ts', "import { CalibrationSource } from '../campaign/calibration-source.js';"],
    ['src/cli/views/a.ts', "import type { CapacitySource } from '../../campaign/capacity-source.js';"],
    ['src/cli/live/a.ts', "import { readMachine } from '../../machine/machine.js';"],
    ['src/cli/a.ts', "import { createRunFolder as make } from '../store/run-folder.js';"],
    ['src/app/a.ts', "import { createCheckFolder } from '../store/run-folder.js';"],
    ['src/app/a.ts', "import { writeAtomic } from '../store/atomic-file.js';"],
  ] as const) {
    it(`refuse in ${path}: ${text}`, () => assert.equal(broken(path, text), 1));
  }

  it('let through who hands the folder on, and who only listens', () => {
    const owner =
      "import { createRunFolder } from '../store/run-folder.js';\nimport { withRunFolder } from './with-run-folder.js';";
    assert.equal(broken('src/app/a.ts', owner), 0);
    assert.equal(broken('src/cli/a.ts', "import { toAll } from '../campaign/events.js';"), 0);
    assert.equal(broken('src/cli/a.ts', "import { readMachine } from '../machine/machine.js';"), 0);
  });

  it('name each exception that nothing needs any more', () => {
    const except = { 'src/cli/a.ts -> src/campaign/b.ts#b': 'gone' };
    assert.equal(wallProblems(new Map(), [{ ...WALLS[1]!, except }]).length, 1);
  });
});
