import { describe, expect, it } from 'vitest'
import type { When } from '../../../src/contract/plan.ts'
import { holds } from '../../../src/worker/when.ts'

const context = {
  number: 5,
  text: '5',
  zero: 0,
  yes: true,
  nothing: null,
  none: undefined,
  nan: NaN,
  list: [1, { a: 2 }],
  model: { converged: true, error: { norm: 0.5 } },
}

describe('holds', () => {
  it.each<[string, When, boolean]>([
    ['equals a number', { path: 'number', equals: 5 }, true],
    ['does not equal a number as text', { path: 'text', equals: 5 }, false],
    ['equals true', { path: 'model.converged', equals: true }, true],
    ['does not equal false', { path: 'model.converged', equals: false }, false],
    ['equals null', { path: 'nothing', equals: null }, true],
    ['is absent and not null', { path: 'absent', equals: null }, false],
    ['equals an object at any depth', { path: 'model', equals: { error: { norm: 0.5 }, converged: true } }, true],
    ['does not equal a part of it', { path: 'model', equals: { converged: true } }, false],
    ['equals a list', { path: 'list', equals: [1, { a: 2 }] }, true],
    ['does not equal a list in another order', { path: 'list', equals: [{ a: 2 }, 1] }, false],
    ['is one of several', { path: 'number', in: [1, 5] }, true],
    ['is one of several objects', { path: 'list.1', in: [{ a: 1 }, { a: 2 }] }, true],
    ['is none of several', { path: 'number', in: [1, '5'] }, false],
    ['is none of none', { path: 'number', in: [] }, false],
    ['exists', { path: 'model.error', exists: true }, true],
    ['exists as null', { path: 'nothing', exists: true }, true],
    ['exists as undefined', { path: 'none', exists: true }, true],
    ['does not exist', { path: 'absent', exists: true }, false],
    ['is asked not to exist and does not', { path: 'model.error.absent', exists: false }, true],
    ['is asked not to exist and does', { path: 'zero', exists: false }, false],
    ['is greater', { path: 'number', gt: 4.9 }, true],
    ['is not greater than itself', { path: 'number', gt: 5 }, false],
    ['is greater than zero, which is a bound', { path: 'model.error.norm', gt: 0 }, true],
    ['is less', { path: 'zero', lt: 1 }, true],
    ['is not less than itself', { path: 'zero', lt: 0 }, false],
    ['is less than zero, which is a bound', { path: 'number', lt: 0 }, false],
    ['is text and not greater', { path: 'text', gt: 1 }, false],
    ['is text and not less', { path: 'text', lt: 9 }, false],
    ['is true and not greater', { path: 'yes', gt: 0 }, false],
    ['is null and not less', { path: 'nothing', lt: 1 }, false],
    ['is absent and not less', { path: 'absent', lt: 1 }, false],
    ['is NaN and not greater', { path: 'nan', gt: 0 }, false],
    ['is NaN and not less', { path: 'nan', lt: 0 }, false],
    ['is inherited and does not exist', { path: 'toString', exists: true }, false],
    ['is a prototype and does not exist', { path: 'model.__proto__', exists: false }, true],
    ['is the length of a function of the prototype and not less', { path: 'constructor.length', lt: 9 }, false],
    ['has no condition', { path: 'number' }, false],
  ])('%s', (_, when, expected) => {
    expect(holds(when, context)).toBe(expected)
  })
})
