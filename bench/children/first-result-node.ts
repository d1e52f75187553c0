import echo from './echo-worker.ts'

// The same without threads: what Node itself takes to start.

if (echo({ data: { x: 1 } }).echo === undefined) throw new Error('A wrong result')
process.stdout.write('done\n')
