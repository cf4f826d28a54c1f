import { skipWithout } from '../needs.js';
import { contract } from './contract.js';

contract('uws', await skipWithout('uws'));
