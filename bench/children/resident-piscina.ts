import { openPiscina } from '../peers/piscina.ts'
import { reportResident } from './resident.ts'

const workers = Number(process.argv[2])
const pool = await openPiscina(workers)
await reportResident(workers, pool.execute)
