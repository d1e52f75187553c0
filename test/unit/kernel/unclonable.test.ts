import { describe, expect, it } from 'vitest'
import { findUnclonable } from '../../../src/kernel/unclonable.ts'

const run = () => 1
const anonymous = (
  () => () =>
    1
)()

function breaking(): never {
  throw new Error('Broke')
}

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(8)
  structuredClone(buffer, { transfer: [buffer] })
  return buffer
}

function named(descriptor: PropertyDescriptor): unknown {
  return Object.defineProperty(() => 1, 'name', descriptor)
}

class Holder {
  readonly callback = run
}

class Tagged extends WeakMap {
  override get [Symbol.toStringTag](): string {
    return breaking()
  }
}

class Strange extends Map<string, unknown> {
  override [Symbol.iterator](): never {
    return breaking()
  }
}

const family: Record<string, unknown> = {}
family['children'] = [{ parent: family }, { parent: family, callback: run }]

const ring: Record<string, unknown> = {}
ring['self'] = ring
ring['other'] = { back: [ring], again: ring }
ring['callback'] = run

const twice = { inner: { deep: [{}] } }

describe('findUnclonable', () => {
  it.each<[string, unknown, string, string]>([
    ['a function', run, 'result', 'function run'],
    ['a function without a name', { anonymous: [anonymous] }, 'result.anonymous[0]', 'a function'],
    ['a class', { Holder }, 'result.Holder', 'function Holder'],
    ['a symbol', { sign: Symbol('s') }, 'result.sign', 'a symbol'],
    ['a method of a class instance', { holder: new Holder() }, 'result.holder.callback', 'function run'],
    ['a list in an object in a list', [{}, { rows: [0, 1, { run }] }], 'result[1].rows[2].run', 'function run'],
    ['a key that is no identifier', { 'a-b': { '': run } }, 'result["a-b"][""]', 'function run'],
    [
      'a value of a Map',
      new Map<unknown, unknown>([
        [1, 2],
        ['key', { run }],
      ]),
      'result.get(key).run',
      'function run',
    ],
    ['a value of a Map under null', new Map([[null, run]]), 'result.get(null)', 'function run'],
    ['a value of a Map under an object', new Map([[{ a: 1 }, [run]]]), 'result.get(an object)[0]', 'function run'],
    [
      'a value of a Map under an object without a prototype',
      new Map([[Object.create(null) as object, run]]),
      'result.get(an object)',
      'function run',
    ],
    ['a key of a Map', new Map([[run, 1]]), 'result.get(function run)', 'function run'],
    ['a symbol as key of a Map', new Map([[Symbol('s'), 1]]), 'result.get(a symbol)', 'a symbol'],
    ['a part of a key of a Map', new Map([[{ run }, 1]]), 'result.get(an object).run', 'function run'],
    ['a value of a Set', { set: new Set([1, { run }]) }, 'result.set.values().run', 'function run'],
    ['a cause of an error', { error: new Error('e', { cause: { run } }) }, 'result.error.cause.run', 'function run'],
    [
      'a cause of an error beside a field, which is not cloned',
      Object.assign(new Error('e', { cause: run }), { a: run }),
      'result.cause',
      'function run',
    ],
    ['a WeakMap', { map: new WeakMap() }, 'result.map', 'a WeakMap'],
    ['a WeakRef', [new WeakRef({})], 'result[0]', 'a WeakRef'],
    ['a promise', { later: Promise.resolve(1) }, 'result.later', 'a Promise'],
    [
      'a buffer that was transferred',
      { buffer: detached() },
      'result.buffer',
      'an ArrayBuffer that has been handed over',
    ],
    ['a Proxy', { proxy: new Proxy({}, {}) }, 'result.proxy', 'a Proxy'],
    ['a Proxy that throws', { proxy: new Proxy({}, { ownKeys: breaking }) }, 'result.proxy', 'a Proxy'],
    ['a Proxy of a function', { proxy: new Proxy(run, {}) }, 'result.proxy', 'function run'],
    [
      'a getter that throws',
      {
        deep: {
          get field() {
            return breaking()
          },
        },
      },
      'result.deep.field',
      'a getter that throws',
    ],
    [
      'a getter that gives a function',
      {
        get field() {
          return run
        },
      },
      'result.field',
      'function run',
    ],
    ['a cycle before it', ring, 'result.callback', 'function run'],
    ['parts that lead back to the whole before it', family, 'result.children[1].callback', 'function run'],
    ['a part that occurs twice before it', [twice, twice, { run }], 'result[2].run', 'function run'],
    ['the first of two', { a: 1, b: Symbol('s'), c: run }, 'result.b', 'a symbol'],
    ['a function whose name is a symbol', { f: named({ value: Symbol('s') }) }, 'result.f', 'a function'],
    ['a function whose name is an object', { f: named({ value: {} }) }, 'result.f', 'a function'],
    ['a function whose name cannot be read', { f: named({ get: breaking }) }, 'result.f', 'a function'],
    ['a tag that cannot be read', { map: new Tagged() }, 'result.map', 'an object that cannot be cloned'],
    ['a Map that cannot be read', { map: new Strange([['key', run]]) }, 'result.map', 'a Map'],
  ])('finds %s', (_, value, path, what) => {
    expect(() => structuredClone(value)).toThrow()
    expect(findUnclonable(value, 'result')).toEqual({ path, what })
  })

  it('starts the path with the name it is given', () => {
    expect(findUnclonable({ data: run }, 'context')).toEqual({ path: 'context.data', what: 'function run' })
  })

  it('goes deep, and shows both ends of a long path', () => {
    let deep: unknown = run
    for (let depth = 0; depth < 500; depth++) deep = { deep }
    const { path, what } = findUnclonable({ deep, end: run }, 'result')
    expect(path).toMatch(/^result\.deep\.deep.*….*\.deep$/)
    expect(path.length).toBeLessThan(300)
    expect(what).toBe('function run')
  })

  it('gives up after a thousand parts, and names the one it has come to', () => {
    let deep: unknown = run
    for (let depth = 0; depth < 3_000; depth++) deep = [deep]
    expect(findUnclonable(deep, 'result')).toMatchObject({
      path: expect.stringMatching(/^result\[0\]/),
      what: 'an Array',
    })
  })
})
