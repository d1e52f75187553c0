import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { hasPath, readPath, withPath } from '../../../src/kernel/own-path.ts'

fc.configureGlobal({ seed: 20260105 })

const hostile = ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', 'length'] as const
const name = fc.oneof(fc.constantFrom(...hostile), fc.constantFrom('a', 'b', '0', ''))
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('.'))
const prototypes = [Object.prototype, Array.prototype, Function.prototype]
const before = prototypes.map((one) => Reflect.ownKeys(one).length)

afterEach(() => {
  expect(prototypes.map((one) => Reflect.ownKeys(one).length)).toEqual(before)
})

const from = { a: { b: [{ c: 1 }], none: undefined, null: null }, text: 'xyz', run() {} }

describe('readPath and hasPath', () => {
  it.each<[string, unknown, boolean]>([
    ['a.b.0.c', 1, true],
    ['a.b.length', 1, true],
    ['a.none', undefined, true],
    ['a.null', null, true],
    ['a.null.x', undefined, false],
    ['a.b.1', undefined, false],
    ['a..b', undefined, false],
    ['', undefined, false],
    ['text.length', undefined, false],
    ['text.0', undefined, false],
    ['run.name', undefined, false],
    ['toString', undefined, false],
    ['__proto__', undefined, false],
    ['a.constructor', undefined, false],
    ['a.b.constructor.prototype', undefined, false],
  ])('of "%s" are %j and %j', (path, value, isThere) => {
    expect(readPath(from, path)).toBe(value)
    expect(hasPath(from, path)).toBe(isThere)
  })

  it.each([null, undefined, 1, 'text', () => 1])('find nothing in %s', (root) => {
    expect(readPath(root, 'length')).toBeUndefined()
    expect(hasPath(root, 'length')).toBe(false)
    expect(hasPath(root, 'constructor.name')).toBe(false)
  })

  it('never reach what is inherited', () => {
    fc.assert(
      fc.property(path, (path) => {
        const inherited = Object.create({ a: { a: 1, b: 1 }, b: 2, '': 3, '0': 4 }) as object
        for (const root of [{}, inherited]) {
          expect(readPath(root, path)).toBeUndefined()
          expect(hasPath(root, path)).toBe(false)
        }
      }),
    )
  })

  it('find an own property by whatever name', () => {
    const own = JSON.parse('{ "__proto__": { "constructor": 1 } }') as object
    expect(readPath(own, '__proto__.constructor')).toBe(1)
    expect(hasPath(own, '__proto__.constructor')).toBe(true)
  })
})

describe('withPath', () => {
  it('makes what is missing on the way, and copies what is there', () => {
    const target = { a: { b: 1, c: { d: 2 } }, e: [1] }
    const changed = withPath(target, 'a.x.y', 3)
    expect(changed).toEqual({ a: { b: 1, c: { d: 2 }, x: { y: 3 } }, e: [1] })
    expect(target).toEqual({ a: { b: 1, c: { d: 2 } }, e: [1] })
    expect((changed['a'] as typeof target.a).c).toBe(target.a.c)
    expect(changed['e']).toBe(target.e)
  })

  it.each<[string, unknown]>([
    ['a list', [1, 2]],
    ['a number', 7],
    ['a text', 'text'],
    ['null', null],
  ])('puts an object in place of %s that is in its way', (_, value) => {
    expect(withPath({ a: value }, 'a.b', 1)).toEqual({ a: { b: 1 } })
  })

  it('does not take what is inherited for what is there', () => {
    const target = Object.create({ a: { b: 1 } }) as Record<string, unknown>
    expect(withPath(target, 'a.c', 2)).toEqual({ a: { c: 2 } })
  })

  it('writes what readPath then reads, as own properties only, whatever the names', () => {
    fc.assert(
      fc.property(path, path, (first, second) => {
        const value = { polluted: true }
        const once = withPath({}, first, value)
        expect(readPath(once, first)).toBe(value)
        expect(hasPath(once, first)).toBe(true)
        const twice = withPath(once, second, value)
        expect(readPath(twice, second)).toBe(value)
        expect(readPath(once, first)).toBe(value)
        for (const one of [once, twice]) expect(Object.getPrototypeOf(one)).toBe(Object.prototype)
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
      }),
    )
  })
})
