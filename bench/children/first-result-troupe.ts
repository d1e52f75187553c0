import { fileURLToPath } from 'node:url'
import { Supervisor } from '../../src/index.ts'

// From process start to the first result, as a program would: its services in a file.

const services = fileURLToPath(new URL('../../../bench/children/services.json', import.meta.url))
const supervisor = await Supervisor.start(services, { workers: Number(process.argv[2]) })
const result = (await supervisor.execute({ service_id: 'echo', data: { x: 1 } })) as { readonly echo: { x: number } }
if (result.echo.x !== 1) throw new Error('A wrong result')
process.stdout.write('done\n')
