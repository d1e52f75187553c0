import { describe, expect, test } from 'vitest'
import type { Supervisor } from 'troupe'
import { Gate } from '../fixtures/gate.ts'
import { failureOf, fixture, started } from '../fixtures/supervised.ts'

const services = { sharing: { module: './zero-copy.mjs', class: 'Sharing' } }

interface Answer {
  readonly worker: number
  readonly value?: unknown
  readonly [field: string]: unknown
}

function share(supervisor: Supervisor, data: object): Promise<Answer> {
  return supervisor.execute({ service_id: 'sharing', data }) as Promise<Answer>
}

/** What every worker says, asked as often as it takes to have heard of all of them. */
async function fromEach(supervisor: Supervisor, workers: number, data: object): Promise<Map<number, Answer>> {
  const answers = new Map<number, Answer>()
  for (let round = 0; answers.size < workers && round < 50; round++) {
    const contexts = Array.from({ length: workers * 4 }, () => ({ service_id: 'sharing', data }))
    for (const outcome of await supervisor.executeMany(contexts)) {
      if (!outcome.ok) throw outcome.error
      const answer = outcome.value as Answer
      answers.set(answer.worker, answer)
    }
  }
  return answers
}

const numbers: readonly [string, NodeJS.TypedArray | DataView, string, readonly string[]][] = [
  ['Float64Array', Float64Array.of(-0, NaN, 1e300), 'Float64Array', ['0', 'NaN', '1e+300']],
  ['Float32Array', Float32Array.of(1.5), 'Float32Array', ['1.5']],
  ['Int32Array', Int32Array.of(-1), 'Int32Array', ['-1']],
  ['Uint32Array', Uint32Array.of(1), 'Uint32Array', ['1']],
  ['Int16Array', Int16Array.of(-1), 'Int16Array', ['-1']],
  ['Uint16Array', Uint16Array.of(1), 'Uint16Array', ['1']],
  ['Int8Array', Int8Array.of(-1), 'Int8Array', ['-1']],
  ['Uint8Array', Uint8Array.of(255), 'Uint8Array', ['255']],
  ['Uint8ClampedArray', Uint8ClampedArray.of(300), 'Uint8ClampedArray', ['255']],
  ['BigInt64Array', BigInt64Array.of(-(2n ** 62n)), 'BigInt64Array', [String(-(2n ** 62n))]],
  ['BigUint64Array', BigUint64Array.of(2n ** 63n), 'BigUint64Array', [String(2n ** 63n)]],
  ['DataView', new DataView(Float64Array.of(7.5).buffer), 'DataView', ['7.5']],
  ['Buffer', Buffer.from('ab'), 'Uint8Array', ['97', '98']],
  ['part of an array', Float64Array.of(1, 2, 3, 4).subarray(1, 3), 'Float64Array', ['2', '3']],
  ['an empty array', new Float64Array(0), 'Float64Array', []],
]

