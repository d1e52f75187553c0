import { once } from 'node:events'
import type { Context, StreamItem } from 'troupe'
import { describe, expect, test } from 'vitest'
import { Gate } from '../fixtures/gate.ts'
import { fixture, started } from '../fixtures/supervised.ts'

const root = fixture('batch')
const services = {
  work: { module: './batch.mjs', class: 'Work' },
  waits: { module: './batch.mjs', class: 'Waits' },
  held: { module: './batch.mjs', class: 'Held' },
  narrow: { module: './batch.mjs', class: 'Work', mailbox: 2 },
}
// The most contexts that are taken from a source beyond the outcomes that the stream has handed out.
const WINDOW = 2048

function* works(count: number, service_id = 'work'): Generator<Context, void> {
  for (let n = 0; n < count; n++) yield { service_id, data: { n } }
}

async function* slowly(count: number): AsyncGenerator<Context, void> {
  for (const context of works(count)) {
    await Promise.resolve()
    yield context
  }
}

async function collect(stream: AsyncIterable<StreamItem>): Promise<StreamItem[]> {
  const items: StreamItem[] = []
  for await (const item of stream) items.push(item)
  return items
}

const valueOf = ({ outcome }: StreamItem): unknown => outcome.ok && (outcome.value as { n: number }).n
const start = () => started({ services }, { root, workers: 2 })

describe('stream', () => {
  test.each([
    ['a synchronous source', () => works(5_000)],
    ['an asynchronous source', () => slowly(5_000)],
    ['an array', () => [...works(5_000)]],
  ])('yields the outcomes of %s in its order', async (_, source) => {
    const items = await collect((await start()).stream(source()))
    expect(items.map(({ index }) => index)).toEqual(Array.from({ length: 5_000 }, (_item, index) => index))
    expect(items.map(valueOf)).toEqual(items.map(({ index }) => index))
  })

  test('yields outcomes as they are ready where order is not asked for: what ends when 99 are read comes last', async () => {
    const gate = new Gate()
    const source = [{ service_id: 'held', data: { n: 0, gate: gate.memory } }, ...[...works(100)].slice(1)]
    const items: StreamItem[] = []
    for await (const item of (await start()).stream(source, { ordered: false }))
      if (items.push(item) === 99) gate.open()
    expect([items.length, items.at(-1)?.index]).toEqual([100, 0])
    expect(items.every((item) => valueOf(item) === item.index)).toBe(true)
  })

  test('yields nothing for a source without contexts', async () => {
    expect(await collect((await start()).stream([]))).toEqual([])
  })

  test('a context that fails fails alone', async () => {
    const source = [{ service_id: 'work', data: { n: 0, fail: true } }, { service_id: 'nobody' }, ...works(1)]
    const items = await collect((await start()).stream(source))
    expect(items.map(({ outcome }) => (outcome.ok ? 'ok' : outcome.error.code))).toEqual([
      'COMPONENT_FAILED',
      'SERVICE_NOT_FOUND',
      'ok',
    ])
  })

  test.each([true, false])(
    'takes no more from the source than a window beyond what was read (ordered %s)',
    async (ordered) => {
      let pulled = 0
      let read = 0
      let most = 0
      function* counted(): Generator<Context, void> {
        for (const context of works(3 * WINDOW)) {
          pulled++
          most = Math.max(most, pulled - read)
          yield context
        }
      }
      for await (const _item of (await start()).stream(counted(), { ordered })) read++
      expect(read).toBe(3 * WINDOW)
      // The outcome on its way to the reader is not counted as read yet.
      expect(most).toBeLessThanOrEqual(WINDOW + 1)
    },
  )

  test('takes nothing more from the source while nobody reads', async () => {
    const supervisor = await start()
    let pulled = 0
    function* counted(): Generator<Context, void> {
      for (const context of works(10 * WINDOW)) {
        pulled++
        yield context
      }
    }
    const stream = supervisor.stream(counted())
    await stream.next()
    // Everything that was let in has run: what comes after it can only be let in by a reader.
    while (supervisor.stats().ok < WINDOW) await supervisor.execute({ service_id: 'narrow', data: { n: 0 } })
    expect(pulled).toBeLessThanOrEqual(WINDOW + 1)
    await stream.return()
  })

  test('waits for room where a mailbox is smaller than the window', async () => {
    const items = await collect((await start()).stream(works(500, 'narrow')))
    expect(items.map(valueOf)).toEqual(items.map(({ index }) => index))
  })

  test('onProgress ends with all there was', async () => {
    const seen: object[] = []
    await collect((await start()).stream(works(100), { onProgress: (progress) => seen.push(progress) }))
    expect(seen.at(-1)).toEqual({ settled: 100, failed: 0, total: 100 })
  })
})

