import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExperimentProgress, ExperimentSummary, RunOptions, Supervisor } from 'troupe'
import { Supervisor as Supervisors } from 'troupe'
import { describe, expect, test } from 'vitest'
import { TrialFolder, expectSameNumbers, trial, trialServices } from '../fixtures/experiments/experiments.ts'
import { OwnProcess } from '../fixtures/experiments/own-process.ts'
import { failureOf } from '../fixtures/supervised.ts'
import { ConfigFolder } from './config-folder.ts'
import { withTail } from './tail.ts'

const ascending = (one: number, other: number) => one - other

/** What some runs of an experiment wait for. */
type Held = Pick<TrialFolder, 'hold' | 'release'>

/**
 * Runs an experiment until some of it is in the journal, and ends it there. Till then half of it is held: to make blocks
 * safe may take as long as all runs. What a worker has at hand it still ends, and that must not be the other half.
 */
async function interrupted(
  supervisor: Supervisor,
  experiment: string | object,
  held: Held,
  options: RunOptions,
): Promise<void> {
  held.hold()
  const controller = new AbortController()
  let runs = 0
  const onProgress = (progress: ExperimentProgress) => {
    runs = progress.runs
    controller.abort(new Error('Enough'))
    held.release()
  }
  const error = await failureOf(supervisor.run(experiment, { ...options, signal: controller.signal, onProgress }))
  expect(error).toMatchObject({ code: 'CANCELLED', outcome: 'unknown' })
  expect(error.message).toContain(options.out)
  expect(runs).toBeGreaterThan(0)
}

describe('B14 a run that is aborted in the middle', () => {
  test('ends soon, lets go of its workers, and can be gone on with', async () => {
    await withTail({ services: trialServices() }, { workers: 2 }, async (supervisor) => {
      const folder = await TrialFolder.make()
      const experiment = trial({ data: { ledger: folder.ledger, spin_ms: 2, held: folder.held } })
      folder.hold()
      const controller = new AbortController()
      let abortedAt = 0
      const onProgress = () => {
        abortedAt ||= performance.now()
        controller.abort(new Error('Enough'))
        folder.release()
      }
      const error = await failureOf(
        supervisor.run(experiment, { out: folder.out, signal: controller.signal, onProgress }),
      )
      expect(performance.now() - abortedAt).toBeLessThan(5_000)
      expect(error).toMatchObject({ code: 'CANCELLED', cause: { message: 'Enough' } })
      expect(supervisor.stats().services['trial']).toMatchObject({ waiting: 0, running: 0 })
      const before = new Set(folder.started)
      expect(before.size).toBeLessThan(400)
      folder.forget()
      const summary = await supervisor.run(experiment, { out: folder.out, resume: true })
      // Nothing that had come back was lost.
      expect(folder.started.filter((run) => before.has(run)).length).toBeLessThan(100)
      const whole = new Set([...before, ...folder.started])
      expect(whole.size).toBe(400)
      expectSameNumbers(summary, await supervisor.run(experiment))
    })
  })

  test('while a run hangs, ends it with its thread', async () => {
    await withTail({ services: trialServices({ grace_ms: 50 }) }, { workers: 2 }, async (supervisor) => {
      const controller = new AbortController()
      const run = supervisor.run(trial({ data: { faults: { 3: 'spin' } } }), { signal: controller.signal })
      setTimeout(() => controller.abort(), 200)
      const began = performance.now()
      await expect(run).rejects.toMatchObject({ code: 'CANCELLED' })
      expect(performance.now() - began).toBeLessThan(3_000)
    })
  })

  test('before it has begun, begins nothing', async () => {
    await withTail({ services: trialServices() }, { workers: 1 }, async (supervisor) => {
      const folder = await TrialFolder.make()
      const run = supervisor.run(trial(), { out: folder.out, signal: AbortSignal.abort(new Error('Never')) })
      await expect(run).rejects.toMatchObject({ code: 'CANCELLED', outcome: 'not_started' })
      expect(existsSync(folder.out)).toBe(false)
    })
  })
})

