import { type HubPlan, serveHub } from './hub.js';

const [plan, file] = process.argv.slice(2);
process.send!(await serveHub(JSON.parse(plan!) as HubPlan, file!));
