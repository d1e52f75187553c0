import type { EngineName, Context, Outcome } from 'troupe'
import { describe, expect, test } from 'vitest'
import { failureOf, fixture, started } from '../fixtures/supervised.ts'

const root = fixture('engines')
const services = Object.fromEntries(
  ['Draws', 'Keeps', 'Meddling', 'GivesFunction'].map((name) => [name, { module: './engines.mjs', class: name }]),
)

/** A thousand contexts: a third with a seed, of which some share theirs, and the others known by their request alone. */
const contexts: readonly Context[] = Array.from({ length: 1000 }, (_, n) => ({
  service_id: 'Draws',
  request_id: `request-${n}`,
  data: { n },
  ...(n % 3 === 0 && { seed: n % 90 }),
}))

async function outcomesOn(engine: EngineName, workers: number): Promise<Outcome[]> {
  const supervisor = await started({ services }, { root, engine, workers })
  return await supervisor.executeMany(contexts)
}

test('the same contexts give the same results inline, on one worker and on four', async () => {
  const inline = await outcomesOn('inline', 1)
  expect(inline.every(({ ok }) => ok)).toBe(true)
  expect(await outcomesOn('threads', 1)).toEqual(inline)
  expect(await outcomesOn('threads', 4)).toEqual(inline)
})

test('random numbers depend on the seed where there is one, else on the request', async () => {
  const supervisor = await started({ services }, { root, workers: 2 })
  const drawn = async (fields: object): Promise<unknown> =>
    ((await supervisor.execute({ service_id: 'Draws', data: { n: 3 }, ...fields })) as { readonly first: number }).first
  const seeded = await drawn({ seed: 7, request_id: 'a' })
  expect(await drawn({ seed: 7, request_id: 'b' })).toBe(seeded)
  expect(await drawn({ seed: 8, request_id: 'a' })).not.toBe(seeded)
  expect(await drawn({ request_id: 'a' })).not.toBe(await drawn({ request_id: 'b' }))
  expect(await drawn({ request_id: 'a' })).toBe(await drawn({ request_id: 'a' }))
  expect(await drawn({})).not.toBe(await drawn({}))
})

describe.each(['threads', 'inline'] as const)('the boundary between program and component (%s)', (engine) => {
  test('gives the component a copy without prototypes, and leaves the context of the caller alone', async () => {
    class Price {
      amount = 5
      format(): string {
        return `${this.amount}`
      }
    }
    const supervisor = await started({ services }, { root, engine, workers: 1 })
    const context = { service_id: 'Meddling', data: { price: new Price(), map: new Map(), list: ['mine'] } }
    expect(await supervisor.execute(context)).toEqual({
      seen: { price: 'undefined', map: true, plain: 5 },
      list: ['mine', 'added'],
    })
    expect(context.data.list).toEqual(['mine'])
    expect(context).not.toHaveProperty('extra')
  })

  test('gives two contexts that share an object two objects', async () => {
    const supervisor = await started({ services }, { root, engine, workers: 1 })
    const data = { list: ['mine'] }
    const outcomes = await supervisor.executeMany(Array.from({ length: 50 }, () => ({ service_id: 'Meddling', data })))
    for (const outcome of outcomes) expect(outcome).toMatchObject({ ok: true, value: { list: ['mine', 'added'] } })
  })

  test('gives the caller a copy of the result', async () => {
    const supervisor = await started({ services }, { root, engine, workers: 1 })
    const first = (await supervisor.execute({ service_id: 'Keeps' })) as { value: string }
    first.value = 'changed'
    expect(await supervisor.execute({ service_id: 'Keeps' })).toEqual({ value: 'kept' })
  })

  test('refuses a context that cannot be copied, and says where', async () => {
    const supervisor = await started({ services }, { root, engine, workers: 1 })
    const data = { n: 1, deep: { callback: () => 1 } }
    const error = await failureOf(supervisor.execute({ service_id: 'Draws', data }))
    expect(error).toMatchObject({ code: 'INPUT_NOT_SERIALIZABLE', outcome: 'not_started' })
    expect(error.message).toContain('data.deep.callback')
  })

  test('refuses a result that cannot be copied, and says where', async () => {
    const supervisor = await started({ services }, { root, engine, workers: 1 })
    const error = await failureOf(supervisor.execute({ service_id: 'GivesFunction' }))
    expect(error).toMatchObject({ code: 'RESULT_NOT_SERIALIZABLE', outcome: 'failed' })
    expect(error.message).toContain('nested[0].callback')
  })
})
