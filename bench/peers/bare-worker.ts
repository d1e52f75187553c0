import { parentPort } from 'node:worker_threads'
import { workloadOf } from '../workloads.ts'
import type { BareOutcome, CloneChunk, CloneReply, ColumnChunk, ColumnReply } from './bare-messages.ts'

// A thread with nothing around it: no pool, no supervision, no promise. What threads can do at best.

const port = parentPort!

port.on('message', (chunk: CloneChunk | ColumnChunk) => {
  if (chunk.type === 'columns') {
    const reply = runColumns(chunk)
    port.postMessage(reply, [reply.ys.buffer as ArrayBuffer])
  } else {
    port.postMessage(runClones(chunk))
  }
})

function runClones({ from, contexts }: CloneChunk): CloneReply {
  const { run } = workloadOf(contexts[0]!.service_id)
  const outcomes = contexts.map((context): BareOutcome => {
    try {
      return { ok: true, value: run(context) }
    } catch (error) {
      return { ok: false, message: (error as Error).message }
    }
  })
  return { type: 'clone', from, outcomes }
}

function runColumns({ from, ids, xs }: ColumnChunk): ColumnReply {
  const { run } = workloadOf('plain')
  const requestIds = ids.split('\n')
  const resultIds = Array.from<string>({ length: xs.length })
  const ys = new Float64Array(xs.length)
  for (let at = 0; at < xs.length; at++) {
    const context = { service_id: 'plain', request_id: requestIds[at]!, data: { x: xs[at]! } }
    const result = run(context) as { request_id: string; y: number; status: string }
    if (result.status !== 'success') throw new Error('The status column holds one text')
    resultIds[at] = result.request_id
    ys[at] = result.y
  }
  return { type: 'columns', from, ids: resultIds.join('\n'), ys, status: 'success' }
}
