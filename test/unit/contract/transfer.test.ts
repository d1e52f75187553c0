import { describe, expect, it } from 'vitest'
import { transfer, transfersOf } from '../../../src/contract/transfer.ts'

describe('transfer', () => {
  it('marks a value and returns it; nothing has happened to its buffers yet', () => {
    const rows = Float64Array.of(1)
    const value = Object.freeze({ rows })
    expect(transfer(value, [rows.buffer])).toBe(value)
    expect(transfersOf(value)).toEqual([rows.buffer])
    expect(rows).toHaveLength(1)
  })

  it('keeps the list as it was given last, each buffer once', () => {
    const [one, other] = [new ArrayBuffer(1), new ArrayBuffer(2)]
    const list = [one, one]
    const value = transfer({}, list)
    list.push(other)
    expect(transfersOf(value)).toEqual([one])
    expect(transfersOf(transfer(value, [other]))).toEqual([other])
  })

  it('marks the object, not a copy of it', () => {
    expect(transfersOf({ ...transfer({}, [new ArrayBuffer(1)]) })).toBeUndefined()
    for (const other of [undefined, null, 1, 'a', {}]) expect(transfersOf(other)).toBeUndefined()
  })

  it('shares its marks with another copy of the package', async () => {
    const copy = (await import(
      '../../../src/contract/transfer.ts?copy' as string
    )) as typeof import('../../../src/contract/transfer.ts')
    expect(copy.transfer).not.toBe(transfer)
    const buffer = new ArrayBuffer(1)
    expect(transfersOf(copy.transfer({}, [buffer]))).toEqual([buffer])
  })

  it.each([undefined, null, 1, 'text', () => {}])('refuses %s as a value', (value) => {
    expect(() => transfer(value as unknown as object, [])).toThrow(TypeError)
  })

  it.each([undefined, null, new ArrayBuffer(1), new Set()])('refuses %s as a list', (list) => {
    expect(() => transfer({}, list as unknown as ArrayBuffer[])).toThrow(TypeError)
  })
})