describe('B10 of a run with failed runs', { timeout: 180_000 }, () => {
  const failing = 3

  test('failures are counted and listed, and exactly those are run again, to the last bit of a run without any', async () => {
    await withTail({ services: trialServices() }, { workers: 2 }, async (supervisor) => {
      const folder = await TrialFolder.make()
      const data = { ledger: folder.ledger, failing, mended: folder.mended }
      const experiment = trial({ data, outputs: ['summary.json', 'runs.csv'] })
      const first = await supervisor.run(experiment, { out: folder.out })
      expect(first.failures.count).toBe(120)
      expect(first.failures.listed).toHaveLength(100)
      expect(first.points.map(({ runs, failed }) => [runs, failed])).toEqual([
        [200, 60],
        [200, 60],
      ])
      expect(first.points[0]!.metrics['z']!.n).toBe(140)
      const lines = readFileSync(join(folder.out, 'failures.jsonl'), 'utf8').trimEnd().split('\n')
      const listed = lines.map((line) => JSON.parse(line) as { run: number; code: string })
      const failed = folder.started.filter((run) => run % 10 < failing).toSorted(ascending)
      expect(listed.map(({ run }) => run)).toEqual(failed)
      expect(new Set(listed.map(({ code }) => code))).toEqual(new Set(['COMPONENT_FAILED']))

      folder.forget()
      writeFileSync(folder.mended, '')
      const mended = await supervisor.run(experiment, { out: folder.out, resume: true, failedOnly: true })
      expect(folder.started.toSorted(ascending)).toEqual(failed)
      expect(mended.failures.count).toBe(0)
      expect(existsSync(join(folder.out, 'failures.jsonl'))).toBe(false)
      // As if none had ever failed.
      const other = await TrialFolder.make()
      const whole = await supervisor.run(experiment, { out: other.out })
      expectSameNumbers(mended, whole)
      const rows = (path: string) => readFileSync(join(path, 'runs.csv'), 'utf8')
      expect(rows(folder.out)).toBe(rows(other.out))
    })
  })

  test('ended in the middle of those, goes on to the same', async () => {
    await withTail({ services: trialServices() }, { workers: 2 }, async (supervisor) => {
      const folder = await TrialFolder.make()
      const data = { failing, mended: folder.mended, held: folder.held, spin_ms: 1 }
      const first = await supervisor.run(trial({ data }), { out: folder.out })
      const all = first.points.map(({ runs }) => runs)
      writeFileSync(folder.mended, '')
      await interrupted(supervisor, trial({ data }), folder, { out: folder.out, resume: true, failedOnly: true })
      const left = await supervisor.run(trial({ data }), { out: folder.out, resume: true })
      expect(left.points.map(({ runs }) => runs)).toEqual(all)
      expect(left.failures.count).toBeGreaterThan(0)
      const summary = await supervisor.run(trial({ data }), { out: folder.out, resume: true, failedOnly: true })
      expect(summary.failures.count).toBe(0)
      expectSameNumbers(summary, await supervisor.run(trial({ data })))
    })
  })

  test('those that fail again are failed runs again', async () => {
    await withTail({ services: trialServices() }, { workers: 2 }, async (supervisor) => {
      const folder = await TrialFolder.make()
      const experiment = trial({ data: { ledger: folder.ledger, failing, mended: folder.mended } })
      const first = await supervisor.run(experiment, { out: folder.out })
      folder.forget()
      const second = await supervisor.run(experiment, { out: folder.out, resume: true, failedOnly: true })
      expect(folder.started).toHaveLength(120)
      expectSameNumbers(second, first)
      expect(second.failures).toEqual(first.failures)
    })
  })
})

describe('B16 a finished run', () => {
  test.each([
    ['complete', {}],
    ['by its failed runs', { max_failures: 20 }],
    ['by its budget', { stop: { budget_ms: 300 }, replications: 100_000 }],
  ])('%s is gone on with without any work, and comes to the same summary', async (_, fields) => {
    await withTail({ services: trialServices() }, { workers: 2 }, async (supervisor) => {
      const folder = await TrialFolder.make()
      const data = { ledger: folder.ledger, failing: 1, mended: folder.mended, spin_ms: 0.2 }
      const experiment = trial({ data, ...fields })
      const first = await supervisor.run(experiment, { out: folder.out })
      const file = join(folder.out, 'summary.json')
      const written = readFileSync(file, 'utf8')
      folder.forget()
      // An output that is not there is written again.
      rmSync(file)
      const second = await supervisor.run(experiment, { out: folder.out, resume: true })
      expect(folder.started).toEqual([])
      expect(second).toEqual(first)
      expect(readFileSync(file, 'utf8')).toBe(written)
    })
  })
})

