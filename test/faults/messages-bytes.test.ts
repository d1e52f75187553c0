import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Context, Supervisor } from 'troupe'
import { holdLane } from '../fixtures/gate.ts'
import { Ledger } from '../fixtures/ledger.mjs'
import { runProgram } from '../fixtures/node-program.ts'
import { fixture } from '../fixtures/supervised.ts'
import { withTail } from './tail.ts'

const KIB = 1024

let ledger: Ledger

beforeEach(() => void (ledger = Ledger.make()))
afterEach(() => ledger.remove())

/** A mailbox of a mebibyte, and a service to hold the one lane with. */
function services() {
  const holder = { module: './probe.mjs', class: 'Probe', config: { ledger: ledger.file } }
  return { holder, echo: { module: './probe.mjs', class: 'Echo', mailbox_bytes: 1_024 * KIB } }
}

const kinds: readonly (readonly [string, (kib: number) => unknown])[] = [
  ['text', (kib) => ({ text: 'x'.repeat(kib * KIB) })],
  ['nested values', (kib) => ({ list: [{ texts: Array.from({ length: kib }, () => 'x'.repeat(KIB)) }] })],
  ['buffers', (kib) => ({ bytes: new Uint8Array(kib * KIB).fill(7) })],
]

function contextOf(data: unknown, index = 0): Context {
  return { service_id: 'echo', request_id: `r-${index}`, data }
}

function submitAll(supervisor: Supervisor, contexts: readonly Context[]) {
  return Promise.allSettled(contexts.map((context) => supervisor.execute(context)))
}

describe.each(['threads', 'inline'] as const)('on %s', (engine) => {
  const options = { workers: 1, engine } as const

  test.each(kinds)('M10 a mailbox that is full of bytes refuses at once: %s', async (_name, make) => {
    await withTail({ services: services() }, options, async (supervisor) => {
      const { gate, held } = await holdLane(supervisor, 'holder')
      const contexts = Array.from({ length: 40 }, (_, index) => contextOf(make(100), index))
      const settling = submitAll(supervisor, contexts)
      const { accepted } = supervisor.stats().services['echo']!
      expect(accepted).toBeGreaterThanOrEqual(8)
      expect(accepted).toBeLessThanOrEqual(11)
      gate.open()
      await held
      const settled = await settling
      const refused = settled.filter((one) => one.status === 'rejected')
      expect(refused).toHaveLength(40 - accepted)
      for (const { reason } of refused) {
        expect(reason).toMatchObject({
          code: 'MAILBOX_FULL',
          outcome: 'not_started',
          retryable: true,
          serviceId: 'echo',
          details: { capacity: 100_000, bytes: 1_024 * KIB },
        })
      }
      expect(supervisor.stats().services['echo']).toMatchObject({ accepted, ok: accepted, waiting: 0 })
      expect(await supervisor.execute(contextOf(make(100)))).toMatchObject({ data: make(100) })
    })
  })

  test.each(kinds)('M10 executeMany and stream wait for room in bytes: %s', async (_name, make) => {
    await withTail({ services: services() }, options, async (supervisor) => {
      const contexts = Array.from({ length: 60 }, (_, index) => contextOf(make(100), index))
      const outcomes = await supervisor.executeMany(contexts)
      expect(outcomes.map(({ ok }) => ok)).toEqual(Array(60).fill(true))
      let streamed = 0
      for await (const { index, outcome } of supervisor.stream(contexts)) {
        expect(index).toBe(streamed++)
        expect(outcome.ok).toBe(true)
      }
      expect(streamed).toBe(60)
    })
  })

  test.each(kinds)('M10 a context larger than its mailbox runs where that is empty: %s', async (_name, make) => {
    await withTail({ services: services() }, options, async (supervisor) => {
      const large = make(3_000)
      expect(await supervisor.execute(contextOf(large))).toMatchObject({ request: 'r-0' })
      const outcomes = await supervisor.executeMany([large, large, large].map((data) => contextOf(data)))
      expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true])
      const settled = await submitAll(supervisor, [contextOf(large), contextOf(large)])
      expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    })
  })

  test('M10 what is cancelled while it waits gives its bytes back', async () => {
    await withTail({ services: services() }, options, async (supervisor) => {
      const { gate, held } = await holdLane(supervisor, 'holder')
      const abort = new AbortController()
      const data = () => ({ bytes: new Uint8Array(900 * KIB) })
      const first = supervisor.execute(contextOf(data()), { signal: abort.signal })
      await expect(supervisor.execute(contextOf(data()))).rejects.toMatchObject({ code: 'MAILBOX_FULL' })
      abort.abort()
      await expect(first).rejects.toMatchObject({ code: 'CANCELLED', outcome: 'not_started' })
      const second = supervisor.execute(contextOf(data(), 2))
      gate.open()
      await held
      expect(await second).toMatchObject({ request: 'r-2' })
    })
  })
})

test('M15 a producer that is faster than the workers is refused, and memory stays bounded', async () => {
  const { code, stdout, stderr } = await runProgram(['--max-old-space-size=300', fixture('./fast-producer.mjs')])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const { counts, accepted, ok } = JSON.parse(stdout) as Record<string, never> & { counts: Record<string, number> }
  const { ok: fulfilled = 0, 'MAILBOX_FULL not_started': refused = 0 } = counts
  expect(counts).toEqual({ ok: fulfilled, wrong: 0, 'MAILBOX_FULL not_started': refused })
  expect(fulfilled + refused).toBe(1_000_000)
  expect(refused).toBeGreaterThan(100_000)
  expect([accepted, ok]).toEqual([fulfilled, fulfilled])
}, 300_000)
