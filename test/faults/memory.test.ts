import { spawn } from 'node:child_process'
import { describe, expect, onTestFinished, test } from 'vitest'
import { engines, batch, errorOf, quickOnes, valueOf } from './batches.ts'
import { nextEvent } from './next-event.ts'
import { withTail } from './tail.ts'

const pooled = { module: './pooled.mjs', class: 'Pooled', config: {}, pool: 'own' }
const MIB = 2 ** 20

/** How a program of the fixtures ended, and what it told. */
interface ChildEnd<Report> {
  readonly report: Report | undefined
  readonly signal: NodeJS.Signals | null
  readonly printed: { readonly stdout: number; readonly stderr: number }
}

/** Runs a command that tells what came of it by one message, and counts what it prints unless it is not to be read. */
function runChild<Report>(command: string, args: readonly string[], isRead = true): Promise<ChildEnd<Report>> {
  const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const printed = { stdout: 0, stderr: 0 }
  let report: Report | undefined
  for (const name of ['stdout', 'stderr'] as const)
    if (isRead) child[name]!.on('data', (chunk: Buffer) => (printed[name] += chunk.length))
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      report = message as Report
      // What nobody reads would keep the program from ending.
      for (const name of ['stdout', 'stderr'] as const) child[name]!.resume()
    })
    child.on('error', reject)
    child.on('close', (_code, signal) => resolve({ report, signal, printed }))
  })
}

describe('K20 a heap that grows little by little past its limit', () => {
  const pools = { own: { workers: 1, resource_limits: { max_old_generation_size_mb: 16 } } }

  test('costs its context alone, and says that it was memory', async () => {
    const warmUp = quickOnes('pooled')
    await withTail({ pools, services: { pooled } }, { workers: 1, warmUp }, async (supervisor) => {
      const exited = nextEvent(supervisor, 'worker:exited')
      const restarted = nextEvent(supervisor, 'worker:restarted')
      const outcomes = await supervisor.executeMany(batch('pooled', 16, { 4: { act: 'fillHeap' } }))
      expect(errorOf(outcomes[4])).toMatchObject({
        code: 'WORKER_CRASHED',
        outcome: 'unknown',
        details: { reason: 'oom' },
      })
      const rest = outcomes.filter((_, n) => n !== 4).map((outcome) => valueOf<{ n: number }>(outcome).n)
      expect(rest).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
      expect(await exited).toMatchObject({ pool: 'own', reason: 'oom' })
      await restarted
      expect(supervisor.stats().pools['own']).toEqual({ workers: 1, restarts: 1, recycled: 0, zombies: 0 })
    })
  })

  test('counts against the restart budget', async () => {
    const strict = { own: { ...pools.own, max_restarts: 1, within_ms: 60_000 } }
    await withTail({ pools: strict, services: { pooled } }, { workers: 1 }, async (supervisor) => {
      const quarantined = nextEvent(supervisor, 'service:quarantined')
      const outcomes = await supervisor.executeMany(
        batch('pooled', 2, { 0: { act: 'fillHeap' }, 1: { act: 'fillHeap' } }),
      )
      for (const outcome of outcomes) expect(errorOf(outcome)).toMatchObject({ details: { reason: 'oom' } })
      expect(await quarantined).toMatchObject({ serviceId: 'pooled' })
      await expect(supervisor.execute({ service_id: 'pooled' })).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    })
  })
})

describe('K21 a flood of memory outside the heap, in a process that may not have so much', { timeout: 120_000 }, () => {
  interface Report {
    readonly before: number
    readonly after: number
    readonly next: number
    readonly ok: boolean
    readonly code: string
    readonly zombies: number
  }

  test.skipIf(process.platform !== 'linux')(
    'fails its context alone where memory can be refused, and else ends the process: it never hangs',
    async () => {
      const limited = `ulimit -v 3000000; exec "${process.execPath}" test/fixtures/flooded.mjs 8192`
      const { report, signal } = await runChild<Report>('bash', ['-c', limited])
      if (report)
        expect(report).toMatchObject({ before: 7, after: 7, next: 8, ok: false, code: 'COMPONENT_FAILED', zombies: 0 })
      else expect(['SIGABRT', 'SIGTRAP', 'SIGILL']).toContain(signal)
    },
  )
})

