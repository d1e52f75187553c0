import type { Context, ErrorCode, Outcome, Supervisor } from 'troupe'
import { isTroupeError } from 'troupe'
import { describe, expect, test } from 'vitest'
import { withTail } from './tail.ts'

const MANY = 100_000
const WARM = 2_000
// How many quick contexts of a chunk may run before a lane looks at its built-ins again.
const UNSEEN = 15

interface Row {
  readonly id: string
  /** What its own context may come to; `ok` is its value. */
  readonly comesTo: readonly (ErrorCode | 'ok')[]
  readonly limits?: object
  /** Whether its thread is replaced. */
  readonly replaced: boolean
}

const timeout = { id: 'K11', comesTo: ['TIMEOUT'], limits: { timeout_ms: 250, grace_ms: 50 }, replaced: true } as const
const crash = { id: 'K14', comesTo: ['WORKER_CRASHED'], replaced: true } as const
const tampered = { id: 'K17', comesTo: ['ok', 'COMPONENT_FAILED', 'WORKER_CRASHED'], replaced: true } as const
const forged = { id: 'K18', comesTo: ['ok'], replaced: false } as const

const rows: Readonly<Record<string, Row>> = {
  never: { ...timeout, id: 'K10' },
  spin: timeout,
  'Atomics.wait': { ...timeout, id: 'K12' },
  'regular expression': { ...timeout, id: 'K12' },
  'huge JSON.parse': { ...timeout, id: 'K12' },
  'ends late': { id: 'K13', comesTo: ['TIMEOUT'], limits: { timeout_ms: 250, grace_ms: 5_000 }, replaced: false },
  'exit 0': crash,
  'exit 1': crash,
  reallyExit: crash,
  kill: crash,
  abort: { id: 'K14', comesTo: ['COMPONENT_FAILED'], replaced: false },
  'throws in an immediate while pending': { ...crash, id: 'K15' },
  'rejects unheard while pending': { ...crash, id: 'K15' },
  'throws in a timer after it returned': { id: 'K16', comesTo: ['ok'], replaced: true },
  'throws null in a timer after it returned': { id: 'K16', comesTo: ['ok'], replaced: true },
  'rejects unheard after it returned': { id: 'K16', comesTo: ['ok'], replaced: true },
  'Object.prototype, by assignment': tampered,
  'Array.prototype.push': tampered,
  'Atomics.store': tampered,
  'Map.prototype.get': tampered,
  'forges replies': forged,
  'posts garbage': forged,
  'posts undefined wherever it can': forged,
  "floods the lane's port": forged,
  'closes parentPort': forged,
  'removes all listeners': forged,
  "closes the lane's port and returns": { id: 'K18', comesTo: ['WORKER_CRASHED'], replaced: true },
  'leaves handles open': { id: 'K19', comesTo: ['ok'], replaced: false },
}

function hazards(count: number, bad: number, fault: string): Context[] {
  return Array.from({ length: count }, (_, n) => ({ service_id: 'hazard', data: { n, fault: n === bad ? fault : '' } }))
}

async function executeEach(supervisor: Supervisor, contexts: readonly Context[]): Promise<Outcome[]> {
  const settled = await Promise.allSettled(contexts.map((context) => supervisor.execute(context)))
  return settled.map((one) => {
    if (one.status === 'fulfilled') return { ok: true, value: one.value }
    if (isTroupeError(one.reason)) return { ok: false, error: one.reason }
    throw one.reason
  })
}

describe.each(Object.entries(rows))('%s', { timeout: 120_000 }, (fault, { id, comesTo, limits, replaced }) => {
  test.each([
    ['in one of 16 calls of execute', 16, 5, executeEach],
    ['in a batch of 16', 16, 4, (supervisor: Supervisor, contexts: Context[]) => supervisor.executeMany(contexts)],
    [
      `somewhere among ${MANY}`,
      MANY,
      61_803,
      (supervisor: Supervisor, contexts: Context[]) => supervisor.executeMany(contexts),
    ],
  ] as const)(`${id} %s: costs its own context at most, and none starts twice`, async (_where, count, bad, run) => {
    // Where there are so many, a busy machine may take as long as a short limit for one that does not go wrong.
    const longer = limits && count === MANY ? { timeout_ms: 1_000 } : {}
    const hazard = { module: './hazard.mjs', class: 'Hazard', ...limits, ...longer }
    // A pool of its own where its thread ends some time after it returned, and a control context could be the one there.
    const services = { hazard: { ...hazard, pool: 'own' } }
    await withTail({ pools: { own: { workers: 2 } }, services }, { workers: 1 }, async (supervisor) => {
      const starts = new Int32Array(new SharedArrayBuffer(4 * count))
      await supervisor.share('starts', starts)
      const warm = Array.from({ length: WARM }, () => ({ service_id: 'hazard', data: { n: -1, fault: '' } }))
      await supervisor.executeMany(warm)
      const exited = new Promise<void>((resolve) => supervisor.on('worker:exited', () => resolve()))
      const outcomes = await run(supervisor, hazards(count, bad, fault))
      const wrong = outcomes.flatMap((outcome, n) => {
        const how = outcome.ok
          ? (outcome.value as { n: number }).n === n
            ? 'ok'
            : 'another value'
          : outcome.error.code
        const isBehind = id === 'K17' && n > bad && n <= bad + UNSEEN
        const expected: readonly string[] = n === bad || isBehind ? comesTo : ['ok']
        const mayStart = isBehind ? [0, 1] : [1]
        return expected.includes(how) && mayStart.includes(starts[n]!) ? [] : [{ n, how, starts: starts[n] }]
      })
      expect(wrong).toEqual([])
      // The tail expects the pool at its size again; what has to be replaced has gone before that.
      if (replaced) await exited
    })
  })
})
