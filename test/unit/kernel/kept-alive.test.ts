import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { Fifo } from '../../../src/kernel/fifo.ts'
import { openPromise } from '../../../src/kernel/open-promise.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Resolves with whether an object is gone: a `WeakRef` holds it until the turn of the event loop is over. */
async function isGone(weak: WeakRef<object>): Promise<boolean> {
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  return weak.deref() === undefined
}

it('a promise that was made open keeps what it came to only as long as others do', async () => {
  const weak = await (async () => {
    const value = { large: new Float64Array(1_000) }
    const { promise, resolve } = openPromise<object>()
    resolve(value)
    return new WeakRef(await promise)
  })()
  expect(await isGone(weak)).toBe(true)
})

it('a queue keeps nothing that was taken from it', async () => {
  const fifo = new Fifo<object>()
  const weak = (() => {
    const items = Array.from({ length: 3 }, () => ({ large: new Float64Array(1_000) }))
    for (const item of items) fifo.push(item)
    fifo.shift()
    return items.map((item) => new WeakRef(item))
  })()
  expect(await Promise.all(weak.map(isGone))).toEqual([true, false, false])
  expect(fifo.length).toBe(2)
})