describe.each(['threads', 'inline'] as const)('Supervisor.share on %s', (engine) => {
  const options = { engine, workers: 1, root: fixture('.') }

  test.each(numbers)('brings %s as shared memory', async (_name, view, kind, values) => {
    const supervisor = await started({ services }, options)
    await supervisor.share('numbers', view)
    const answer = await share(supervisor, { name: 'numbers', act: 'kind' })
    const read = kind === 'DataView' ? [new DataView(view.buffer).getFloat64(0)] : values
    expect(answer).toMatchObject({ kind, memory: 'SharedArrayBuffer', values: read })
  })

  test('takes the value as it is at the call', async () => {
    const supervisor = await started({ services }, options)
    const [array, plain] = [Float64Array.of(1), { a: [1] }]
    const sharing = [supervisor.share('array', array), supervisor.share('plain', plain)]
    array[0] = 2
    plain.a.push(2)
    await Promise.all(sharing)
    expect((await share(supervisor, { name: 'array' })).value).toEqual(Float64Array.of(1))
    expect((await share(supervisor, { name: 'plain' })).value).toEqual({ a: [1] })
  })

  test('leaves a view of shared memory where it is', async () => {
    const supervisor = await started({ services }, options)
    const array = new Float64Array(new SharedArrayBuffer(16), 8)
    await supervisor.share('array', array)
    await share(supervisor, { name: 'array', act: 'write', index: 0, to: 5 })
    expect(array[0]).toBe(5)
  })

  test('brings anything else that can be cloned, as one object per worker', async () => {
    const supervisor = await started({ services }, options)
    const value = { when: new Date(0), map: new Map([['a', 1n]]), list: [1, undefined], nothing: null }
    await supervisor.share('value', value)
    expect((await share(supervisor, { name: 'value' })).value).toEqual(value)
    expect(await share(supervisor, { name: 'value', act: 'same' })).toMatchObject({ seen: true })
    for (const [name, one] of [
      ['undefined', undefined],
      ['false', false],
      ['bigint', 10n],
    ] as const) {
      await supervisor.share(name, one)
      expect((await share(supervisor, { name })).value).toBe(one)
    }
  })

  test('is seen by contexts submitted after the call, whether or not it was awaited', async () => {
    const supervisor = await started({ services }, options)
    for (let value = 0; value < 50; value++) {
      void supervisor.share('value', { value })
      const asked = share(supervisor, { name: 'value' })
      if (value % 2 === 0) expect((await asked).value).toEqual({ value })
      else await asked
    }
  })

  test('replaces what was there, and nothing else', async () => {
    const supervisor = await started({ services }, options)
    await supervisor.share('one', Float64Array.of(1))
    await supervisor.share('other', 'other')
    await supervisor.share('one', { now: 'plain' })
    expect((await share(supervisor, { name: 'one' })).value).toEqual({ now: 'plain' })
    expect((await share(supervisor, { name: 'other' })).value).toBe('other')
  })

  test('does not change what an execution under way has begun to read', async () => {
    const supervisor = await started({ services }, options)
    const gate = new Gate()
    await supervisor.share('value', 1)
    const data = { name: 'value', act: 'twice', gate: gate.memory }
    let reads: Promise<unknown> | undefined
    await new Promise<void>((begun) => {
      reads = supervisor.execute({ service_id: 'sharing', data }, { onProgress: () => begun() })
    })
    await supervisor.share('value', 2)
    gate.open()
    expect(await reads).toMatchObject({ value: 1, again: 1 })
    expect((await share(supervisor, { name: 'value' })).value).toBe(2)
  })

  test('of a name that nothing has is the error of the component that asks, with the names there are', async () => {
    const supervisor = await started({ services }, options)
    const early = await failureOf(share(supervisor, { name: 'price' }))
    expect(early).toMatchObject({ code: 'COMPONENT_FAILED', cause: { name: 'RangeError' } })
    expect(early.message).toMatch(/^Nothing is shared as "price"; supervisor\.share/)
    await supervisor.share('prices', [1])
    await supervisor.share('rates', [1])
    for (const name of ['price', 'toString', '__proto__']) {
      const error = await failureOf(share(supervisor, { name }))
      expect(error.message).toBe(`Nothing is shared as "${name}"; shared are "prices", "rates"`)
    }
  })

  test('reaches middleware on either side', async () => {
    const rating = { module: './zero-copy.mjs', export: 'rating' }
    const middleware = [
      { name: 'here', ...rating },
      { name: 'there', ...rating, side: 'worker' },
    ]
    const supervisor = await started({ services, middleware }, options)
    await supervisor.share('rate', { rate: 1 })
    const asked = { name: 'rate', act: 'change', to: true }
    expect(await share(supervisor, asked)).toMatchObject({
      supervisor: { rate: 1 },
      worker: { rate: 1, changed: true },
    })
    await supervisor.share('rate', { rate: 2 })
    expect(await share(supervisor, { name: 'rate' })).toMatchObject({ supervisor: { rate: 2 }, worker: { rate: 2 } })
  })

  test('refuses what cannot be cloned, with the place', async () => {
    const supervisor = await started({ services }, options)
    const error = await failureOf(supervisor.share('model', { layers: [{ run: () => 1 }] }))
    expect(error).toMatchObject({
      code: 'INPUT_NOT_SERIALIZABLE',
      outcome: 'not_started',
      details: { path: 'value.layers[0].run', what: 'function run' },
    })
    const gone = new Float64Array(2)
    structuredClone(gone, { transfer: [gone.buffer] })
    expect(await failureOf(supervisor.share('gone', gone))).toMatchObject({
      code: 'INPUT_NOT_SERIALIZABLE',
      details: { path: 'value', what: 'a Float64Array whose buffer has been handed over' },
    })
    expect(await failureOf(share(supervisor, { name: 'model' }))).toMatchObject({ code: 'COMPONENT_FAILED' })
  })

  test.each(['', undefined, 1, {}, '__proto__', 'constructor', 'prototype'])('refuses the name %j', async (name) => {
    const supervisor = await started({ services }, options)
    await expect(supervisor.share(name as string, 1)).rejects.toThrow(TypeError)
  })

  test('refuses everything once the supervisor closes', async () => {
    const supervisor = await started({ services }, options)
    const closing = supervisor.close()
    expect(await failureOf(supervisor.share('late', 1))).toMatchObject({
      code: 'SHUTTING_DOWN',
      outcome: 'not_started',
    })
    await closing
    expect(await failureOf(supervisor.share('late', 1))).toMatchObject({ code: 'SHUTTING_DOWN' })
  })
})

