import { availableParallelism } from 'node:os'
import type { Context, Outcome, StartOptions, Supervisor } from '../index.ts'
import { type ContextCost, breakEvenUs } from './break-even.ts'
import { supervised } from './supervised.ts'

const WARM_UP_SHARE = 0.3
const BATCH_MS = 100
const MAX_BATCH = 20_000
const MAX_BATCH_CHARACTERS = 2 ** 26

/** What was found out about one service. */
export interface ServiceBench extends ContextCost {
  readonly contexts: number
  readonly failed: number
  /** The first error, where any failed. */
  readonly error: unknown
  /** Contexts a second, through the workers. */
  readonly rate: number
  readonly meanChunk: number
  readonly breakEvenUs: number | undefined
}

/** Runs one context over and over, on this thread and then through all workers, for `seconds` altogether. */
export async function benchService(config: string, context: Context, seconds: number): Promise<ServiceBench> {
  const options: StartOptions = { logLevel: 'error' }
  const sideMs = seconds * 500
  const alone = await supervised(config, { ...options, engine: 'inline' }, undefined, async (supervisor) => {
    await supervisor.execute(copyOf(context))
    return await measure(supervisor, context, sideMs, 1, runOneByOne)
  })
  return await supervised(config, options, undefined, async (supervisor) => {
    const most = Math.ceil(MAX_BATCH_CHARACTERS / JSON.stringify(context).length)
    const through = await measure(supervisor, context, sideMs, Math.min(most, MAX_BATCH), runMany)
    const pool = supervisor.services().find(({ id }) => id === context.service_id)!.pool
    // What the whole process computes for a context beyond running it is the price of its way.
    const wayUs = Math.max(through.processUs - alone.runUs, 0)
    const mainUs = Math.min(through.mainUs, wayUs)
    const cost: ContextCost = {
      runUs: alone.runUs,
      mainUs,
      laneUs: wayUs - mainUs,
      workers: supervisor.stats().pools[pool]!.workers,
      cores: availableParallelism(),
    }
    const { contexts, failed, error, rate, meanChunk } = through
    return { ...cost, contexts, failed, error, rate, meanChunk, breakEvenUs: breakEvenUs(cost) }
  })
}

type Drive = (supervisor: Supervisor, contexts: readonly Context[]) => Promise<Outcome[]>

/** Several in flight would come as a chunk of quick ones, whose time includes what their results cost. */
const runOneByOne: Drive = async (supervisor, contexts) => {
  const outcomes: Outcome[] = []
  for (const context of contexts) outcomes.push(...(await supervisor.executeMany([context])))
  return outcomes
}

const runMany: Drive = (supervisor, contexts) => supervisor.executeMany(contexts)

async function measure(supervisor: Supervisor, context: Context, ms: number, most: number, drive: Drive) {
  const until = performance.now() + ms
  const warmUntil = until - ms * (1 - WARM_UP_SHARE)
  let size = 1
  let began: ReturnType<typeof readings> | undefined
  let failed = 0
  let error: unknown
  let elapsedMs = 0
  let mainUs = 0
  let processUs = 0
  for (let now = performance.now(); now < until || !began; now = performance.now()) {
    if (!began && now >= warmUntil) began = readings(supervisor, context)
    // Each has data of its own, as contexts have that come from anywhere; what copying takes is not measured.
    const contexts = Array.from({ length: size }, () => copyOf(context))
    const main = mainThreadUs()
    const usage = process.cpuUsage()
    const start = performance.now()
    const outcomes = await drive(supervisor, contexts)
    const took = performance.now() - start
    for (const outcome of outcomes) {
      if (outcome.ok) continue
      failed++
      error ??= outcome.error
    }
    if (!began) size = Math.max(1, Math.min(most, Math.round((size * BATCH_MS) / Math.max(took, 1))))
    else {
      elapsedMs += took
      mainUs += mainThreadUs() - main
      const { user, system } = process.cpuUsage(usage)
      processUs += user + system
    }
  }
  const ended = readings(supervisor, context)
  const contexts = ended.settled - began.settled
  return {
    contexts,
    failed,
    error,
    rate: (contexts / elapsedMs) * 1_000,
    runUs: ((ended.ranMs - began.ranMs) / contexts) * 1_000,
    mainUs: mainUs / contexts,
    processUs: processUs / contexts,
    meanChunk: ended.meanChunk,
  }
}

/** What the supervisor has counted so far of the service. */
function readings(supervisor: Supervisor, context: Context) {
  const { ok, failed, run, meanChunk = 0 } = supervisor.stats().services[context.service_id]!
  return { settled: ok + failed, ranMs: (run?.mean ?? 0) * (ok + failed), meanChunk }
}

/** What this thread has computed so far. Where Node cannot tell, the time in which its event loop was not idle. */
function mainThreadUs(): number {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage }
  if (threadCpuUsage === undefined) return performance.eventLoopUtilization().active * 1_000
  const { user, system } = threadCpuUsage.call(process)
  return user + system
}

function copyOf(context: Context): Context {
  return structuredClone(context)
}