describe('B05, B06 where what the numbers depend on has changed,', () => {
  const component = (value: string) => `import { existsSync } from 'node:fs'
    import { setTimeout as sleep } from 'node:timers/promises'
    import { factor } from './factor.mjs'
    // Not as a URL: that would be a file that the numbers depend on.
    const held = import.meta.dirname + '/held'
    async function released(scope) {
      for (; existsSync(held); await sleep(5)) scope.throwIfCancelled()
    }
    export class Product {
      execute({ run, data }, scope) {
        for (const until = performance.now() + 0.1; performance.now() < until; );
        const result = { x: factor * data.x * ${value} + 0 * scope.random() }
        return run < 1_000 || !existsSync(held) ? result : released(scope).then(() => result)
      }
    }`

  async function row(
    change: (folder: ConfigFolder, experiment: Record<string, unknown>) => void,
    judge: (context: {
      readonly resume: (options?: RunOptions) => Promise<ExperimentSummary>
      readonly out: string
    }) => Promise<void>,
  ): Promise<void> {
    const folder = new ConfigFolder()
    folder.write('product.mjs', component('2'))
    folder.write('factor.mjs', 'export const factor = 3')
    folder.write('points.csv', 'x\n1\n2\n3\n4\n')
    folder.write('closes.csv', 'close\n1\n2\n')
    const services = folder.write('services.json', {
      services: { product: { module: './product.mjs', class: 'Product' } },
    })
    const experiment: Record<string, unknown> = {
      service_id: 'product',
      shared: { closes: { csv: 'closes.csv', column: 'close' } },
      design: { method: 'list', csv: 'points.csv' },
      replications: 1_000,
      block_size: 5,
      metrics: { x: ['mean'] },
      outputs: ['summary.json', 'runs.csv'],
    }
    const file = folder.write('experiment.json', experiment)
    const out = join(folder.path, 'run')
    const first = await Supervisors.start(services, { logLevel: 'silent', workers: 2 })
    const held: Held = {
      hold: () => void folder.write('held', ''),
      release: () => rmSync(join(folder.path, 'held'), { force: true }),
    }
    await interrupted(first, file, held, { out })
    await first.close()
    change(folder, experiment)
    folder.write('experiment.json', experiment)
    const second = await Supervisors.start(services, { logLevel: 'silent', workers: 2 })
    try {
      await judge({ out, resume: (options = {}) => second.run(file, { out, resume: true, ...options }) })
    } finally {
      await second.close()
      folder.remove()
    }
  }

  test.each([
    ['a component', 'product.mjs', (folder: ConfigFolder) => void folder.write('product.mjs', component('5'))],
    [
      'a file that it imports',
      'factor.mjs',
      (folder: ConfigFolder) => void folder.write('factor.mjs', 'export const factor = 4'),
    ],
    ['a shared column', 'closes.csv', (folder: ConfigFolder) => void folder.write('closes.csv', 'close\n1\n3\n')],
    [
      'the data',
      'the experiment',
      (_: ConfigFolder, experiment: Record<string, unknown>) => void (experiment['data'] = { y: 1 }),
    ],
    [
      'the seed',
      'the experiment',
      (_: ConfigFolder, experiment: Record<string, unknown>) => void (experiment['seed'] = 8),
    ],
  ])('%s: INPUT_CHANGED says so; by force it goes on, and the summary says that it was', async (_, name, change) => {
    await row(change, async ({ resume, out }) => {
      const before = await readFile(join(out, 'journal'))
      const error = await failureOf(resume())
      expect(error).toMatchObject({ code: 'INPUT_CHANGED', outcome: 'not_started' })
      expect(error.message).toContain(name)
      expect(await readFile(join(out, 'journal'))).toEqual(before)
      const summary = await resume({ force: true })
      expect(summary.stopped_at.reason).toBe('complete')
      expect(summary.reproducible).toBe(false)
      expect(summary.irreproducible.join()).toMatch(/by force/)
    })
  })

  test.each([
    ['fewer points', (folder: ConfigFolder) => void folder.write('points.csv', 'x\n1\n2\n3\n')],
    ['more points', (folder: ConfigFolder) => void folder.write('points.csv', 'x\n1\n2\n3\n4\n5\n')],
    ['points in another order', (folder: ConfigFolder) => void folder.write('points.csv', 'x\n2\n1\n3\n4\n')],
    ['an edited point', (folder: ConfigFolder) => void folder.write('points.csv', 'x\n1\n2\n3\n7\n')],
    [
      'more replications',
      (_: ConfigFolder, experiment: Record<string, unknown>) => void (experiment['replications'] = 1_005),
    ],
    ['other blocks', (_: ConfigFolder, experiment: Record<string, unknown>) => void (experiment['block_size'] = 6)],
    [
      'another metric',
      (_: ConfigFolder, experiment: Record<string, unknown>) => void (experiment['metrics'] = { y: ['mean'] }),
    ],
    [
      'quantiles, which its blocks lack',
      (_: ConfigFolder, experiment: Record<string, unknown>) => void (experiment['metrics'] = { x: ['p50'] }),
    ],
  ])('%s: its runs are others, and force does not help', async (_, change) => {
    await row(change, async ({ resume }) => {
      const error = await failureOf(resume({ force: true }))
      expect(error).toMatchObject({ code: 'INPUT_CHANGED' })
      expect(error.message).toMatch(/begin anew in another folder$/)
    })
  })

  test('a run that was forced stays so when what had changed is put back', async () => {
    await row(
      (folder) => void folder.write('factor.mjs', 'export const factor = 4'),
      async ({ resume, out }) => {
        await resume({ force: true })
        writeFileSync(join(out, '..', 'factor.mjs'), 'export const factor = 3')
        const summary = await resume()
        expect(summary.reproducible).toBe(false)
        expect(summary.irreproducible.join()).toMatch(/by force/)
      },
    )
  })

  test('nothing has, where only the text of its file is another', async () => {
    await row(
      (_, experiment) => void Object.assign(experiment, { seed: 0, antithetic: false }),
      async ({ resume }) => expect((await resume()).reproducible).toBe(true),
    )
  })
})

