import { Piscina } from 'piscina'

// The same through Piscina alone.

const workers = Number(process.argv[2])
const filename = new URL('./echo-worker.js', import.meta.url).href
const pool = new Piscina({ filename, minThreads: workers, maxThreads: workers })
const result = (await pool.run({ service_id: 'echo', data: { x: 1 } })) as { readonly echo: { x: number } }
if (result.echo.x !== 1) throw new Error('A wrong result')
process.stdout.write('done\n')
