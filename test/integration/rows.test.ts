import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { fixture, started } from '../fixtures/supervised.ts'

const root = fixture('.')
const services = { echo: { module: './probe.mjs', class: 'Echo', mailbox: 100_000 } }

/** Enough of them for the service to be known as quick, and its results to come as rows. */
const warmUp = Array.from({ length: 2000 }, (_, n) => ({ service_id: 'echo', data: { n } }))

describe('results in shared memory', () => {
  test('are each read once, where whoever hears of one cancels another', async () => {
    const supervisor = await started({ services }, { root, workers: 1 })
    await supervisor.executeMany(warmUp)
    const contexts = Array.from({ length: 2000 }, (_, n) => ({
      service_id: 'echo',
      request_id: `request-${n}`,
      data: { text: `a text of its own ${n}`, list: n % 3 ? [n, `${n}`] : undefined },
    }))
    const cancels = contexts.map(() => new AbortController())
    let settled = 0
    supervisor.on('context:settled', ({ requestId, ok }) => {
      const n = Number(requestId.slice('request-'.length))
      settled++
      // The next are in flight: many of them have ended.
      if (ok && n % 10 === 0) cancels[n + 5]?.abort()
    })
    const running = contexts.map((context, n) => supervisor.execute(context, { signal: cancels[n]!.signal }))
    const outcomes = await Promise.allSettled(running)
    for (const [n, outcome] of outcomes.entries()) {
      const { data, request_id: request } = contexts[n]!
      if (outcome.status === 'fulfilled')
        expect(isDeepStrictEqual(outcome.value, { data, service: 'echo', request })).toBe(true)
      else expect([n % 10, (outcome.reason as { code: string }).code]).toEqual([5, 'CANCELLED'])
    }
    expect(settled).toBe(contexts.length)
  })

  test('hold the request id that was sent, whoever gives the context another one meanwhile', async () => {
    const renaming = { renaming: { module: './rows/renaming.mjs', class: 'Renaming', mailbox: 100_000 } }
    const supervisor = await started({ services: renaming }, { root, workers: 2 })
    const contextsOf = (round: number) =>
      Array.from({ length: 20_000 }, (_, n) => ({ service_id: 'renaming', request_id: `${round}-${n}` }))
    for (const round of [1, 2]) await supervisor.executeMany(contextsOf(round))
    const contexts = contextsOf(3)
    const batch = supervisor.executeMany(contexts)
    const single = contexts.map((context) => supervisor.execute(context))
    // The first have left by then, and the others leave with their new ids.
    await single[0]
    for (const context of contexts) context.request_id = `changed ${context.request_id}`
    const values = [...(await batch).map((one) => one.ok && one.value), ...(await Promise.all(single))]
    for (const value of values) {
      const { id } = value as { id: string }
      expect(value).toEqual({ id, renamed: `renamed ${id}`, said: `It was ${id}` })
    }
    expect(values[0]).toMatchObject({ id: '3-0' })
    expect(values[19_999]).toMatchObject({ id: 'changed 3-19999' })
  })

  test('hold the request id that came, where a getter says another one each time', async () => {
    const renaming = { renaming: { module: './rows/renaming.mjs', class: 'Renaming', mailbox: 100_000 } }
    const supervisor = await started({ services: renaming }, { root, workers: 2 })
    let asked = 0
    const odd = { service_id: 'renaming', get request_id() { return `asked ${asked++}` } } // prettier-ignore
    const plain = { service_id: 'renaming', request_id: 'plain' }
    const contexts = Array.from({ length: 4_000 }, (_, n) => (n < 2_000 || n % 2 ? plain : odd))
    for (const outcome of await supervisor.executeMany(contexts)) {
      const { id } = (outcome.ok ? outcome.value : undefined) as { id: string }
      expect(outcome).toEqual({ ok: true, value: { id, renamed: `renamed ${id}`, said: `It was ${id}` } })
    }
    expect(supervisor.stats().pools).toMatchObject({ default: { restarts: 0 } })
  })

  test.each(['throws', 'changes', 'turns', 'proxy', 'function', 'cycle', 'long', 'wide'])(
    'are right behind one that is odd: %s',
    async (kind) => {
      const odd = { odd: { module: './rows/odd-results.mjs', class: 'OddResults' } }
      const supervisor = await started({ services: odd }, { root, workers: 1 })
      const send = (count: number, from: number) =>
        supervisor.executeMany(
          Array.from({ length: count }, (_, index) => {
            const n = from + index
            return { service_id: 'odd', data: n % 8 === 3 ? { n, kind } : { n } }
          }),
        )
      // The first make it known as quick, all at once and then by few.
      const outcomes = [...(await send(400, 0))]
      while (outcomes.length < 1200) outcomes.push(...(await send(40, outcomes.length)))
      for (const [n, outcome] of outcomes.entries()) {
        if (n % 8 === 3) expect(outcome.ok || outcome.error.code === 'RESULT_NOT_SERIALIZABLE').toBe(true)
        else expect(outcome).toEqual({ ok: true, value: plain(n) })
      }
      expect(supervisor.stats().pools).toMatchObject({ default: { restarts: 0 } })
    },
  )
})

function plain(n: number): unknown {
  return n % 2 ? { n, text: `text ${n}` } : { [`key${n + 1}`]: [n], text: [`text ${n}`, { [`round${n}`]: n }] }
}
