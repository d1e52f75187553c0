import { describe, expect, test } from 'vitest'
import { compileShape } from '../../../bench/shapes/compile-shape.ts'
import { drawShapes, shapesDrawn } from '../../../bench/shapes/draw-shapes.ts'
import { nestedShape, plainShape } from '../../../bench/shapes/shape.ts'

describe('drawShapes', () => {
  test.each([false, true])(
    'draws the same shapes from the same seed, and others from another (nested: %s)',
    (nested) => {
      expect(drawShapes(7, nested)).toEqual(drawShapes(7, nested))
      expect(drawShapes(7, nested)).not.toEqual(drawShapes(8, nested))
      expect(drawShapes(7, nested)).toHaveLength(shapesDrawn)
    },
  )

  test('covers what the bench promises, whatever the seed', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const shapes = drawShapes(seed, false)
      const counts = shapes.map(({ fields }) => fields.length)
      expect(Math.min(...counts)).toBe(1)
      expect(Math.max(...counts)).toBe(12)
      expect(shapes.map(({ ids }) => ids)).toEqual(expect.arrayContaining(['lines', 'foreign', 'uuid', 'plain']))
      expect(shapes.some(({ failing }) => failing)).toBe(true)
      for (const { fields, idField, statusField } of shapes) {
        expect(fields.some(({ result }) => result !== undefined)).toBe(true)
        expect(fields.some(({ kind }) => kind === 'list' || kind === 'object')).toBe(false)
        const names = [idField, statusField, ...fields.flatMap(({ name, result }) => [name, result])]
        const given = names.filter((name) => name !== undefined)
        expect(new Set(given).size).toBe(given.length)
      }
    }
  })

  test('puts nested data into every nested shape, on both ways', () => {
    for (const { fields } of drawShapes(3, true)) {
      expect(['list', 'object']).toContain(fields[0]!.kind)
      expect(fields[0]!.result).toBeDefined()
    }
  })
})

describe('compileShape', () => {
  const shapes = [1, 2, 3].flatMap((seed) => [...drawShapes(seed, false), ...drawShapes(seed, true)])

  test('makes the plain context and its result', () => {
    const { contextAt, run, accepts } = compileShape(plainShape)
    const context = contextAt(10)
    expect(context).toEqual({ service_id: 'plain', request_id: 'req-10', data: { x: 3.7 } })
    expect(run(context)).toEqual({ request_id: 'req-10', y: 8.4, status: 'success' })
    expect(accepts(context, { request_id: 'req-10', y: 8.4, status: 'success' })).toBe(true)
    expect(accepts(context, { request_id: 'req-11', y: 8.4, status: 'success' })).toBe(false)
    expect(accepts(context, { request_id: 'req-10', y: 8.5, status: 'success' })).toBe(false)
  })

  test.each([plainShape, nestedShape, ...shapes])('accepts what it returns, after a clone too: $name', (shape) => {
    const { contextAt, run, accepts, refusal } = compileShape(shape)
    let refused = 0
    for (let index = 0; index < 1_000; index++) {
      const context = contextAt(index)
      const said = refusal(context)
      if (said === undefined) expect(accepts(context, structuredClone(run(structuredClone(context))))).toBe(true)
      else {
        refused++
        expect(() => run(context)).toThrow(said)
        expect(accepts(context, {})).toBe(false)
      }
    }
    expect(refused).toBe(shape.failing ? 10 : 0)
  })

  test.each([plainShape, nestedShape, ...shapes])('does not accept the result of another context: $name', (shape) => {
    const { contextAt, run, accepts } = compileShape(shape)
    expect(accepts(contextAt(1), run(contextAt(2)))).toBe(false)
    expect(accepts(contextAt(1), undefined)).toBe(false)
  })

  test.each(shapes)('notices each field that is wrong: $name $ids', (shape) => {
    const { contextAt, run, accepts } = compileShape(shape)
    const result = run(contextAt(4)) as Readonly<Record<string, unknown>>
    for (const key of Object.keys(result)) {
      const wrong = typeof result[key] === 'object' && result[key] !== null ? [1, 2, 3, 4, 5] : 'wrong'
      expect(accepts(contextAt(4), { ...result, [key]: wrong }), JSON.stringify(key)).toBe(false)
      const { [key]: _, ...rest } = result
      expect(accepts(contextAt(4), rest)).toBe(false)
    }
  })
})
