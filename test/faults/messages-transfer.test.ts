import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Context, type Supervisor, transfer } from 'troupe'
import { holdLane } from '../fixtures/gate.ts'
import { Ledger } from '../fixtures/ledger.mjs'
import { type TailConfig, withTail } from './tail.ts'

let ledger: Ledger

beforeEach(() => void (ledger = Ledger.make()))
afterEach(() => ledger.remove())

function config(more: object = {}): TailConfig {
  return {
    services: {
      receiving: { module: './zero-copy.mjs', class: 'Receiving', config: { ledger: ledger.file }, ...more },
      leaving: { module: './zero-copy.mjs', class: 'Leaving' },
      holder: { module: './probe.mjs', class: 'Probe', config: {} },
      echo: { module: './probe.mjs', class: 'Echo' },
    },
  }
}

const rowsOf = (...numbers: number[]) => Float64Array.of(...numbers)

function receiving(request_id: string, rows: Float64Array<ArrayBuffer>, buffers = [rows.buffer]): Context {
  return transfer({ service_id: 'receiving', request_id, data: { rows } }, buffers)
}

const started = (request: string) => ledger.entries(request).length > 0

/** What an error says of the buffer that cannot be handed over. */
const refused = (path: string, what: RegExp) => ({
  code: 'INPUT_NOT_SERIALIZABLE',
  outcome: 'not_started',
  message: expect.stringMatching(/^Context for receiving cannot hand over its buffers: /),
  details: { path, what: expect.stringMatching(what) },
})

const handedOver = /^an ArrayBuffer that has been handed over already$/
const underWay = /^an ArrayBuffer that another context under way hands over$/

/** A buffer that has been handed over. */
function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(8)
  structuredClone(buffer, { transfer: [buffer] })
  return buffer
}

