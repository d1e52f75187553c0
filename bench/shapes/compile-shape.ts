import type { Context } from '../../src/component.ts'
import type { FieldKind, IdStyle, Shape, ShapeField } from './shape.ts'

/** One service's contexts, its function, and what its results must be. */
export interface Workload {
  readonly name: string
  /** The context of an index; always the same. */
  readonly contextAt: (index: number) => Context
  /** What every side runs. */
  readonly run: (context: Context) => unknown
  /** Whether `value` is what `run` returns for `context`, field by field. */
  readonly accepts: (context: Context, value: unknown) => boolean
  /** What the error of a context that throws says, or `undefined` where it must not throw. */
  readonly refusal: (context: Context) => string | undefined
}

const refusalMark = '✗'

/**
 * Writes the code that a person would have written for this shape, so that no side pays for loops over field names.
 * Keys are embedded through JSON.stringify alone.
 */
export function compileShape(shape: Shape): Workload {
  const input = shape.wrapper === undefined ? 'context' : `context${member(shape.wrapper)}`
  return {
    name: shape.name,
    contextAt: compile<Workload['contextAt']>('index', `return ${contextLiteral(shape)}`, {
      makers,
      id: (index: number) => idAt(shape.ids, shape.failing, index),
    }),
    run: compile<Workload['run']>(
      'context',
      `${shape.failing ? `if (refused(context)) throw new RangeError(refusal(context))` : ''}
       const input = ${input}
       return ${resultLiteral(shape)}`,
      { refused, refusal },
    ),
    accepts: compile<Workload['accepts']>(
      'context, value',
      `const input = ${input}
       return ${conditions(shape).join(' && ')}`,
      { refused, sameList, samePlace },
    ),
    refusal: shape.failing ? (context) => (refused(context) ? refusal(context) : undefined) : () => undefined,
  }
}

function compile<Compiled>(parameters: string, body: string, names: Readonly<Record<string, unknown>>): Compiled {
  // The text is ours; names are in it as JSON only.
  // oxlint-disable-next-line typescript/no-implied-eval
  const factory = new Function(...Object.keys(names), `'use strict'; return function (${parameters}) { ${body} }`)
  return factory(...Object.values(names)) as Compiled
}

function contextLiteral(shape: Shape): string {
  const fields = shape.fields.map(
    ({ name, kind }, at) => `${JSON.stringify(name)}: makers[${JSON.stringify(kind)}](index, ${at})`,
  )
  const ids = [`service_id: ${JSON.stringify(shape.name)}`, 'request_id: id(index)']
  const data = shape.wrapper === undefined ? fields : [`${JSON.stringify(shape.wrapper)}: { ${fields.join(', ')} }`]
  return `{ ${(shape.idsLast ? [...data, ...ids] : [...ids, ...data]).join(', ')} }`
}

function resultLiteral(shape: Shape): string {
  const members = returning(shape).map(([name, result, kind]) => `${result}: ${became(kind, `input${name}`)}`)
  return `{ ${[`${JSON.stringify(shape.idField)}: context.request_id`, ...members, ...status(shape)].join(', ')} }`
}

function status({ statusField }: Shape): readonly string[] {
  return statusField === undefined ? [] : [`${JSON.stringify(statusField)}: 'success'`]
}

function conditions(shape: Shape): readonly string[] {
  const fields = returning(shape).map(([name, result, kind]) => {
    const [from, to] = [`input${name}`, `value[${result}]`]
    if (kind === 'list') return `sameList(${from}, ${to})`
    if (kind === 'object') return `samePlace(${from}, ${to})`
    return `${to} === ${became(kind, from)}`
  })
  return [
    'typeof value === "object" && value !== null',
    ...(shape.failing ? ['!refused(context)'] : []),
    `value${member(shape.idField)} === context.request_id`,
    ...fields,
    ...(shape.statusField === undefined ? [] : [`value${member(shape.statusField)} === 'success'`]),
  ]
}

/** The member, the key of the result and the kind of each field that returns. */
function returning({ fields }: Shape): readonly (readonly [string, string, FieldKind])[] {
  const returned = fields.filter((field): field is Required<ShapeField> => field.result !== undefined)
  return returned.map(({ name, result, kind }) => [member(name), JSON.stringify(result), kind])
}

function member(name: string): string {
  return `[${JSON.stringify(name)}]`
}

/** The expression of what a field becomes in the result. */
function became(kind: FieldKind, from: string): string {
  switch (kind) {
    case 'integer':
    case 'float':
      return `${from} * 2 + 1`
    case 'boolean':
      return `!${from}`
    case 'text':
    case 'foreign-text':
      return from
    case 'list':
      return `${from}.map((each) => each * 2)`
    case 'object':
      return `{ sum: ${from}.a + ${from}.b.c, of: [${from}.a] }`
  }
}

const foreignWords = ['обеща́ние', '约定', 'υπόσχεση', '約束', 'وعد']

const makers: Readonly<Record<FieldKind, (index: number, at: number) => unknown>> = {
  integer: (index, at) => ((index * 7 + at) % 100_003) - 500,
  float: (index, at) => index * 0.37 + at / 3,
  text: (index, at) => `value ${(index * 31 + at) % 997}`,
  'foreign-text': (index, at) => `${foreignWords[(index + at) % foreignWords.length]} ${index % 97}`,
  boolean: (index, at) => (index + at) % 3 === 0,
  list: (index, at) => Array.from({ length: (index + at) % 4 }, (_, each) => index + each),
  object: (index, at) => (index % 3 === 0 ? { a: index, b: { c: at } } : { a: index, b: { c: at, note: 'n' } }),
}

function idAt(style: IdStyle, failing: boolean, index: number): string {
  const id = idMakers[style](index)
  return failing && index % 100 === 99 ? `${refusalMark}${id}` : id
}

const idMakers: Readonly<Record<IdStyle, (index: number) => string>> = {
  plain: (index) => `req-${index}`,
  uuid: (index) => `${hex(index * 2654435761)}-4a1c-4b7e-9f00-${hex(index * 40503)}${hex(index).slice(4)}`,
  lines: (index) => `order\n${index}\n\u2028line`,
  foreign: (index) => `订单-${index}-заказ`,
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0')
}

function refused(context: Context): boolean {
  return (context.request_id as string).charCodeAt(0) === 0x2717
}

function refusal(context: Context): string {
  return `Refused ${context.request_id}`
}

function sameList(from: readonly number[], to: readonly number[]): boolean {
  if (!Array.isArray(to) || to.length !== from.length) return false
  for (let at = 0; at < from.length; at++) if (to[at] !== from[at]! * 2) return false
  return true
}

function samePlace(from: { a: number; b: { c: number } }, to: { sum?: number; of?: number[] } | undefined): boolean {
  return to?.sum === from.a + from.b.c && to.of?.[0] === from.a
}
