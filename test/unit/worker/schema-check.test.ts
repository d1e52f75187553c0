import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Schema, SchemaIssue, SchemaResult } from '../../../src/contract/schema.ts'
import { checkSchema } from '../../../src/worker/schema-check.ts'

/** A schema of no library, which answers with `result`. */
function saying(result: SchemaResult<unknown> | Promise<SchemaResult<unknown>>): Schema {
  return { '~standard': { version: 1, vendor: 'test', validate: () => result } }
}

function pathOf(path: SchemaIssue['path']): string {
  const verdict = checkSchema(saying({ issues: [{ message: 'm', path }] }), {}, 'context')
  return verdict instanceof Promise ? expect.fail('it was late') : verdict.issues![0]!.path
}

describe('checkSchema', () => {
  it.each<[string, SchemaIssue['path'], string]>([
    ['no path', undefined, 'context'],
    ['an empty path', [], 'context'],
    ['keys', ['data', 'spot'], 'context.data.spot'],
    ['places in lists', ['rows', 3, 'x', 0], 'context.rows[3].x[0]'],
    ['a number as text, which is a key', ['rows', '3'], 'context.rows.3'],
    ['keys and places in objects', [{ key: 'rows' }, { key: 3 }, 'x'], 'context.rows[3].x'],
    ['symbols', [Symbol('s'), { key: Symbol('t') }], 'context.Symbol(s).Symbol(t)'],
  ])('writes the path of an issue: %s', (_, path, expected) => {
    expect(pathOf(path)).toBe(expected)
  })

  it('stays synchronous where the schema does, and gives what it parsed', () => {
    expect(checkSchema(saying({ value: 7 }), '7', 'config')).toEqual({ value: 7 })
    expect(checkSchema(saying({ value: undefined }), {}, 'config')).toEqual({ value: undefined })
  })

  it('waits where the schema is asynchronous', async () => {
    const valid = checkSchema(saying(Promise.resolve({ value: 7 })), '7', 'config')
    expect(valid).toBeInstanceOf(Promise)
    expect(await valid).toEqual({ value: 7 })
    const issues = [{ message: 'must be even', path: ['n'] }]
    expect(await checkSchema(saying(Promise.resolve({ issues })), {}, 'result')).toEqual({
      issues: [{ path: 'result.n', message: 'must be even' }],
    })
  })

  it('keeps every issue of a zod schema, in its order', async () => {
    const schema = z.object({ data: z.object({ spot: z.number(), legs: z.array(z.object({ k: z.string() })) }) })
    const verdict = await checkSchema(schema, { data: { spot: 'x', legs: [{ k: 'a' }, { k: 1 }] } }, 'context')
    expect(verdict.issues?.map((issue) => issue.path)).toEqual(['context.data.spot', 'context.data.legs[1].k'])
    expect(verdict.issues?.every((issue) => issue.message !== '')).toBe(true)
  })

  it('hands on what a schema throws or rejects with', async () => {
    const throwing: Schema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => {
          throw new RangeError('Broke')
        },
      },
    }
    expect(() => checkSchema(throwing, {}, 'context')).toThrow(RangeError)
    await expect(checkSchema(saying(Promise.reject(new RangeError('Late'))), {}, 'context')).rejects.toThrow('Late')
  })
})
