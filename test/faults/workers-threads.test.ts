import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { Supervisor } from 'troupe'
import { keepingLog } from '../fixtures/supervised.ts'
import { batch, quickOnes, valueOf } from './batches.ts'
import { inCleanProcess } from './clean-process.ts'
import { followThreads } from './followed-threads.ts'
import { nextEvent } from './next-event.ts'
import { withTail } from './tail.ts'

const pooled = (more: object = {}) => ({
  pooled: { module: './pooled.mjs', class: 'Pooled', config: {}, pool: 'own', ...more },
})
const act = (name: string, data: object = {}) => ({ service_id: 'pooled', data: { act: name, ...data } })

describe('W07 a synchronous context that runs for long, without a limit,', () => {
  test('is logged once and never killed, and the others run on the other lanes', async () => {
    const { log, records } = keepingLog()
    const pools = { own: { workers: 2 } }
    const services = pooled({ warn_after_ms: 100 })
    await withTail(
      { pools, services },
      { workers: 1, logger: log, warmUp: quickOnes('pooled') },
      async (supervisor) => {
        const contexts = batch('pooled', 40, { 5: { act: 'busy', ms: 2_000, announce: true } })
        contexts[5] = { ...contexts[5]!, request_id: 'busy' }
        const outcomes = await supervisor.executeMany(contexts)
        expect(outcomes.map((outcome) => valueOf<{ n: number }>(outcome).n)).toEqual(contexts.map((_, n) => n))
        const busy = valueOf<{ threadId: number }>(outcomes[5]).threadId
        expect(outcomes.some((outcome) => valueOf<{ threadId: number }>(outcome).threadId !== busy)).toBe(true)
        // Where the machine stands still, others may seem to run for long too.
        const warnings = records.filter(
          ({ message, fields }) =>
            message.startsWith('An execution has been running for long') && fields['request_id'] === 'busy',
        )
        expect(warnings).toMatchObject([{ level: 'warn', fields: { pool: 'own', service_id: 'pooled' } }])
        expect(supervisor.stats().pools['own']).toMatchObject({ workers: 2, restarts: 0 })
      },
    )
  })
})

