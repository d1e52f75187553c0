import { describe, expect, it } from 'vitest'
import { SharedValues } from '../../../src/kernel/shared-values.ts'

describe('SharedValues', () => {
  it('never changes: one with another value is another', () => {
    const one = SharedValues.none.with('a', 1)
    const other = one.with('a', 2).with('b', undefined)
    expect([one.get('a'), other.get('a'), other.get('b')]).toEqual([1, 2, undefined])
    expect(() => one.get('b')).toThrow(RangeError)
    expect(() => SharedValues.none.get('a')).toThrow(RangeError)
  })

  it('names what is shared when asked for what is not, twenty names at most', () => {
    let values = SharedValues.none
    expect(() => values.get('x')).toThrow('Nothing is shared as "x"; supervisor.share(name, value) has not been called')
    for (let index = 0; index < 25; index++) values = values.with(`v${index}`, index)
    expect(() => values.get('x')).toThrow(/shared are "v0", .*, "v19" and 5 more$/)
    expect(() => values.get(undefined as unknown as string)).toThrow('Nothing is shared as undefined; ')
  })
})