describe('a stream that ends early', () => {
  test('cancels what is left and lets the source clean up', async () => {
    const supervisor = await start()
    let returned = 0
    function* endless(): Generator<Context, void> {
      try {
        yield { service_id: 'work', data: { n: 0 } }
        for (let n = 1; ; n++) yield { service_id: 'waits', data: { n, ms: 100_000 } }
      } finally {
        returned++
      }
    }
    for await (const { index } of supervisor.stream(endless())) {
      expect(index).toBe(0)
      break
    }
    expect(returned).toBe(1)
    // Closing drains: it would wait for what had not been cancelled.
    await supervisor.close()
    const { accepted, ok, cancelled } = supervisor.stats()
    expect(ok).toBe(1)
    expect(cancelled).toBe(accepted - 1)
  })

  test('is not held up by a source that never yields again', async () => {
    async function* stuck(): AsyncGenerator<Context, void> {
      yield { service_id: 'work', data: { n: 0 } }
      await new Promise(() => {})
    }
    for await (const { outcome } of (await start()).stream(stuck())) {
      expect(outcome.ok).toBe(true)
      break
    }
  })

  test('throws the error of its source, after the outcomes of what the source gave', async () => {
    function* broken(): Generator<Context, void> {
      yield* works(10)
      throw new RangeError('the source broke')
    }
    const items: StreamItem[] = []
    const reading = (async () => {
      for await (const item of (await start()).stream(broken())) items.push(item)
    })()
    await expect(reading).rejects.toThrow(new RangeError('the source broke'))
    expect(items.map(valueOf)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  test('settles what is left as cancelled when its signal aborts', async () => {
    const supervisor = await start()
    const controller = new AbortController()
    const source = [
      ...works(1),
      ...Array.from({ length: 20 }, (_, n) => ({ service_id: 'waits', data: { n, ms: 1e6 } })),
    ]
    const codes: string[] = []
    for await (const { index, outcome } of supervisor.stream(source, { signal: controller.signal })) {
      if (index === 0) controller.abort()
      codes.push(outcome.ok ? 'ok' : outcome.error.code)
    }
    expect(codes).toEqual(['ok', ...Array.from({ length: 20 }, () => 'CANCELLED')])
  })

  test('ends when its signal aborts while the source keeps silent', async () => {
    const controller = new AbortController()
    async function* silent(): AsyncGenerator<Context, void> {
      yield { service_id: 'work', data: { n: 0 } }
      await once(controller.signal, 'never')
    }
    const items: StreamItem[] = []
    for await (const item of (await start()).stream(silent(), { signal: controller.signal })) {
      items.push(item)
      controller.abort()
    }
    expect(items.map(valueOf)).toEqual([0])
  })

  test('takes nothing more from an endless source when its signal aborts', async () => {
    const controller = new AbortController()
    let returned = 0
    function* endless(): Generator<Context, void> {
      try {
        for (let n = 0; ; n++) yield { service_id: 'work', data: { n } }
      } finally {
        returned++
      }
    }
    let read = 0
    for await (const _item of (await start()).stream(endless(), { signal: controller.signal })) {
      if (++read === 100) controller.abort()
    }
    expect(returned).toBe(1)
    expect(read).toBeLessThanOrEqual(100 + WINDOW)
  })

  test.each([[5], [{}], [null], [undefined]])('a source that is %j is the mistake of its caller', async (source) => {
    const supervisor = await start()
    expect(() => supervisor.stream(source as never)).toThrow(TypeError)
  })
})

describe('a source of an unusual kind', () => {
  test('may have promises that are not native', async () => {
    let n = 0
    const next = (): unknown => ({
      // oxlint-disable-next-line unicorn/no-thenable -- what is tested
      then: (resolve: (result: object) => void) =>
        resolve({ done: n === 3, value: { service_id: 'work', data: { n: n++ } } }),
    })
    const source = { [Symbol.asyncIterator]: () => ({ next }) } as unknown as AsyncIterable<Context>
    expect((await collect((await start()).stream(source))).map(valueOf)).toEqual([0, 1, 2])
  })

  test('is an error where next() returns no object', async () => {
    const source = { [Symbol.iterator]: () => ({ next: () => undefined }) } as unknown as Iterable<Context>
    await expect(collect((await start()).stream(source))).rejects.toThrow(TypeError)
  })

  test('may throw at return() without disturbing who leaves the loop', async () => {
    const next = () => ({ done: false, value: { service_id: 'work', data: { n: 0 } } })
    const left = () => {
      throw new Error('return')
    }
    const source = { [Symbol.iterator]: () => ({ next, return: left }) } as unknown as Iterable<Context>
    for await (const item of (await start()).stream(source)) {
      expect(valueOf(item)).toBe(0)
      break
    }
  })
})