// Root is never short of threads: the program runs as somebody else then, who may still read what only root can.
const isRoot = process.getuid?.() === 0
const somebody = isRoot ? { uid: 54_321, gid: 54_321 } : {}
const asSomebody = `--reuid ${somebody.uid} --regid ${somebody.gid} --clear-groups`
const withSight = '--inh-caps +dac_override --ambient-caps +dac_override'
const spawnStarved = () => {
  const command = [process.execPath, 'test/fixtures/starved.mjs']
  const [program, ...args] = isRoot ? ['setpriv', ...`${asSomebody} ${withSight} --`.split(' '), ...command] : command
  return spawn(program!, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

describe.skipIf(process.platform !== 'linux')('W08 a process that may make no more threads', () => {
  const limit = (child: ChildProcess, ...args: readonly string[]) =>
    execFileSync('prlimit', ['--pid', String(child.pid), ...args], { ...somebody, encoding: 'utf8' }).trim()

  test('times out what waits by its own deadline, tries again ever later, and works on when it may', async () => {
    const child = spawnStarved()
    onTestFinished(() => void child.kill('SIGKILL'))
    const ended = new Promise((resolve) => child.once('close', resolve))
    const answer = () =>
      new Promise((resolve, reject) => {
        child.once('message', resolve)
        child.once('close', () => reject(new Error('The program has ended')))
      })
    const ask = async (step: string) => {
      child.send(step)
      return await answer()
    }
    expect(await answer()).toBe('ready')
    const usual = limit(child, '--nproc', '--output', 'SOFT', '--noheadings', '--raw')
    limit(child, '--nproc=1:')
    const starved = (await ask('starved')) as { took: number; failedToOpen: number }
    expect(starved).toMatchObject({
      crashed: 'WORKER_CRASHED',
      own: ['TIMEOUT not_started', 'TIMEOUT not_started', 'TIMEOUT not_started'],
      calm: [0, 1, 2],
    })
    // The deadline is at 1,000 ms, and the machine may be busy elsewhere.
    expect(starved.took).toBeLessThan(3_000)
    // At 0, 100, 300 and 700 ms, and at 1,500 and 3,100 ms where it took so long: no storm.
    expect(starved.failedToOpen).toBeGreaterThanOrEqual(2)
    expect(starved.failedToOpen).toBeLessThanOrEqual(6)
    limit(child, `--nproc=${usual}:`)
    expect(await ask('fed')).toEqual({ own: [0, 1, 2], workers: 1, restarts: 0, zombies: 0 })
    expect(await ended).toBe(0)
  })
})

describe.skipIf(process.platform === 'win32')('W11 a thread that native code holds', () => {
  let folder: string
  let pipe: string
  const threads = followThreads()

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'troupe-pipe-'))
    pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
  })
  afterEach(() => {
    try {
      // A test that has failed may have left one, and this process could not end.
      release()
    } catch {}
    rmSync(folder, { recursive: true })
  })

  /** Lets go of the thread: it waits for somebody who writes. */
  const release = () => closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK))
  const limits = { timeout_ms: 100, grace_ms: 20 }

  test('is replaced before it has ended, and counted for as long as it has not', async () => {
    const pools = { own: { workers: 1, max_restarts: 0 } }
    await withTail({ pools, services: pooled(limits) }, { workers: 1 }, async (supervisor) => {
      const restarted = nextEvent(supervisor, 'worker:restarted')
      await expect(supervisor.execute(act('read', { pipe }))).rejects.toMatchObject({ code: 'TIMEOUT' })
      await restarted
      expect(supervisor.stats().pools['own']).toEqual({ workers: 1, restarts: 1, recycled: 0, zombies: 1 })
      expect((await supervisor.executeMany(batch('pooled', 20))).every(({ ok }) => ok)).toBe(true)
      const exited = nextEvent(supervisor, 'worker:exited')
      release()
      await exited
      expect(supervisor.stats().pools['own']).toEqual({ workers: 1, restarts: 1, recycled: 0, zombies: 0 })
    })
  })

  test.each([
    ['that has been given up', true],
    ['that is still running', false],
  ])('%s is reported by close(), which ends in its limit', async (_what, isGivenUp) => {
    await inCleanProcess(async () => {
      const services = pooled(isGivenUp ? limits : {})
      const config = { pools: { own: { workers: 1 } }, services }
      const supervisor = await Supervisor.start(config, { root: 'test/fixtures', logLevel: 'silent' })
      const restarted = isGivenUp ? nextEvent(supervisor, 'worker:restarted') : undefined
      const outcome = new Promise<unknown>((resolve) => {
        const reading = supervisor.execute(act('read', { pipe, announce: true }), {
          onProgress: () => resolve(reading),
        })
        reading.catch(() => {})
      })
      const settled = expect(outcome).rejects.toMatchObject({ code: isGivenUp ? 'TIMEOUT' : 'SHUTTING_DOWN' })
      await restarted
      const began = performance.now()
      expect(await supervisor.close({ timeoutMs: 1_000 })).toMatchObject({ zombies: 1 })
      expect(performance.now() - began).toBeLessThan(3_000)
      await settled
      // One that has ended has no id any more.
      const ended = threads.filter(({ threadId }) => threadId !== -1).map((thread) => once(thread, 'exit'))
      release()
      await Promise.all(ended)
    })
  })
})

// A thousand take two minutes: `TROUPE_CYCLES=1000 npx vitest run --project faults test/faults/workers-threads.test.ts`.
const CYCLES = Number(process.env['TROUPE_CYCLES'] ?? 40)

describe(`W12 ${CYCLES} workers, one after another,`, () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void

  /** What this process holds, once what can be collected has been. */
  async function held() {
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    collect()
    const { heapUsed, external } = process.memoryUsage()
    const listeners = process.eventNames().map((name) => process.listenerCount(name))
    return {
      ports: process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort').length,
      listeners: listeners.reduce((sum, count) => sum + count, 0),
      mb: (heapUsed + external) / 2 ** 20,
    }
  }

  test.each([
    ['that crash', 'exit', { max_restarts: 1e6 }],
    ['that are recycled', 'surroundings', { recycle_after: 1 }],
  ])(
    '%s leave nothing behind',
    async (_what, name, options) => {
      const pools = { own: { workers: 1, ...options } }
      await withTail({ pools, services: pooled() }, { workers: 1 }, async (supervisor) => {
        const count = () => {
          const { restarts, recycled } = supervisor.stats().pools['own']!
          return restarts + recycled
        }
        const cycle = async (until: number) => {
          while (count() < until) {
            const started = nextEvent(supervisor, 'worker:started')
            await supervisor.executeMany([act(name)])
            await started
          }
          // So that the last one is gone.
          await supervisor.executeMany(batch('control', 1))
        }
        await cycle(10)
        const before = await held()
        await cycle(10 + CYCLES)
        const after = await held()
        // One may just be on its way out.
        expect(after.ports).toBeLessThanOrEqual(before.ports + 3)
        expect(after.listeners).toBe(before.listeners)
        expect(after.mb - before.mb).toBeLessThan(20)
        expect(supervisor.stats().pools['own']).toMatchObject({ workers: 1, zombies: 0 })
      })
    },
    20_000 + CYCLES * 300,
  )
})