test('B07 of two processes on one folder, one computes it and the other is told so', async () => {
  const folder = await TrialFolder.make()
  const experiment = trial({ data: { ledger: folder.ledger, held: folder.held } })
  const options = { out: folder.out, resume: true }
  folder.hold()
  const [one, other] = [
    new OwnProcess(trialServices(), experiment, options),
    new OwnProcess(trialServices(), experiment, options),
  ]
  await Promise.race([one.ended, other.ended])
  folder.release()
  await Promise.all([one.ended, other.ended])
  const errors = [one, other].flatMap(({ lines }) => lines.flatMap(({ error }) => (error ? [error] : [])))
  expect(errors).toMatchObject([{ code: 'RUN_LOCKED' }])
  expect([one, other].flatMap(({ summary }) => (summary ? [summary.stopped_at.reason] : []))).toEqual(['complete'])
  expect(folder.started.toSorted(ascending)).toEqual(Array.from({ length: 400 }, (_, run) => run))
})

test('B07 the folder of a process that was killed is taken over at once', async () => {
  const folder = await TrialFolder.make()
  const experiment = trial({ data: { ledger: folder.ledger, held: folder.held } })
  folder.hold()
  const killed = new OwnProcess(trialServices(), experiment, { out: folder.out })
  await killed.said(({ progress }) => progress !== undefined)
  await killed.kill()
  folder.release()
  const next = new OwnProcess(trialServices(), experiment, { out: folder.out, resume: true })
  expect(await next.ended).toBe(0)
  expect(next.summary?.stopped_at.reason).toBe('complete')
})

describe('B12 a process that ends as it writes outputs', { timeout: 120_000 }, () => {
  test.each([
    'output:write:1:crash',
    'output:write:2:crash',
    'output:sync:1:crash',
    'output:sync:2:crash',
    'output:rename:1:crash',
    'output:rename:2:crash',
    'output:folder-sync:1:crash',
  ])('at %s leaves whole files or none, and the next one writes them without computing', async (fault) => {
    const folder = await TrialFolder.make()
    const data = { ledger: folder.ledger }
    const experiment = trial({ data, outputs: ['summary.json', 'runs.jsonl', 'runs.csv'] })
    const files = ['summary.json', 'runs.jsonl', 'runs.csv'].map((name) => join(folder.out, name))
    const crashed = new OwnProcess(trialServices(), experiment, { out: folder.out }, { TROUPE_FAULT: fault })
    expect(await crashed.ended).not.toBe(0)
    expect(crashed.summary).toBeUndefined()
    const left = files.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined))
    folder.forget()
    const next = new OwnProcess(trialServices(), experiment, { out: folder.out, resume: true })
    expect(await next.ended).toBe(0)
    expect(folder.started).toEqual([])
    const written = files.map((file) => readFileSync(file, 'utf8'))
    expect(written[1]!.trimEnd().split('\n')).toHaveLength(400)
    for (const [at, text] of left.entries()) if (text !== undefined) expect(text).toBe(written[at])
  })
})

