import { availableParallelism } from 'node:os'
import { serialize } from 'node:v8'
import type { Context, Outcome, StartOptions, Supervisor } from '../index.ts'
import { type WayCost, breakEvenUs } from './break-even.ts'
import { supervised } from './supervised.ts'

const WARM_UP_SHARE = 0.3
const BATCH_MS = 100
// Short, since the machine may give this thread's core to another program in some of them.
const ALONE_BATCH_MS = 10
const MAX_BATCH = 20_000
const MAX_BATCH_BYTES = 2 ** 26
const OPTIONS: StartOptions = { logLevel: 'error' }

let copies = 0

/** What was found out about one service. */
export interface ServiceBench extends WayCost {
  readonly runUs: number
  readonly contexts: number
  readonly failed: number
  /** The first error, where any failed. */
  readonly error: unknown
  /** Contexts a second, through the workers. */
  readonly rate: number
  readonly meanChunk: number
  readonly breakEvenUs: number | undefined
}

/**
 * Runs one context over and over, a third of `seconds` each: on this thread, which says what a run costs; through all
 * workers; and through as many workers that return the same result at once, which says what the way costs. (What a
 * process computes for the service itself, less its runs, says little about that: a small part of a large number.)
 */
export async function benchService(config: string, context: Context, seconds: number): Promise<ServiceBench> {
  const phase: Phase = {
    ms: (seconds * 1_000) / 3,
    batchMs: BATCH_MS,
    lanes: 1,
    most: Math.max(1, Math.min(MAX_BATCH, Math.floor(MAX_BATCH_BYTES / serialize(context).length))),
    drive: (supervisor, contexts) => supervisor.executeMany(contexts),
  }
  const { alone, result } = await supervised(
    config,
    { ...OPTIONS, engine: 'inline' },
    undefined,
    async (supervisor) => {
      const value = await supervisor.execute(copyOf(context))
      return {
        result: value,
        alone: await measure(supervisor, context, { ...phase, batchMs: ALONE_BATCH_MS, drive: runOneByOne }),
      }
    },
  )
  const { through, workers } = await supervised(config, OPTIONS, undefined, async (supervisor) => {
    const { pool } = supervisor.services().find(({ id }) => id === context.service_id)!
    const { workers } = supervisor.stats().pools[pool]!
    return { through: await measure(supervisor, context, { ...phase, lanes: workers }), workers }
  })
  const standIn = await supervised(standInFor(context, result), { ...OPTIONS, workers }, undefined, (supervisor) =>
    measure(supervisor, context, { ...phase, lanes: workers }),
  )
  // Where Node cannot tell the threads apart, the main thread may seem to do more than all of them.
  const mainUs = Math.min(standIn.mainUs, standIn.processUs)
  const way: WayCost = { mainUs, laneUs: standIn.processUs - mainUs, workers, cores: availableParallelism() }
  const { contexts, failed, error, rate, meanChunk } = through
  const breakEven = breakEvenUs(way)
  return { ...way, runUs: alone.runUs, contexts, failed, error, rate, meanChunk, breakEvenUs: breakEven }
}

/** A configuration whose one service has the same id and comes to the same result, without running anything. */
function standInFor(context: Context, result: unknown): object {
  const config = { result: serialize(result).toString('base64') }
  return { services: { [context.service_id]: { module: 'troupe:replay', class: 'Replay', config } } }
}

interface Phase {
  readonly ms: number
  /** How long a batch should take. */
  readonly batchMs: number
  /** How many contexts can run at once: a batch has as many for each, or it would show less than they can do. */
  readonly lanes: number
  /** The most contexts at once. */
  readonly most: number
  readonly drive: (supervisor: Supervisor, contexts: readonly Context[]) => Promise<Outcome[]>
}

/** Several in flight would come as a chunk of quick ones, whose time includes what their results cost. */
async function runOneByOne(supervisor: Supervisor, contexts: readonly Context[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const context of contexts) outcomes.push(...(await supervisor.executeMany([context])))
  return outcomes
}

async function measure(supervisor: Supervisor, context: Context, { ms, batchMs, lanes, most, drive }: Phase) {
  const until = performance.now() + ms
  const warmUntil = until - ms * (1 - WARM_UP_SHARE)
  let size = Math.min(most, lanes)
  let began: ReturnType<typeof readings> | undefined
  let failed = 0
  let error: unknown
  const runs: number[] = []
  let elapsedMs = 0
  let mainUs = 0
  let processUs = 0
  for (let now = performance.now(); now < until || !began; now = performance.now()) {
    if (!began && now >= warmUntil) began = readings(supervisor, context)
    // Each has data of its own, as contexts have that come from anywhere; what copying takes is not measured.
    const contexts = Array.from({ length: size }, () => copyOf(context))
    const before = readings(supervisor, context)
    const main = mainThreadUs()
    const usage = process.cpuUsage()
    const start = performance.now()
    const outcomes = await drive(supervisor, contexts)
    const took = performance.now() - start
    const after = readings(supervisor, context)
    for (const outcome of outcomes) {
      if (outcome.ok) continue
      failed++
      error ??= outcome.error
    }
    if (!began) {
      const rounds = Math.round((size * batchMs) / Math.max(took, 1) / lanes)
      size = Math.min(most, lanes * Math.max(1, rounds))
    } else {
      runs.push((after.ranMs - before.ranMs) / (after.settled - before.settled))
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
    // The median of the batches' means: where a core was taken away, a few of them took many times as long.
    runUs: runs.toSorted((a, b) => a - b)[runs.length >> 1]! * 1_000,
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

function copyOf({ service_id, data }: Context): Context {
  return { service_id, request_id: `bench-${++copies}`, data: structuredClone(data) }
}
