import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Context } from 'troupe'
import { withTail } from './tail.ts'

const services = { echo: { module: './probe.mjs', class: 'Echo' }, other: { module: './probe.mjs', class: 'Echo' } }
const warmUp = Array.from({ length: 20 }, (_, data) => ({ service_id: 'echo', data }))

const circular: Record<string, unknown> = { list: [] }
;(circular['list'] as unknown[]).push(circular)
const sparse = Object.assign([], { 0: 1, 2: 3 })

const values: readonly (readonly [string, unknown])[] = [
  ['a circular object', circular],
  ['a Map', new Map<unknown, unknown>([['a', 1], [{ b: 1 }, new Map([[1, 2]])]])], // prettier-ignore
  ['a Set', new Set([1, 'a', NaN])],
  ['a Date', new Date(86_400_000)],
  ['a BigInt', [2n ** 100n, -1n]],
  ['a RegExp', /a.b/giu],
  ['typed arrays', [new Float64Array([0, -0, NaN, Infinity]), new Uint8Array([255]).buffer, new BigInt64Array([-1n])]],
  ['two views of one buffer', viewsOf(new ArrayBuffer(16))],
  ['numbers', [-0, 0, NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_SAFE_INTEGER]],
  ['a sparse array', sparse],
  ['a lone surrogate', ['\ud800', 'x\udc00y']],
  ['nothing', [undefined, null, { a: undefined }]],
  ['an own __proto__', JSON.parse('{"__proto__":{"x":1}}')],
  ['an error', Object.assign(new RangeError('no'), {})],
  ['booleans and texts', [true, false, '', '\0', '💥']],
  ['an object twice', ((twice) => [twice, twice])({ a: 1 })],
]

function viewsOf(buffer: ArrayBuffer): unknown {
  return [new Uint8Array(buffer, 0, 8), new Float64Array(buffer, 8)]
}

describe.each(['threads', 'inline'] as const)('on %s', (engine) => {
  test.each(values)('M03 %s comes back equal', async (_name, data) => {
    await withTail({ services }, { workers: 1, engine, warmUp }, async (supervisor) => {
      const alone = (await supervisor.execute({ service_id: 'echo', data })) as Context
      expect(isDeepStrictEqual(alone.data, data)).toBe(true)
      const contexts = Array.from({ length: 16 }, () => ({ service_id: 'echo', data }))
      for (const outcome of await supervisor.executeMany(contexts)) {
        expect(outcome.ok && isDeepStrictEqual((outcome.value as Context).data, data)).toBe(true)
      }
    })
  })

  test('M03 what a value shares with itself it still shares, and with no other context', async () => {
    await withTail({ services }, { workers: 1, engine, warmUp }, async (supervisor) => {
      const shared = { n: 0 }
      const contexts = Array.from({ length: 16 }, () => ({ service_id: 'echo', data: [shared, shared] }))
      const seen = new Set<unknown>([shared])
      for (const outcome of await supervisor.executeMany(contexts)) {
        const [one, two] = outcome.ok ? ((outcome.value as Context).data as unknown[]) : []
        expect(one).toBe(two)
        seen.add(one)
      }
      expect(seen.size).toBe(17)
    })
  })

  const inherited = Object.create({ service_id: 'echo' }) as object
  test.each<[string, unknown, string]>([
    ['no context', undefined, 'CONTEXT_INVALID'],
    ['null', null, 'CONTEXT_INVALID'],
    ['a number', 5, 'CONTEXT_INVALID'],
    ['a text', 'echo', 'CONTEXT_INVALID'],
    ['an array', [{ service_id: 'echo' }], 'CONTEXT_INVALID'],
    ['a function', () => 1, 'CONTEXT_INVALID'],
    ['no service_id', {}, 'CONTEXT_INVALID'],
    ['an inherited service_id', inherited, 'CONTEXT_INVALID'],
    ['service_id of __proto__', JSON.parse('{"__proto__":{"service_id":"echo"}}'), 'CONTEXT_INVALID'],
    ...['', null, undefined, 5, {}, ['echo'], true].map(
      (id) => [`service_id ${JSON.stringify(id)}`, { service_id: id }, 'CONTEXT_INVALID'] as [string, unknown, string],
    ),
    ...['none', 'Echo', 'toString', '__proto__', 'hasOwnProperty', 'constructor', 'x'.repeat(1e6)].map(
      (id) => [`service_id ${id.slice(0, 20)}`, { service_id: id }, 'SERVICE_NOT_FOUND'] as [string, unknown, string],
    ),
    ...['', null, 5, {}].map(
      (id) =>
        [`request_id ${JSON.stringify(id)}`, { service_id: 'echo', request_id: id }, 'CONTEXT_INVALID'] as [
          string,
          unknown,
          string,
        ],
    ),
  ])('M07 %s', async (_name, given, code) => {
    await withTail({ services }, { workers: 1, engine }, async (supervisor) => {
      const context = given as Context
      const error = { name: 'TroupeError', code, outcome: 'not_started' }
      await expect(supervisor.execute(context)).rejects.toMatchObject(error)
      const good = { service_id: 'echo', data: 1 }
      const outcomes = await supervisor.executeMany([good, context, good])
      expect(outcomes).toMatchObject([{ ok: true }, { ok: false, error }, { ok: true }])
      for await (const { index, outcome } of supervisor.stream([good, context])) {
        expect(outcome).toMatchObject(index === 0 ? { ok: true } : { ok: false, error })
      }
      const message = await supervisor.execute(context).catch((rejected: Error) => rejected.message)
      expect((message as string).length).toBeLessThan(1_000)
      if (code === 'SERVICE_NOT_FOUND') expect(message).toContain('echo, other, control')
    })
  })

  test('M08 contexts of one request_id each settle with their own result', async () => {
    await withTail({ services }, { workers: engine === 'inline' ? 1 : 2, engine, warmUp }, async (supervisor) => {
      const contexts = Array.from({ length: 50 }, (_, data) => ({
        service_id: data % 2 === 0 ? 'echo' : 'other',
        request_id: 'same',
        data,
      }))
      const values = await Promise.all(contexts.map((context) => supervisor.execute(context)))
      expect(values).toEqual(contexts.map(({ service_id, data }) => ({ data, service: service_id, request: 'same' })))
    })
  })
})
