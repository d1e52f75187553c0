import { isMainThread } from 'node:worker_threads'
import { startLane } from '../src/worker/index.ts'

if (isMainThread) throw new Error('workers/lane is the entry of a worker thread and cannot run on the main thread')

export default startLane
