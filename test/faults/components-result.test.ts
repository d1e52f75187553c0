import { describe, expect, test } from 'vitest'
import { batch, engines, errorOf, quickOnes, valueOf } from './batches.ts'
import { withTail } from './tail.ts'

const BAD = 2
const LEAF = 'result.rows[2]["the leaf"]'

const unserializable: readonly [string, string][] = [
  ['function', 'result'],
  ['nested function', LEAF],
  ['symbol', 'result'],
  ['nested symbol', LEAF],
  ['class instance with a function', 'result.at'],
  ['Proxy', 'result'],
  ['nested Proxy', LEAF],
  ['WeakMap', 'result'],
  ['nested WeakMap', LEAF],
  ['Promise inside', 'result.later'],
  ['port that is not transferred', 'result.port'],
  ['getter that throws', 'result.worst'],
]

describe.each(engines)('K07 a result that cannot cross a thread, on %s:', (engine) => {
  const services = { returning: { module: './returning.mjs', class: 'ReturningBad' } }

  test.each(unserializable)('%s is told with its path, %s', async (bad, path) => {
    await withTail({ services }, { engine, workers: 1, warmUp: quickOnes('returning') }, async (supervisor) => {
      for (const late of [false, true]) {
        const [first] = await supervisor.executeMany(batch('returning', 1))
        const { threadId } = valueOf<{ threadId: number }>(first)
        const outcomes = await supervisor.executeMany(batch('returning', 16, { [BAD]: { bad, late } }))
        for (const [n, outcome] of outcomes.entries()) {
          if (n !== BAD) expect(outcome).toEqual({ ok: true, value: { n, threadId } })
        }
        expect(errorOf(outcomes[BAD])).toMatchObject({
          code: 'RESULT_NOT_SERIALIZABLE',
          outcome: 'failed',
          message: expect.stringContaining(path),
          details: { path },
        })
      }
    })
  })
})

describe.each(engines)('K08 a result that is no object, on %s:', (engine) => {
  test.each([undefined, '"text"', '7', '[1,{"a":2}]', 'null', 'false'])('%s', async (text) => {
    const returning = { module: './returning.mjs', class: 'Returning', config: text === undefined ? {} : { text } }
    const services = { alone: returning, stepped: { steps: [returning, { module: 'troupe:echo', class: 'Echo' }] } }
    await withTail({ services }, { engine, workers: 1 }, async (supervisor) => {
      const value = text === undefined ? undefined : (JSON.parse(text) as unknown)
      expect(await supervisor.execute({ service_id: 'alone' })).toEqual(value)
      expect(await supervisor.execute({ service_id: 'stepped', request_id: 'r', data: 1, kept: true })).toEqual({
        service_id: 'stepped',
        request_id: 'r',
        data: 1,
        kept: true,
        echo: 1,
      })
    })
  })
})

describe.each(engines)('K09 on %s', (engine) => {
  const polluting = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}},"good":3}'
  const returning = { module: './returning.mjs', class: 'Returning', config: { text: polluting } }
  const echo = { module: 'troupe:echo', class: 'Echo' }

  test('an own __proto__ in a result is merged into no context and reaches no prototype', async () => {
    const services = {
      alone: returning,
      stepped: { steps: [returning, echo] },
      mapped: { steps: [{ ...returning, output_mapping: { good: 'model.good' } }, echo] },
    }
    await withTail({ services }, { engine, workers: 1 }, async (supervisor) => {
      expect(await supervisor.execute({ service_id: 'alone' })).toHaveProperty('good', 3)
      const stepped = (await supervisor.execute({ service_id: 'stepped', data: 1 })) as object
      expect(Object.hasOwn(stepped, '__proto__')).toBe(false)
      expect(Object.getPrototypeOf(stepped)).toBe(Object.prototype)
      expect(stepped).toHaveProperty('good', 3)
      expect((stepped as { polluted?: unknown }).polluted).toBe(undefined)
      expect(await supervisor.execute({ service_id: 'mapped', data: 1 })).toMatchObject({ model: { good: 3 }, echo: 1 })
    })
  })

  test('a getter that throws in a result of a step is an error with a code', async () => {
    const step = { module: './returning.mjs', class: 'ReturningGetter' }
    const services = {
      merged: { steps: [step, echo] },
      mapped: { steps: [{ ...step, output_mapping: { worst: 'best' } }, echo] },
      skipped: { steps: [{ ...step, on_error: 'skip', fallback_output: { best: 1 } }, echo] },
    }
    await withTail({ services }, { engine, workers: 1 }, async (supervisor) => {
      for (const service_id of ['merged', 'mapped']) {
        await expect(supervisor.execute({ service_id, data: 1 })).rejects.toMatchObject({
          code: 'RESULT_NOT_SERIALIZABLE',
          outcome: 'failed',
          serviceId: service_id,
        })
      }
      expect(await supervisor.execute({ service_id: 'skipped', data: 1 })).toMatchObject({
        best: 1,
        echo: 1,
        warnings: [{ step: 'step_1', code: 'RESULT_NOT_SERIALIZABLE' }],
      })
    })
  })
})

describe.each(engines)('K25 a component that changes its context, on %s,', (engine) => {
  const mutating = { module: './returning.mjs', class: 'Mutating' }
  const given = () => ({ list: [1], deep: { value: 1 }, gone: true, map: new Map([['a', 1]]) })

  test("changes neither the caller's object nor another context, even one that shares its data", async () => {
    const services = { mutating }
    await withTail({ services }, { engine, workers: 2 }, async (supervisor) => {
      // Their cost is known after the first ones, so that the others leave in chunks.
      for (let round = 0; round < 3; round++) {
        const data = given()
        const contexts = Array.from({ length: 64 }, (_, n) => ({ service_id: 'mutating', request_id: `r${n}`, data }))
        for (const [n, outcome] of (await supervisor.executeMany(contexts)).entries()) {
          const seen = { service_id: 'mutating', request_id: `r${n}`, data: given() }
          expect(outcome).toEqual({ ok: true, value: { seen } })
        }
        expect(data).toEqual(given())
        for (const [n, context] of contexts.entries()) {
          expect(context).toEqual({ service_id: 'mutating', request_id: `r${n}`, data: given() })
        }
      }
    })
  })

  test('changes neither the fallback of a step nor where the context is routed', async () => {
    const failing = { module: './throwing.mjs', class: 'Throwing', on_error: 'skip' }
    const services = {
      stepped: { steps: [{ ...failing, fallback_output: { fallback: { list: ['kept'] } } }, mutating] },
    }
    await withTail({ services }, { engine, workers: 1 }, async (supervisor) => {
      for (let round = 0; round < 3; round++) {
        const data = { ...given(), throws: 'string' }
        const result = await supervisor.execute({ service_id: 'stepped', request_id: 'r', data })
        expect(result).toMatchObject({
          service_id: 'stepped',
          request_id: 'r',
          seen: { fallback: { list: ['kept'] }, data: given() },
        })
        expect(data).toEqual({ ...given(), throws: 'string' })
      }
    })
  })
})
