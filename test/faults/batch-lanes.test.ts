import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExperimentSummary } from 'troupe'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { TrialFolder, expectSameNumbers, trial, trialServices } from '../fixtures/experiments/experiments.ts'
import { RecordedLog } from '../fixtures/recorded-log.ts'
import { failureOf, started } from '../fixtures/supervised.ts'
import { ConfigFolder } from './config-folder.ts'
import { withTail } from './tail.ts'

const small = trial({ replications: 40, block_size: 4, data: { spin_ms: 1 } })
// For what hangs, and for nothing else: a busy machine may take as long for what does not.
const limits = { timeout_ms: 1_000, grace_ms: 50 }
let quiet: ExperimentSummary

beforeAll(async () => {
  await withTail({ services: trialServices() }, { workers: 2 }, async (supervisor) => {
    quiet = await supervisor.run(small)
  })
})

afterEach(() => void delete process.env['TROUPE_FAULT'])

/** Runs the small experiment with one fault planned; how it ended, and whether the fault was reached. */
async function runWith(fault: string, pool: object = {}) {
  process.env['TROUPE_FAULT'] = `${fault}@own`
  const { logger, records } = new RecordedLog()
  let summary: ExperimentSummary | undefined
  let code: string | undefined
  const services = trialServices({ pool: 'own', ...(fault.endsWith(':hang') && limits) })
  await withTail({ pools: { own: { workers: 2, ...pool } }, services }, { workers: 1, logger }, async (supervisor) => {
    try {
      summary = await supervisor.run(small)
    } catch (error) {
      code = (error as { code: string }).code
    }
  })
  const { fields } = records.find(({ message }) => message === 'A fault was planned')!
  return { summary, code, reached: fields['reached'] as number }
}

describe('an experiment ends, whatever fault point its lanes die at:', { timeout: 180_000 }, () => {
  test.each([
    ['lane:before-reply crash', []],
    ['lane:after-reply crash', []],
    ['lane:after-reply throw', []],
    ['supervisor:before-post', []],
    ['supervisor:after-post', []],
    // A reply that cannot be sent is told as what it is.
    ['lane:before-reply throw', ['RESULT_NOT_SERIALIZABLE', 'COMPONENT_FAILED']],
  ] as const)('%s', async (fault, codes) => {
    const [point, ...action] = fault.split(' ')
    let reached = 0
    for (let n = 1; ; n += 2) {
      const run = await runWith([point, n, ...action].join(':'))
      if (run.reached < n) break
      reached++
      if (run.code !== undefined) expect(codes).toContain(run.code)
      else expectSameNumbers(run.summary!, quiet)
    }
    expect(reached).toBeGreaterThanOrEqual(2)
  })

  test('lane:before-reply hang: its limit ends it, and the run that it was at is a failed one', async () => {
    for (const n of [1, 3]) {
      const { summary } = await runWith(`lane:before-reply:${n}:hang`)
      expect(summary!.failures).toMatchObject({ count: 1, listed: [{ code: 'TIMEOUT', ended_by: 'clock' }] })
      expect(summary!.reproducible).toBe(false)
    }
  })

  // Each takes the time after which a lane that says nothing is given up.
  test('lane:after-reply hang', async () => {
    for (const n of [1, 4]) {
      const { summary, reached } = await runWith(`lane:after-reply:${n}:hang`)
      expect(reached).toBeGreaterThanOrEqual(n)
      expectSameNumbers(summary!, quiet)
    }
  })

  test.each(['crash', 'throw'])('lane:start %s, as each slice gets a worker of its own', async (action) => {
    for (const n of [3, 4, 6]) {
      const { summary, reached } = await runWith(`lane:start:${n}:${action}`, { recycle_after: 1 })
      expect(reached).toBeGreaterThanOrEqual(n)
      expectSameNumbers(summary!, quiet)
    }
  })

  test.each(['supervisor:before-drain', 'supervisor:after-drain'])(
    '%s, as each slice gets a worker of its own',
    async (fault) => {
      for (const n of [1, 3]) {
        const { summary, reached } = await runWith(`${fault}:${n}`, { recycle_after: 1 })
        expect(reached).toBeGreaterThanOrEqual(n)
        expectSameNumbers(summary!, quiet)
      }
    },
  )
})

test(
  'the disk refuses a journal at any of its writes: WRITE_FAILED, and what is there can be gone on with',
  { timeout: 60_000 },
  async () => {
    for (const fault of ['journal:write:3:ENOSPC', 'journal:write:5:EIO', 'journal:sync:2:EIO', 'journal:sync:3:EIO']) {
      const folder = await TrialFolder.make()
      process.env['TROUPE_FAULT'] = fault
      const slow = trial({ data: { spin_ms: 2 } })
      await withTail({ services: trialServices() }, { workers: 2 }, async (supervisor) => {
        const error = await failureOf(supervisor.run(slow, { out: folder.out }))
        expect(error).toMatchObject({ code: 'WRITE_FAILED' })
      })
      delete process.env['TROUPE_FAULT']
      await withTail({ services: trialServices() }, { workers: 2 }, async (supervisor) => {
        const summary = await supervisor.run(slow, { out: folder.out, resume: true })
        expectSameNumbers(summary, await supervisor.run(slow))
      })
    }
  },
)

describe('a service that cannot be run', { timeout: 120_000 }, () => {
  test('since it cannot be loaded ends the experiment at once', async () => {
    const folder = new ConfigFolder()
    folder.write('bad.mjs', 'throw new Error("No good")')
    const supervisor = await started(
      { services: { trial: { module: './bad.mjs', class: 'Bad' } } },
      { root: folder.path, workers: 2 },
    )
    await expect(supervisor.run(trial())).rejects.toMatchObject({ code: 'COMPONENT_LOAD_FAILED' })
    folder.remove()
  })

  test('since each of its runs takes down its worker ends the experiment, and no other service', async () => {
    const faults = Object.fromEntries(Array.from({ length: 400 }, (_, run) => [run, 'exit']))
    await withTail(
      { services: trialServices({ pool: 'own' }), pools: { own: { workers: 2 } } },
      { workers: 1 },
      async (supervisor) => {
        const error = await failureOf(supervisor.run(trial({ data: { faults } })))
        expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE', serviceId: 'trial' })
      },
    )
  })

  test('since no worker comes up any more ends the experiment with an error', async () => {
    const folder = new ConfigFolder()
    const marker = join(folder.path, 'no-more')
    folder.write(
      'middleware.mjs',
      `import { existsSync } from 'node:fs'
       export const fragile = () => {
         if (existsSync(${JSON.stringify(marker)})) throw new Error('No more')
         return (context, next) => next(context)
       }`,
    )
    folder.write('last.mjs', 'export class Last { execute() { process.exit(1) } }')
    const supervisor = await started(
      {
        services: { trial: { module: './last.mjs', class: 'Last' } },
        middleware: [{ name: 'fragile', module: './middleware.mjs', export: 'fragile', side: 'worker' }],
      },
      { root: folder.path, workers: 1 },
    )
    writeFileSync(marker, '')
    const error = await failureOf(supervisor.run(trial()))
    expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    rmSync(marker)
    folder.remove()
  })
})
