import { describe, expect, it } from 'vitest'
import { type KeyList, KeyLists } from '../../../../src/kernel/rows/key-lists.ts'

function add(lists: KeyLists, ...keys: string[]): KeyList | undefined {
  return keys.reduce<KeyList | undefined>((list, key) => list && lists.after(list, key), lists.root)
}

describe('KeyLists', () => {
  it('numbers lists in the order in which they first occur, and knows each again', () => {
    const lists = new KeyLists()
    const first = add(lists, 'a', 'b')!
    const other = add(lists, 'b', 'a')!
    expect([first.number, other.number, lists.size]).toEqual([2, 4, 5])
    expect([add(lists, 'a', 'b'), lists.at(2), lists.at(0)]).toEqual([first, first, lists.root])
    expect([first.keys, other.keys, first.parent!.keys]).toEqual([['a', 'b'], ['b', 'a'], ['a']])
  })

  it('gives the numbers of lists that it forgot to those that come next', () => {
    const lists = new KeyLists()
    add(lists, 'a')
    add(lists, 'a', 'b', 'c')
    lists.forget(2)
    expect(lists.size).toBe(2)
    expect([add(lists, 'a', 'x')!.number, add(lists, 'a', 'b')!.number]).toEqual([2, 3])
    lists.forget(4)
    expect(lists.size).toBe(4)
  })

  it('has no more than 2048 lists, and knows those it has', () => {
    const lists = new KeyLists()
    for (let index = 1; index < 2048; index++) expect(add(lists, `key${index}`)?.number).toBe(index)
    expect(add(lists, 'one more')).toBeUndefined()
    expect(add(lists, 'key1', 'more')).toBeUndefined()
    expect(add(lists, 'key2047')?.number).toBe(2047)
    lists.forget(2047)
    expect(add(lists, 'one more')?.number).toBe(2047)
  })

  it('has no list of more than 64 keys', () => {
    const keys = Array.from({ length: 65 }, (_, index) => `key${index}`)
    const lists = new KeyLists()
    expect(add(lists, ...keys.slice(0, 64))?.keys).toHaveLength(64)
    expect(add(lists, ...keys)).toBeUndefined()
  })

  it.each([
    [['a', 'b'], false],
    [['a', 'toString'], true],
    [['constructor', 'b', 'c'], true],
  ])('says whether one of %j is inherited by every object: %j', (keys, inherits) => {
    expect(add(new KeyLists(), ...keys)!.inherits).toBe(inherits)
  })

  it('has no list with a key that no row holds', () => {
    const lists = new KeyLists()
    expect(lists.after(lists.root, '__proto__')).toBeUndefined()
    expect(lists.after(lists.root, 'x'.repeat(257))).toBeUndefined()
    expect(lists.after(lists.root, 'x'.repeat(256))).toBeDefined()
  })
})
