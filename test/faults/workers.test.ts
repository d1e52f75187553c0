import { cpSync, rmSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Supervisor } from 'troupe'
import { batch, quickOnes, valueOf } from './batches.ts'
import { inCleanProcess } from './clean-process.ts'
import { ConfigFolder } from './config-folder.ts'
import { followThreads } from './followed-threads.ts'
import { Ledger } from './ledger.ts'
import { nextEvent } from './next-event.ts'
import { withTail } from './tail.ts'

let ledger: Ledger
const threads = followThreads()

beforeEach(() => void (ledger = new Ledger()))
afterEach(() => ledger.remove())

const faulty = () => ({ faulty: { module: './faulty.mjs', class: 'Faulty', config: { ledger: ledger.path } } })
const warmUp = quickOnes('faulty').map((context) => ({ ...context, data: { n: -1 } }))
const echo = { services: { echo: { module: 'troupe:echo', class: 'Echo' } } }

describe('W01 a worker that is terminated from outside while idle', () => {
  test('is replaced, and nobody notices', async () => {
    await withTail({ services: faulty() }, { workers: 2, warmUp }, async (supervisor) => {
      // Its controls are in flight no more: the lanes are at rest.
      await supervisor.executeMany(batch('control', 1).map((context) => ({ ...context, data: 1 })))
      await idle(supervisor)
      for (const thread of threads.slice()) {
        const restarted = nextEvent(supervisor, 'worker:restarted')
        await thread.terminate()
        await restarted
      }
      expect(supervisor.stats().pools['default']).toMatchObject({ workers: 2, restarts: 2 })
      const outcomes = await supervisor.executeMany(batch('faulty', 16))
      expect(outcomes.every(({ ok }) => ok)).toBe(true)
    })
  })
})

describe('W02 a worker that is terminated while it runs the sixth of a batch of 16', () => {
  test('costs that one; five keep their values, ten run elsewhere, each starts once', async () => {
    const BUSY = 5
    await withTail({ services: faulty() }, { workers: 1, warmUp }, async (supervisor) => {
      await idle(supervisor)
      const [first] = threads
      const contexts = batch('faulty', 16, { [BUSY]: { fault: 'never', announce: true } })
      const running = signal()
      const outcomes = Promise.allSettled(
        contexts.map((context) => supervisor.execute(context, { onProgress: () => running.resolve() })),
      )
      await running.promise
      await first!.terminate()
      for (const [n, outcome] of (await outcomes).entries()) {
        if (n === BUSY) expect(outcome).toMatchObject({ reason: { code: 'WORKER_CRASHED', outcome: 'unknown' } })
        else expect(outcome).toMatchObject({ value: { n } })
      }
      expect(ledger.started).toEqual(contexts.map((_, n) => n))
      const where = ledger.entries.map(({ n, threadId }) => ({ n, threadId }))
      const before = where[0]!.threadId
      for (const { n, threadId } of where) expect(threadId === before).toBe(n <= BUSY)
    })
  })
})