describe('Supervisor.share with several workers', () => {
  const options = { workers: 4, root: fixture('.') }

  test('gives all of them one memory for numbers', async () => {
    const supervisor = await started({ services }, options)
    await supervisor.share('numbers', new Float64Array(4))
    const writer = await share(supervisor, { name: 'numbers', act: 'write', index: 2, to: 42 })
    const answers = await fromEach(supervisor, 4, { name: 'numbers', act: 'slow' })
    expect([...answers.keys()].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4])
    expect(answers.has(writer.worker)).toBe(true)
    for (const { value } of answers.values()) expect(value).toEqual(Float64Array.of(0, 0, 42, 0))
  })

  test('gives each of them a copy of anything else', async () => {
    const supervisor = await started({ services }, options)
    await supervisor.share('config', { rate: 1 })
    const changer = await share(supervisor, { name: 'config', act: 'change', to: true })
    const answers = await fromEach(supervisor, 4, { name: 'config', act: 'slow' })
    for (const [worker, { value }] of answers) {
      expect(value).toEqual(worker === changer.worker ? { rate: 1, changed: true } : { rate: 1 })
    }
  })

  test('reaches workers that come later, and pools of any kind', async () => {
    const pools = { default: { workers: 2 }, other: { workers: 1 } }
    const config = { pools, services: { ...services, beside: { ...services.sharing, pool: 'other' } } }
    const supervisor = await started(config, { root: fixture('.') })
    await supervisor.share('numbers', Float64Array.of(1))
    await supervisor.share('plain', { a: 1 })
    for (let round = 0; round < 4; round++) {
      const died = share(supervisor, { name: 'numbers', act: 'exit' })
      // On its way to be replaced, and not there yet.
      const late = died.catch(() => supervisor.share('late', round))
      expect(await failureOf(died)).toMatchObject({ code: 'WORKER_CRASHED' })
      await late
      for (const [name, value] of [
        ['numbers', Float64Array.of(1)],
        ['plain', { a: 1 }],
        ['late', round],
      ] as const) {
        const answers = await fromEach(supervisor, 2, { name, act: 'slow' })
        for (const answer of answers.values()) expect(answer.value).toEqual(value)
      }
    }
    const beside = await supervisor.execute({ service_id: 'beside', data: { name: 'plain' } })
    expect(beside).toMatchObject({ value: { a: 1 } })
  })
})
