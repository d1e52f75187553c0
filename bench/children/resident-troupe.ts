import { openTroupe } from '../peers/troupe.ts'
import { spinning } from '../spin.ts'
import { reportResident } from './resident.ts'

const workers = Number(process.argv[2])
const supervisor = await openTroupe(workers, [spinning.name])
await reportResident(workers, (context) => supervisor.execute(context))