describe('W03 a thread that cannot come up', () => {
  const execArgv = [...process.execArgv]
  afterEach(() => void process.execArgv.splice(0, Infinity, ...execArgv))

  test.each([
    ['a module to require that is absent', ['--require', '/no/such/file.cjs']],
    ['a module to import that is absent', ['--import', '/no/such/file.mjs']],
    ['an argument without its value', ['--conditions']],
  ])('for %s ends the start, and no thread is tried again', async (_what, added) => {
    process.execArgv.push(...added)
    await inCleanProcess(async () => {
      const start = Supervisor.start(echo, { workers: 2, logLevel: 'silent' })
      await expect(start).rejects.toMatchObject({ code: 'WORKER_CRASHED', outcome: 'not_started' })
      expect(threads.length).toBeLessThanOrEqual(2)
    })
    process.execArgv.splice(0, Infinity, ...execArgv)
    await withTail(echo, { workers: 1 }, async (supervisor) => {
      expect(await supervisor.execute({ service_id: 'echo', data: 1 })).toEqual({ echo: 1 })
    })
  })

  test.each([['--max-old-space-size=64'], ['--expose-gc'], ['--no-such-flag'], ['--conditions']])(
    'for a flag of its pool that threads refuse, %s, is an error of the configuration, and no thread is made',
    async (flag) => {
      const pools = { default: { exec_argv: [flag] } }
      await inCleanProcess(async () => {
        const start = Supervisor.start({ ...echo, pools }, { workers: 2, logLevel: 'silent' })
        await expect(start).rejects.toMatchObject({
          code: 'CONFIG_INVALID',
          outcome: 'not_started',
          message: expect.stringContaining(flag),
          details: [{ path: 'pools.default.exec_argv', message: expect.stringContaining('not for worker threads') }],
        })
        expect(threads).toEqual([])
      })
    },
  )

  test('for a module that a flag of its pool names and that is absent ends the start', async () => {
    const pools = { default: { exec_argv: ['--import', '/no/such/file.mjs'] } }
    await inCleanProcess(async () => {
      const start = Supervisor.start({ ...echo, pools }, { workers: 2, logLevel: 'silent' })
      await expect(start).rejects.toMatchObject({ code: 'WORKER_CRASHED', outcome: 'not_started' })
      expect(threads.length).toBeLessThanOrEqual(2)
    })
  })

  test('for a missing file of the package ends the start', async () => {
    const folder = new ConfigFolder()
    try {
      cpSync('dist', join(folder.path, 'dist'), { recursive: true })
      cpSync('package.json', join(folder.path, 'package.json'))
      symlinkSync(resolve('node_modules'), join(folder.path, 'node_modules'))
      rmSync(join(folder.path, 'dist/workers/lane.js'))
      const url = pathToFileURL(join(folder.path, 'dist/src/index.js')).href
      const copy = (await import(/* @vite-ignore */ url)) as { Supervisor: typeof Supervisor }
      await inCleanProcess(async () => {
        const start = copy.Supervisor.start(echo, { workers: 2, logLevel: 'silent' })
        await expect(start).rejects.toMatchObject({ code: 'WORKER_CRASHED', outcome: 'not_started' })
        expect(threads.length).toBeLessThanOrEqual(2)
      })
    } finally {
      folder.remove()
    }
  })
})

describe('W06 all workers crash at the same moment', () => {
  test.each(['by exit', 'by terminate'])('%s: all settle, the pool is refilled, 100 new contexts run', async (how) => {
    await withTail({ services: faulty() }, { workers: 4, warmUp }, async (supervisor) => {
      await idle(supervisor)
      const busy = threads.slice()
      const refilled = Promise.all(
        [1, 2, 3, 4].map((worker) => nextEvent(supervisor, 'worker:restarted', (event) => event.worker === worker)),
      )
      const fault = how === 'by exit' ? 'exit 1' : 'never'
      let running = 0
      const all = signal()
      const onProgress = () => void (++running === 4 && all.resolve())
      const contexts = batch('faulty', 4, { 0: { fault }, 1: { fault }, 2: { fault }, 3: { fault } })
      const outcomes = Promise.allSettled(
        contexts.map(({ data, ...context }) =>
          supervisor.execute({ ...context, data: { ...(data as object), announce: true } }, { onProgress }),
        ),
      )
      await all.promise
      if (how === 'by terminate') await Promise.all(busy.map((thread) => thread.terminate()))
      for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'WORKER_CRASHED' } })
      await refilled
      expect(supervisor.stats().pools['default']).toMatchObject({ workers: 4, restarts: 4 })
      const after = await supervisor.executeMany(batch('faulty', 100))
      expect(after.map((outcome) => valueOf<{ n: number }>(outcome).n)).toEqual(after.map((_, n) => n))
    })
  })
})

/** Resolves once nothing waits or runs. */
async function idle(supervisor: Supervisor): Promise<void> {
  const busy = () => Object.values(supervisor.stats().services).some(({ waiting, running }) => waiting + running > 0)
  while (busy()) await nextEvent(supervisor, 'context:settled')
}

/** A promise, and what resolves it. */
function signal(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((settle) => void (resolve = settle))
  return { promise, resolve: () => resolve() }
}
