import { describe, expect, it } from 'vitest'
import { bufferBytes } from '../../../src/kernel/buffer-bytes.ts'

const context = { service_id: 'pricing', request_id: 'r-1' }

describe('bufferBytes', () => {
  it.each([
    [{}, 0],
    [{ data: null }, 0],
    [{ data: 'text' }, 0],
    [{ data: { x: 1, text: 'text', list: [1, 2] } }, 0],
    [{ data: new ArrayBuffer(10) }, 10],
    [{ data: new Float64Array(10) }, 80],
    [{ matrix: new Float64Array(10), data: { a: new Uint8Array(5), b: new ArrayBuffer(7) } }, 92],
    [{ data: { view: new Uint8Array(new ArrayBuffer(100), 10, 5) } }, 100],
    [{ data: new DataView(new ArrayBuffer(9)) }, 9],
    // Shared memory is not copied, and nothing deeper is looked at.
    [{ data: new Uint8Array(new SharedArrayBuffer(100)) }, 0],
    [{ data: { deep: { a: new Uint8Array(5) } }, other: { a: new Uint8Array(5) } }, 0],
    [{ data: [new Uint8Array(5)] }, 0],
  ])('of %o is %i', (fields, bytes) => {
    expect(bufferBytes({ ...context, ...fields })).toBe(bytes)
  })

  it('is 0 where a getter throws', () => {
    const thrower = Object.defineProperty({ ...context }, 'data', {
      enumerable: true,
      get() {
        throw new Error('No')
      },
    })
    expect(bufferBytes(thrower)).toBe(0)
  })
})
