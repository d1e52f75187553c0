import { describe, expect, test } from 'vitest'
import { layoutOf } from '../../../../../src/experiment/outputs/report/layout-of-points.ts'
import { parseExperiment } from '../../../../../src/experiment/parse-experiment.ts'
import { openDesign } from '../../../../../src/numerics/design.ts'

function layoutOfDesign(design: object) {
  const { plan } = parseExperiment({ service_id: 'a', metrics: { x: ['mean'] }, design }, () => new Uint8Array())
  const opened = openDesign(plan.design, plan.seed)
  return layoutOf(
    plan.design,
    Array.from({ length: opened.points }, (_, point) => opened.parametersOf(point)),
  )
}

const grid = (parameters: Record<string, unknown[]>) =>
  layoutOfDesign({
    method: 'grid',
    parameters: Object.fromEntries(Object.entries(parameters).map(([name, values]) => [name, { values }])),
  })
const numbers = (count: number) => Array.from({ length: count }, (_, at) => at)
const a = { name: 'a', kind: 'linear' }

describe('layoutOf', () => {
  test.each([
    ['one parameter', { a: [1, 2] }, { kind: 'lines', x: a }],
    ['one that varies', { a: [1, 2], b: [1] }, { kind: 'lines', x: a }],
    ['one of texts', { a: ['x', 'y'] }, { kind: 'lines', x: { name: 'a', kind: 'ordinal' } }],
    ['two, the longer along the axis', { b: [1, 2, 3], a: numbers(9) }, { kind: 'lines', x: a, series: 'b' }],
    ['two, numbers along the axis', { b: ['x', 'y', 'z'], a: [1, 2] }, { kind: 'lines', x: a, series: 'b' }],
    ['three', { a: numbers(9), b: [1, 2, 3], c: [1, 2] }, { kind: 'lines', x: a, series: 'b', panels: 'c' }],
    ['four', { a: numbers(3), b: [1, 2], c: [1, 2], d: [1, 2] }, { kind: 'index' }],
    ['more series than can be told apart', { a: numbers(10), b: numbers(9) }, { kind: 'index' }],
    ['none that varies', { a: [1] }, { kind: 'index' }],
    ['objects', { a: [{ x: 1 }, { x: 2 }] }, { kind: 'index' }],
  ])('lays out a grid of %s', (_what, parameters, layout) => {
    expect(grid(parameters)).toEqual(layout)
  })

  test('gives each parameter of a sampled design a panel, those over decades a logarithmic axis', () => {
    const parameters = { a: { uniform: [0, 1] }, b: { log_uniform: [1, 1000] }, c: { choice: ['x', 'y'] } }
    expect(layoutOfDesign({ method: 'sobol', samples: 16, parameters })).toEqual({
      kind: 'scatter',
      axes: [a, { name: 'b', kind: 'log' }, { name: 'c', kind: 'ordinal' }],
    })
  })

  test('takes a list that is a whole grid for one', () => {
    const points = [1, 2, 3].flatMap((first) => [5, 6].map((second) => ({ a: first, b: second })))
    expect(layoutOfDesign({ method: 'list', points })).toEqual({ kind: 'lines', x: a, series: 'b' })
    expect(layoutOfDesign({ method: 'list', points: points.slice(1) }).kind).toBe('scatter')
  })
})