describe.each(['threads', 'inline'] as const)('on %s', (engine) => {
  const options = { workers: 1, engine }

  test('what is transferred is there, and here no more', async () => {
    await withTail(config(), options, async (supervisor) => {
      const rows = rowsOf(1, 2, 3)
      const running = supervisor.execute(receiving('one', rows))
      expect(rows).toHaveLength(3)
      expect(await running).toEqual({ length: 3, sum: 6 })
      expect(rows).toHaveLength(0)
      // A copy of a context has no mark.
      const kept = rowsOf(1, 2)
      expect(await supervisor.execute({ ...receiving('copy', kept) })).toEqual({ length: 2, sum: 3 })
      expect(kept).toHaveLength(2)
    })
  })

  test('M04 a context that was transferred cannot be given again', async () => {
    await withTail(config(), options, async (supervisor) => {
      const context = receiving('again', rowsOf(1))
      await supervisor.execute(context)
      await expect(supervisor.execute(context)).rejects.toMatchObject(refused('transfer[0]', handedOver))
    })
    expect(ledger.entries('again')).toHaveLength(1)
  })

  test('M05 refused at submission, a context keeps its buffers', async () => {
    await withTail(config({ mailbox: 1 }), options, async (supervisor) => {
      const rows = rowsOf(1, 2)
      const aborted = { signal: AbortSignal.abort() }
      await expect(supervisor.execute(receiving('m05', rows), aborted)).rejects.toMatchObject({
        code: 'CANCELLED',
        outcome: 'not_started',
      })
      expect(rows).toHaveLength(2)
      const nowhere = transfer({ service_id: 'nowhere', data: { rows } }, [rows.buffer])
      await expect(supervisor.execute(nowhere)).rejects.toMatchObject({ code: 'SERVICE_NOT_FOUND' })
      const nameless = transfer({ service_id: 'receiving', request_id: '', data: { rows } }, [rows.buffer])
      await expect(supervisor.execute(nameless)).rejects.toMatchObject({ code: 'CONTEXT_INVALID' })
      const first = supervisor.execute(receiving('first', rowsOf(5)))
      await expect(supervisor.execute(receiving('m05', rows))).rejects.toMatchObject({ code: 'MAILBOX_FULL' })
      expect(await first).toEqual({ length: 1, sum: 5 })
      expect(rows).toHaveLength(2)
      expect(await supervisor.execute(receiving('m05', rows))).toEqual({ length: 2, sum: 3 })
    })
    expect(ledger.entries('m05')).toHaveLength(1)
  })

  test.each(['a signal', 'a deadline'])('M05 ended by %s while it waits, a context keeps its buffers', async (by) => {
    await withTail(config(), options, async (supervisor) => {
      const { gate, held } = await holdLane(supervisor, 'holder')
      const rows = rowsOf(1, 2)
      const abort = new AbortController()
      const limits = by === 'a signal' ? { signal: abort.signal } : { deadlineMs: 30 }
      const waits = supervisor.execute(receiving('waits', rows), limits)
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (by === 'a signal') abort.abort()
      await expect(waits).rejects.toMatchObject({ code: by === 'a signal' ? 'CANCELLED' : 'TIMEOUT' })
      gate.open()
      await held
      expect(rows).toHaveLength(2)
      expect(await supervisor.execute(receiving('then', rows))).toEqual({ length: 2, sum: 3 })
    })
    expect(started('waits')).toBe(false)
  })

  test('M05 a context that cannot be cloned keeps its buffers', async () => {
    await withTail(config(), options, async (supervisor) => {
      const rows = rowsOf(1, 2)
      const data = { rows, later: () => 1 }
      const bad = supervisor.execute(transfer({ service_id: 'receiving', data }, [rows.buffer]))
      await expect(bad).rejects.toMatchObject({
        code: 'INPUT_NOT_SERIALIZABLE',
        details: { path: 'context.data.later', what: 'function later' },
      })
      expect(rows).toHaveLength(2)
    })
  })

  test('M06 of two contexts with one buffer the first has it, until it has settled', async () => {
    await withTail(config(), options, async (supervisor) => {
      const rows = rowsOf(1, 2)
      const first = supervisor.execute(receiving('first', rows))
      const second = supervisor.execute(receiving('second', rows))
      const third = supervisor.execute(receiving('third', rowsOf(9), [rowsOf(9).buffer, rows.buffer]))
      await expect(second).rejects.toMatchObject(refused('transfer[0]', underWay))
      await expect(third).rejects.toMatchObject(refused('transfer[1]', underWay))
      expect(await first).toEqual({ length: 2, sum: 3 })

      const { gate, held } = await holdLane(supervisor, 'holder')
      const later = rowsOf(4)
      const abort = new AbortController()
      const cancelled = supervisor.execute(receiving('cancelled', later), { signal: abort.signal })
      await expect(supervisor.execute(receiving('second', later))).rejects.toMatchObject(
        refused('transfer[0]', underWay),
      )
      abort.abort()
      await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' })
      const heir = supervisor.execute(receiving('heir', later))
      gate.open()
      await held
      expect(await heir).toEqual({ length: 1, sum: 4 })
    })
    expect(started('second') || started('third') || started('cancelled')).toBe(false)
  })

  test.each<[string, () => unknown, RegExp]>([
    ['a pooled Buffer', () => Buffer.from('x').buffer, /^an ArrayBuffer that must stay/],
    ["a WebAssembly memory's buffer", wasmBuffer, /^an ArrayBuffer that must stay/],
    ['a detached buffer', detached, handedOver],
    ['a SharedArrayBuffer', () => new SharedArrayBuffer(8), /^a SharedArrayBuffer/],
    ['a typed array', () => rowsOf(1), /^no ArrayBuffer$/],
    ['a MessagePort', () => new MessageChannel().port1, /^no ArrayBuffer$/],
    ['nothing', () => undefined, /^no ArrayBuffer$/],
  ])('M06 a list with %s is refused, alone in its batch, and nothing of it is detached', async (_name, make, what) => {
    await withTail(config(), options, async (supervisor) => {
      const rows = rowsOf(1, 2)
      const contexts = Array.from({ length: 8 }, (_, index) => receiving(`r-${index}`, rowsOf(index)))
      const one = make()
      contexts[3] = receiving('bad', rows, [rows.buffer, one as ArrayBuffer])
      const outcomes = await supervisor.executeMany(contexts)
      const expected = Array.from({ length: 8 }, (_, sum) => ({ ok: true, value: { length: 1, sum } }) as object)
      expected[3] = { ok: false, error: expect.objectContaining(refused('transfer[1]', what)) }
      expect(outcomes).toEqual(expected)
      expect(rows).toHaveLength(2)
      if (one instanceof MessagePort) one.close()
    })
    expect(started('bad')).toBe(false)
  })

  test('M06 a buffer that the program uses while its context waits is refused when its turn comes', async () => {
    await withTail(config(), options, async (supervisor) => {
      const { gate, held } = await holdLane(supervisor, 'holder')
      const [rows, more] = [rowsOf(1), rowsOf(2)]
      const waits = supervisor.execute(receiving('waits', rows, [more.buffer, rows.buffer]))
      structuredClone(rows, { transfer: [rows.buffer] })
      gate.open()
      await held
      await expect(waits).rejects.toMatchObject(refused('transfer[1]', handedOver))
      expect(more).toHaveLength(1)
    })
    expect(started('waits')).toBe(false)
  })

  test('middleware of the user gets a copy, and what it marks itself is handed over', async () => {
    const passing = { name: 'passing', module: './zero-copy.mjs', export: 'passing', scope: { include: ['receiving'] } }
    await withTail({ ...config(), middleware: [passing] }, options, async (supervisor) => {
      const rows = rowsOf(1, 2)
      expect(await supervisor.execute(receiving('copied', rows))).toEqual({ length: 2, sum: 3 })
      expect(rows).toHaveLength(2)
    })
    const marking = { ...passing, name: 'marking', export: 'marking' }
    await withTail({ ...config(), middleware: [marking] }, options, async (supervisor) => {
      const rows = rowsOf(1, 2)
      expect(await supervisor.execute({ service_id: 'receiving', data: { rows } })).toEqual({ length: 2, sum: 3 })
      expect(rows).toHaveLength(2)
    })
  })

  test('stock middleware leaves buffers to be handed over, also where it makes another context', async () => {
    const middleware = [
      { use: 'logging' },
      { use: 'split', config: { service: 'echo', to: 'receiving', share: 1 }, scope: { include: ['echo'] } },
    ]
    await withTail({ ...config(), middleware }, options, async (supervisor) => {
      const rows = rowsOf(1, 2)
      const context = transfer({ service_id: 'echo', data: { rows } }, [rows.buffer])
      expect(await supervisor.execute(context)).toEqual({ length: 2, sum: 3 })
      expect(rows).toHaveLength(0)
    })
  })

  test('a result hands over its buffers, and one that cannot is RESULT_NOT_SERIALIZABLE', async () => {
    await withTail(config(), options, async (supervisor) => {
      const ask = (returns: string) => supervisor.execute({ service_id: 'receiving', data: { returns } })
      expect(await ask('handed')).toEqual({ made: rowsOf(1, 2, 3) })
      expect(await ask('earlier')).toEqual({ bytes: 0 })
      for (const [returns, path, what] of [
        ['pooled', 'transfer[1]', /^an ArrayBuffer that must stay/],
        ['shared', 'transfer[0]', /^a SharedArrayBuffer/],
        ['twice', 'transfer[1]', handedOver],
      ] as const) {
        await expect(ask(returns)).rejects.toMatchObject({
          code: 'RESULT_NOT_SERIALIZABLE',
          outcome: 'failed',
          details: { path, what: expect.stringMatching(what) },
        })
        expect(await ask('earlier')).toEqual({ bytes: 24 })
      }
    })
  })

  test('contexts that transfer have their turn among those that do not', async () => {
    await withTail(config(), options, async (supervisor) => {
      const echo = Array.from({ length: 5_000 }, (_, data) => ({ service_id: 'echo', data }))
      let done = false
      // There is always more to send ahead of a lane's need.
      const crowds = Array.from({ length: 3 }, async () => {
        while (!done) expect((await supervisor.executeMany(echo)).every(({ ok }) => ok)).toBe(true)
      })
      const rows = Array.from({ length: 20 }, (_, index) => rowsOf(index))
      const outcomes = await supervisor.executeMany(rows.map((one, index) => receiving(`r-${index}`, one)))
      done = true
      await Promise.all(crowds)
      expect(outcomes).toEqual(rows.map((_, sum) => ({ ok: true, value: { length: 1, sum } })))
      expect(rows.every((one) => one.length === 0)).toBe(true)
    })
  })
})

