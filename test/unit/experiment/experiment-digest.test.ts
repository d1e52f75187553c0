import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../../src/experiment/canonical-json.ts'
import { experimentDigest, hashOf, listDigest } from '../../../src/experiment/experiment-digest.ts'
import { parseExperiment } from '../../../src/experiment/parse-experiment.ts'

const digestOf = (written: object, files: Readonly<Record<string, string>> = {}) =>
  experimentDigest(parseExperiment(written, () => new Uint8Array()).plan, files)

describe('listDigest', () => {
  test.each([[[]], [[{ b: 1, a: [2] }]], [['é', 0.1, null]]])('is that of the canonical JSON of %j', (list) => {
    expect(listDigest(list)).toBe(hashOf(Buffer.from(canonicalJson(list))))
  })
})

describe('canonicalJson', () => {
  test('sorts keys by code units and writes numbers as RFC 8785 does', () => {
    // The examples of its sections 3.2.2 and 3.2.3.
    expect(
      canonicalJson({
        numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0],
        literals: [null, true, false],
      }),
    ).toBe('{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27,0]}')
    const sorted = Object.keys(
      JSON.parse(
        canonicalJson({ '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 }),
      ),
    ).filter((key) => key !== '1')
    expect(sorted).toEqual(['\r', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'])
  })

  test('is one text for one value, and parses back to it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value)
        expect(canonicalJson(JSON.parse(text))).toBe(text)
        // JSON has no negative zero.
        expect(JSON.stringify(JSON.parse(text)).length).toBe(JSON.stringify(value).length)
      }),
    )
  })

  test.each([[NaN], [Infinity], [new Date(0)], [new Map()], [() => 1], [1n]])('refuses %s', (value) => {
    expect(() => canonicalJson({ a: [value] })).toThrow(TypeError)
  })
})

describe('experimentDigest', () => {
  const written = { service_id: 'a', metrics: { x: ['mean'] }, data: { a: 1, b: 2 } }

  test('does not change with the order of keys or with defaults that are spelled out', () => {
    const spelled = {
      data: { b: 2, a: 1 },
      seed: 0,
      replications: 1,
      block_size: 1,
      metrics: { x: ['mean'] },
      service_id: 'a',
    }
    expect(digestOf(spelled)).toBe(digestOf(written))
    expect(digestOf(written)).toMatch(/^[0-9a-f]{64}$/)
  })

  test.each([
    [{ seed: 1 }],
    [{ data: { a: 1, b: 3 } }],
    [{ replications: 2 }],
    [{ replications: 1, block_size: 2 }],
    [{ common_random_numbers: true }],
    [{ metrics: { x: ['mean', 'p50'] } }],
    [{ stop: { budget_ms: 1 } }],
    [{ outputs: ['runs.csv'] }],
    [{ design: { method: 'list', points: [{}, {}] } }],
  ])('changes with %j', (change) => {
    expect(digestOf({ ...written, ...change })).not.toBe(digestOf(written))
  })

  test('changes with the contents and the names of files', () => {
    const first = digestOf(written, { 'closes.csv': hashOf(Uint8Array.of(1)) })
    expect(digestOf(written, { 'closes.csv': hashOf(Uint8Array.of(2)) })).not.toBe(first)
    expect(digestOf(written, { 'other.csv': hashOf(Uint8Array.of(1)) })).not.toBe(first)
    expect(digestOf(written)).not.toBe(first)
  })

  test('has the hashes of FIPS 180-4', () => {
    expect(hashOf(new TextEncoder().encode('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })
})
