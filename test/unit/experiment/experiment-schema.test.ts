import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { experimentJsonSchema } from '../../../src/experiment/experiment-schema.ts'

test('experiment.schema.json is the one that `npm run build` writes', () => {
  const written: unknown = JSON.parse(readFileSync('experiment.schema.json', 'utf8'))
  expect(written).toEqual(JSON.parse(JSON.stringify(experimentJsonSchema())))
})

test('every field of experiment.schema.json is described, for editors', () => {
  const bare: string[] = []
  const visit = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return
    for (const [name, field] of Object.entries((schema as { properties?: object }).properties ?? {})) {
      if (!('description' in (field as object))) bare.push(`${path}.${name}`)
    }
    for (const [key, child] of Object.entries(schema)) visit(child, `${path}.${key}`)
  }
  visit(experimentJsonSchema(), '$')
  expect(bare).toEqual([])
})

test('lists of numbers have their length and their kind in experiment.schema.json', () => {
  const { properties } = experimentJsonSchema() as {
    properties: Record<string, { properties: Record<string, unknown> }>
  }
  const { parameters } = properties['design']!.properties as { parameters: { additionalProperties: object } }
  expect(parameters.additionalProperties).toMatchObject({
    properties: {
      linspace: { type: 'array', items: { type: 'number' }, minItems: 3, maxItems: 3 },
      integer: { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 2 },
    },
  })
})
