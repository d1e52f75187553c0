import { describe, expect, test } from 'vitest'
import { bareCopy } from '../../../src/kernel/bare-object.ts'

describe('bareCopy', () => {
  test('copies JSON deeply, into objects without a prototype', () => {
    const source = { a: [{ b: null, c: 'x' }, 1, true], d: {} }
    const { value, problems } = bareCopy(source)
    expect(problems).toEqual([])
    expect(value).toEqual(source)
    expect(value).not.toBe(source)
    const copy = value as { a: [object]; d: object }
    for (const object of [copy, copy.a[0], copy.d]) expect(Object.getPrototypeOf(object)).toBe(null)
  })

  test.each([
    ['{"__proto__":{"x":1}}', '__proto__'],
    ['{"services":{"constructor":{}}}', 'services.constructor'],
    ['{"a":{"b":{"c":{"d":{"e":{"prototype":1}}}}}}', 'a.b.c.d.e.prototype'],
    ['{"a":[0,[{"__proto__":[]}]]}', 'a[1][0].__proto__'],
    ['{"with space":{"__proto__":1}}', '["with space"].__proto__'],
  ])('reports the reserved name in %s', (text, path) => {
    const { value, problems } = bareCopy(JSON.parse(text))
    expect(problems.map((problem) => problem.path)).toEqual([path])
    expect(JSON.stringify(value)).not.toContain(path.split('.').at(-1))
    expect(({} as { x?: unknown }).x).toBe(undefined)
  })

  test.each([
    ['a function', () => 1],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['a bigint', 1n],
    ['a symbol', Symbol('s')],
    ['an instance', new (class Own {})()],
    ['a typed array', new Uint8Array(1)],
  ])('reports %s', (_name, item) => {
    expect(bareCopy({ a: { b: item } }).problems).toEqual([
      { path: 'a.b', message: expect.stringMatching(/^must be plain JSON/) },
    ])
  })

  test('drops fields that are undefined', () => {
    expect(Object.keys(bareCopy({ a: undefined, b: 1 }).value as object)).toEqual(['b'])
  })

  test('reports a cycle, and copies what is only shared', () => {
    const shared = { x: 1 }
    const source: Record<string, unknown> = { a: shared, b: { c: shared } }
    expect(bareCopy(source)).toMatchObject({ value: source, problems: [] })
    source['d'] = { up: source }
    expect(bareCopy(source).problems).toEqual([{ path: 'd.up', message: 'contains itself' }])
  })

  test('reports a depth of 100,000 once, without overflowing the stack', () => {
    const value: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
    expect(bareCopy(value).problems).toEqual([{ path: '$', message: 'is nested more than 200 levels deep' }])
  })
})