describe('B15 a preparation that', () => {
  const prepare = (what: string, ledger?: string) => ({
    service_id: 'preparation',
    data: { what, ledger },
    into: 'prepared',
  })

  test.each([
    ['throws', 'COMPONENT_FAILED'],
    ['a function', 'RESULT_NOT_SERIALIZABLE'],
    ['shared memory', 'RESULT_NOT_SERIALIZABLE'],
  ])('%s fails the run with %s, of which nothing is left', async (what, code) => {
    await withTail({ services: trialServices() }, { workers: 1 }, async (supervisor) => {
      const folder = await TrialFolder.make()
      const experiment = trial({ prepare: prepare(what), data: { ledger: folder.ledger } })
      const error = await failureOf(supervisor.run(experiment, { out: folder.out }))
      expect(error).toMatchObject({ code, serviceId: 'preparation' })
      expect(folder.started).toEqual([])
      // It is begun, not gone on with.
      expect(existsSync(join(folder.out, 'journal'))).toBe(false)
      const summary = await supervisor.run(trial({ prepare: prepare('gives') }), { out: folder.out })
      expect(summary.prepared).toMatchObject({ offset: 5, big: 12n })
    })
  })

  test('never ends is ended by its deadline', async () => {
    await withTail({ services: trialServices({}, { deadline_ms: 300 }) }, { workers: 1 }, async (supervisor) => {
      const run = supervisor.run(trial({ prepare: prepare('hangs') }))
      await expect(run).rejects.toMatchObject({ code: 'TIMEOUT', serviceId: 'preparation' })
    })
  })

  test('never ends is ended by the signal', async () => {
    await withTail({ services: trialServices() }, { workers: 1 }, async (supervisor) => {
      const controller = new AbortController()
      const run = supervisor.run(trial({ prepare: prepare('hangs') }), { signal: controller.signal })
      setTimeout(() => controller.abort(), 300)
      await expect(run).rejects.toMatchObject({ code: 'CANCELLED' })
    })
  })

  test('runs once, however often its run is gone on with', async () => {
    await withTail({ services: trialServices() }, { workers: 2 }, async (supervisor) => {
      const folder = await TrialFolder.make()
      const fields = { prepare: prepare('gives', folder.ledger), data: { held: folder.held, spin_ms: 1 } }
      await interrupted(supervisor, trial(fields), folder, { out: folder.out })
      const summary = await supervisor.run(trial(fields), { out: folder.out, resume: true })
      expect(readFileSync(folder.ledger, 'utf8')).toBe('prepared\n')
      expect(summary.prepared).toMatchObject({ offset: 5, big: 12n })
    })
  })
})

describe('B17 where the first block is the slowest,', () => {
  test('the result is the same', async () => {
    await withTail({ services: trialServices() }, { workers: 2 }, async (supervisor) => {
      const [folder, other] = [await TrialFolder.make(), await TrialFolder.make()]
      const outputs = ['summary.json', 'runs.csv']
      const slow = await supervisor.run(trial({ data: { slow_first_ms: 800 }, outputs }), { out: folder.out })
      const quick = await supervisor.run(trial({ outputs }), { out: other.out })
      expect(slow.numbers).toBe(quick.numbers)
      const rows = (path: string) => readFileSync(join(path, 'runs.csv'), 'utf8')
      expect(rows(folder.out)).toBe(rows(other.out))
    })
  })
})

test('a journal whose end is torn goes on from what is whole, and says so', async () => {
  await withTail({ services: trialServices() }, { workers: 2 }, async (supervisor) => {
    const folder = await TrialFolder.make()
    const experiment = trial({ data: { held: folder.held, spin_ms: 1 } })
    await interrupted(supervisor, experiment, folder, { out: folder.out })
    const journal = join(folder.out, 'journal')
    truncateSync(journal, readFileSync(journal).length - 5)
    const summary = await supervisor.run(experiment, { out: folder.out, resume: true })
    expectSameNumbers(summary, await supervisor.run(experiment))
  })
})

test('without resume, a folder that holds a run is not touched', async () => {
  await withTail({ services: trialServices() }, { workers: 1 }, async (supervisor) => {
    const folder = await TrialFolder.make()
    await supervisor.run(trial(), { out: folder.out })
    const before = await readFile(join(folder.out, 'journal'))
    await expect(supervisor.run(trial(), { out: folder.out })).rejects.toMatchObject({ code: 'RUN_EXISTS' })
    expect(await readFile(join(folder.out, 'journal'))).toEqual(before)
    await writeFile(join(folder.path, 'file'), '')
    await expect(supervisor.run(trial(), { out: join(folder.path, 'file') })).rejects.toMatchObject({
      code: 'WRITE_FAILED',
    })
  })
})