describe('K23 a service that prints 100 MB', { timeout: 120_000 }, () => {
  interface Report {
    readonly rounds: number
    readonly ran: number
    readonly growth: number
    readonly meanwhile: number
    readonly p90: number
    readonly droppedOutput: number
    readonly failed: number
    readonly zombies: number
  }

  test.each([
    ['stdout', true],
    ['stderr', true],
    ['stdout', false],
  ] as const)(
    'to %s (read: %s): its contexts run, memory stays bounded, what is dropped is counted',
    async (to, isRead) => {
      const { report, printed } = await runChild<Report>(
        process.execPath,
        ['test/fixtures/loud.mjs', to, '100'],
        isRead,
      )
      expect(report).toMatchObject({ ran: 20 * report!.rounds, failed: 0, zombies: 0 })
      expect(report!.growth).toBeLessThan(64)
      expect(report!.droppedOutput).toBeGreaterThan(0)
      // The contexts beside it did not wait for the printing to end.
      expect(report!.meanwhile).toBeGreaterThanOrEqual(10)
      expect(report!.p90).toBeLessThan(200)
      if (!isRead) return
      // Nothing is lost that is not counted: each write was of a kibibyte. One megabyte was printed before.
      const written = (1 + 100 * report!.rounds) * 1_024
      expect(printed[to]).toBeGreaterThanOrEqual(MIB)
      expect(printed[to]).toBeGreaterThanOrEqual((written - report!.droppedOutput) * 1_024)
      expect(printed[to]).toBeLessThanOrEqual((written + report!.ran - report!.droppedOutput) * 1_024)
    },
  )

  test('prints all of it where it waits for the stream as streams ask for', async () => {
    const { report, printed } = await runChild<Report>(process.execPath, ['test/fixtures/loud.mjs', 'patient', '20'])
    expect(report).toMatchObject({ ran: 20 * report!.rounds, failed: 0, droppedOutput: 0 })
    expect(printed.stdout).toBe((1 + 20 * report!.rounds) * MIB)
  })
})

describe.each(engines)('K24 on %s,', { timeout: 120_000 }, (engine) => {
  const SIZE_MB = 200
  const limit = { use: 'validation', config: { max_payload_bytes: 100 * MIB }, scope: { include: ['limited'] } }
  const config = {
    middleware: [limit],
    services: { limited: { ...pooled, pool: 'default' }, free: { ...pooled, pool: 'default' } },
  }
  const bytes = () => new Uint8Array(SIZE_MB * MIB).fill(5)

  test('an input or a result of 200 MB is refused where it is over the limit', async () => {
    await withTail(config, { engine, workers: 1 }, async (supervisor) => {
      const input = { service_id: 'limited', data: { n: 1, bytes: bytes() } }
      await expect(supervisor.execute(input)).rejects.toMatchObject({
        code: 'PAYLOAD_TOO_LARGE',
        outcome: 'not_started',
        details: { payload: 'context' },
      })
      const result = { service_id: 'limited', data: { act: 'bytes', mb: SIZE_MB } }
      await expect(supervisor.execute(result)).rejects.toMatchObject({
        code: 'PAYLOAD_TOO_LARGE',
        outcome: 'failed',
        details: { payload: 'result' },
      })
      expect(await supervisor.execute({ service_id: 'limited', data: { n: 2 } })).toMatchObject({ n: 2 })
    })
  })

  test('an input or a result of 200 MB passes where there is no limit', async () => {
    await withTail(config, { engine, workers: 1 }, async (supervisor) => {
      const sent = { service_id: 'free', data: { n: 1, bytes: bytes() } }
      expect(await supervisor.execute(sent)).toMatchObject({ n: 1 })
      expect(sent.data.bytes).toHaveLength(SIZE_MB * MIB)
      const got = (await supervisor.execute({ service_id: 'free', data: { act: 'bytes', mb: SIZE_MB } })) as Uint8Array
      expect([got.length, got[0], got.at(-1)]).toEqual([SIZE_MB * MIB, 5, 5])
    })
  })
})
