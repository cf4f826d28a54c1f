// The accuracy lab, in real time: `npm run lab [-- L4 L7] [-- --write]`. See test/lab/lab.ts.
import { main } from '../dist/test/lab/lab.js';

process.exitCode = await main(process.argv.slice(2), (text) => process.stdout.write(text));
