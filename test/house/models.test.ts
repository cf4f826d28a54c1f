import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MODEL_NAMES } from '../../src/profile/models.js';
import { projectFiles, typeScriptIn } from './project.js';

const BY_NAME = new RegExp(`\\bmodel\\s*[!=]==\\s*'(${MODEL_NAMES.join('|')})'`, 'i');

/** Two names in a row, as in a list or a union of types. */
const LISTED = new RegExp(`'(${MODEL_NAMES.join('|')})'\\s*[,|]\\s*'(${MODEL_NAMES.join('|')})'`);
const OF_NAMES = 'src/profile/models.ts';

/** A new model would silently be treated like one of the others there. */
it('no source asks for a load model by its name: facts stand in plan/models.ts', () => {
  const sources = typeScriptIn(projectFiles(), 'src', 'workers');
  const found = [...sources].filter(([, text]) => BY_NAME.test(text)).map(([path]) => path);
  assert.deepEqual(found, []);
  assert.match("if (cell.model === 'open') return;", BY_NAME);
});

it('no source but the models themselves lists their names', () => {
  const sources = typeScriptIn(projectFiles(), 'src', 'workers');
  const found = [...sources].filter(([, text]) => LISTED.test(text)).map(([path]) => path);
  assert.deepEqual(found, [OF_NAMES]);
  assert.match("...['open',\n 'listen', 'timer']", LISTED);
});
