import { describe, expect, it } from 'vitest'
import { isDetached, transferProblem } from '../../../src/kernel/transfer-problem.ts'

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(8)
  structuredClone(buffer, { transfer: [buffer] })
  return buffer
}

describe('transferProblem', () => {
  it('finds nothing in buffers that can be handed over, and leaves them as they are', () => {
    const resizable = new (ArrayBuffer as new (length: number, options: object) => ArrayBuffer)(8, {
      maxByteLength: 16,
    })
    const buffers = [new ArrayBuffer(8), new ArrayBuffer(0), resizable, Float64Array.of(1).buffer]
    expect(transferProblem(buffers)).toBeUndefined()
    expect(buffers.map((buffer) => buffer.byteLength)).toEqual([8, 0, 8, 8])
    expect(structuredClone(buffers, { transfer: buffers }).map((buffer) => buffer.byteLength)).toEqual([8, 0, 8, 8])
    expect(transferProblem([])).toBeUndefined()
  })

  it.each<[string, unknown, RegExp]>([
    ['a detached buffer', detached(), /handed over already/],
    ['the pool behind small Buffers', Buffer.from('a').buffer, /must stay/],
    ['shared memory', new SharedArrayBuffer(8), /^a SharedArrayBuffer/],
    ['a view', new Uint8Array(8), /^no ArrayBuffer$/],
    ['a Proxy', new Proxy(new ArrayBuffer(8), {}), /^no ArrayBuffer$/],
    ['null', null, /^no ArrayBuffer$/],
  ])('names %s and its place', (_name, one, what) => {
    const first = new ArrayBuffer(8)
    expect(transferProblem([first, one])).toEqual({ path: 'transfer[1]', what: expect.stringMatching(what) })
    expect(first.byteLength).toBe(8)
  })
})

describe('isDetached', () => {
  it('tells a buffer that is gone from an empty one', () => {
    expect([new ArrayBuffer(1), new ArrayBuffer(0), detached()].map(isDetached)).toEqual([false, false, true])
  })
})
