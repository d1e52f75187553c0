import { expect, test } from 'vitest'
import { COMPONENT, LOADING, stageName, stepStage } from '../../../src/kernel/stage.ts'

const middleware = ['logging', 'auth']
const steps = ['calibrate', 'simulate']

test.each([
  ['the component', COMPONENT, 'component'],
  ['loading', LOADING, 'loading'],
  ['the first step', stepStage(0), 'step:calibrate'],
  ['the second step', stepStage(1), 'step:simulate'],
  ['a step that is not known', stepStage(7), 'step:7'],
  ['before next of the first middleware', 1, 'middleware:logging.before'],
  ['after next of the first middleware', 2, 'middleware:logging.after'],
  ['before next of the second middleware', 3, 'middleware:auth.before'],
  ['after next of the second middleware', 4, 'middleware:auth.after'],
  ['a middleware that is not known', 11, 'middleware:5.before'],
])('stageName names %s', (_, stage, name) => {
  expect(stageName(stage, middleware, steps)).toBe(name)
})

test('stepStage is different for every step, and from all other stages', () => {
  const stages = Array.from({ length: 100 }, (_, index) => stepStage(index))
  expect(new Set(stages).size).toBe(100)
  expect(Math.max(...stages)).toBeLessThan(Math.min(COMPONENT, LOADING))
})
