import { readFileSync } from 'node:fs'
import { reference } from '../contract/pool-references.ts'

// A configuration that is right need not wait for a schema library to be loaded, which takes longer than all the rest of
// the start. What is checked with instead is the JSON schema made from the library's (`npm run schema`), so that there is
// one source of truth. "No" means "not surely": whoever asks then asks the library, which also knows how to say what is wrong.

type JsonSchema = Readonly<Record<string, unknown>>
type Check = (rule: never, value: unknown, schema: JsonSchema) => boolean

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: isString,
  boolean: (value) => typeof value === 'boolean',
  number: (value) => Number.isFinite(value),
  integer: (value) => Number.isSafeInteger(value),
  array: Array.isArray,
  object: isObject,
}

const ignored = () => true

/** Every keyword that the JSON schema uses. One about values of another type has nothing against this one. */
const checks: Readonly<Record<string, Check>> = {
  $schema: ignored,
  description: ignored,
  type: (type: string, value) => Object.hasOwn(types, type) && types[type]!(value),
  const: (only: unknown, value) => value === only,
  enum: (some: readonly unknown[], value) => some.includes(value),
  minimum: (least: number, value) => !isNumber(value) || value >= least,
  exclusiveMinimum: (below: number, value) => !isNumber(value) || value > below,
  maximum: (most: number, value) => !isNumber(value) || value <= most,
  minLength: (least: number, value) => !isString(value) || value.length >= least,
  pattern: (source: string, value) => !isString(value) || matches(source, value),
  minItems: (least: number, value) => !Array.isArray(value) || value.length >= least,
  items: (each: JsonSchema, value) => !Array.isArray(value) || value.every((item) => fits(item, each)),
  required: (keys: readonly string[], value) => !isObject(value) || keys.every((key) => Object.hasOwn(value, key)),
  properties: (known: Readonly<Record<string, JsonSchema>>, value) =>
    !isObject(value) || Object.keys(value).every((key) => !Object.hasOwn(known, key) || fits(value[key], known[key]!)),
  additionalProperties: (rest: JsonSchema | false, value, schema) => {
    if (!isObject(value)) return true
    const known = Object.hasOwn(schema, 'properties') ? (schema['properties'] as object) : {}
    const others = Object.keys(value).filter((key) => !Object.hasOwn(known, key))
    return rest === false ? others.length === 0 : others.every((key) => fits(value[key], rest))
  },
  propertyNames: (name: JsonSchema, value) => !isObject(value) || Object.keys(value).every((key) => fits(key, name)),
  anyOf: (some: readonly JsonSchema[], value) => some.some((one) => fits(value, one)),
  allOf: (all: readonly JsonSchema[], value) => all.every((one) => fits(value, one)),
  if: (condition: JsonSchema, value, { then }) => !fits(value, condition) || fits(value, then as JsonSchema),
  // What `if` reads.
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON schema
  then: ignored,
}

const patterns = new Map<string, RegExp>()

const schemaFile = new URL('../../services.schema.json', import.meta.url)
let schema: JsonSchema | undefined

/** Whether `value`, whose references are resolved and whose objects have no prototype, surely is a services.json of the right shape. */
export function hasPlainShape(value: unknown): boolean {
  try {
    schema ??= JSON.parse(readFileSync(schemaFile, 'utf8')) as JsonSchema
  } catch {
    // The library knows the shape without it.
    return false
  }
  return fits(value, schema)
}

function fits(value: unknown, rules: JsonSchema): boolean {
  return Object.entries(rules).every(
    ([keyword, rule]) => Object.hasOwn(checks, keyword) && checks[keyword]!(rule as never, value, rules),
  )
}

function matches(source: string, text: string): boolean {
  // Editors see references, which may stand for any option of a pool. Here none is left, or it could not be resolved.
  if (source === reference.source) return false
  let pattern = patterns.get(source)
  if (pattern === undefined) patterns.set(source, (pattern = new RegExp(source, 'u')))
  return pattern.test(text)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}
