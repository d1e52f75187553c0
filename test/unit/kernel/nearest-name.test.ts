import { expect, test } from 'vitest'
import { nearestName } from '../../../src/kernel/nearest-name.ts'

test.each([
  ['timout_ms', 'timeout_ms'],
  ['on_eror', 'on_error'],
  ['onError', 'on_error'],
  ['ab', undefined],
  ['something_else', undefined],
  ['x'.repeat(1000), undefined],
])('nearestName(%j) is %j', (name, nearest) => {
  expect(nearestName(name, ['module', 'on_error', 'timeout_ms', 'xy'])).toBe(nearest)
})
