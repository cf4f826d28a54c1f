// Measures the speed of wsurge itself beside plain ws and other tools: `npm run bench -- --help`.
await import('../dist/bench/main.js');
