import { expect, test } from 'vitest'
import { jsonPath } from '../../../src/kernel/json-path.ts'

test.each([
  [[], '$'],
  [['services', 'a', 'steps', 1, 'class'], 'services.a.steps[1].class'],
  [['services', 'pre-calibration'], 'services.pre-calibration'],
  [['services', 'a b', 'x'], 'services["a b"].x'],
  [['', 0], '[""][0]'],
])('jsonPath writes %j', (keys, path) => {
  expect(jsonPath(keys)).toBe(path)
})