test('M04 a context whose worker ends before it starts is lost with its buffers, and never sent again', async () => {
  await withTail(config(), { workers: 1 }, async (supervisor) => {
    await supervisor.executeMany([
      { service_id: 'receiving', data: {} },
      { service_id: 'control', data: 1 },
    ])
    const rows = rowsOf(1, 2)
    await supervisor.execute({ service_id: 'leaving' })
    const lost = supervisor.execute(receiving('lost', rows))
    const waits = supervisor.execute({ service_id: 'receiving', request_id: 'waits', data: { rows: rowsOf(7) } })
    await expect(lost).rejects.toMatchObject({
      code: 'WORKER_CRASHED',
      outcome: 'not_started',
      retryable: false,
      details: { reason: 'transferred', worker: 1 },
    })
    expect(rows).toHaveLength(0)
    expect(await waits).toEqual({ length: 1, sum: 7 })
  })
  expect(started('lost')).toBe(false)
})

test('M04 among many that crash their worker, none is sent twice and all settle', async () => {
  await withTail(config(), { workers: 2 }, async (supervisor: Supervisor) => {
    const kinds = Array.from({ length: 60 }, (_, index) => (index % 20 === 10 ? 'leaving' : 'receiving'))
    const contexts = kinds.map((service_id, index) =>
      service_id === 'leaving' ? { service_id } : receiving(`r-${index}`, rowsOf(index)),
    )
    for (const [index, outcome] of (await supervisor.executeMany(contexts)).entries()) {
      if (kinds[index] === 'leaving') continue
      const starts = ledger.entries(`r-${index}`).length
      if (outcome.ok) expect([outcome.value, starts]).toEqual([{ length: 1, sum: index }, 1])
      else expect(outcome.error).toMatchObject({ code: 'WORKER_CRASHED', outcome: starts ? 'unknown' : 'not_started' })
      expect(starts).toBeLessThanOrEqual(1)
    }
  })
})

function wasmBuffer(): unknown {
  const { Memory } = (
    globalThis as unknown as { WebAssembly: { Memory: new (options: object) => { buffer: unknown } } }
  ).WebAssembly
  return new Memory({ initial: 1 }).buffer
}
