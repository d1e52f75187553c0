import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contextTag, isAsRow, isLastOfChunk, serviceOfTag } from '../../../../src/kernel/rows/context-tag.ts'
import { MAX_TAG } from '../../../../src/kernel/rows/row-area.ts'

describe('contextTag', () => {
  it('holds the service and both flags, in a number that goes with a row up to the millionth service', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 20 - 1), fc.boolean(), fc.boolean(), (service, asRow, isLast) => {
        const tag = contextTag(service, asRow, isLast)
        expect(tag).toBeLessThanOrEqual(MAX_TAG)
        expect([serviceOfTag(tag), isAsRow(tag), isLastOfChunk(tag)]).toEqual([service, asRow, isLast])
      }),
      { seed: 3 },
    )
    expect(contextTag(2 ** 20, false, false)).toBeGreaterThan(MAX_TAG)
  })
})
