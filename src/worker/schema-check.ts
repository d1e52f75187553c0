import type { Schema, SchemaIssue } from '../contract/schema.ts'

/** An issue with its path in one string, such as `data.paths`. */
export interface LocatedIssue {
  readonly path: string
  readonly message: string
}

/** What a schema said: the parsed value, or the located issues. */
export type SchemaVerdict =
  { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly LocatedIssue[] }

/** Runs a schema; stays synchronous where the schema does. `name` stands for the value itself in paths. */
export function checkSchema(schema: Schema, value: unknown, name: string): SchemaVerdict | Promise<SchemaVerdict> {
  const result = schema['~standard'].validate(value)
  return result instanceof Promise ? result.then((late) => verdict(late, name)) : verdict(result, name)
}

function verdict(
  result: { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] },
  name: string,
): SchemaVerdict {
  if (result.issues === undefined) return { value: result.value }
  return { issues: result.issues.map((issue) => ({ path: pathOf(issue, name), message: issue.message })) }
}

function pathOf(issue: SchemaIssue, name: string): string {
  let path = name
  for (const part of issue.path ?? []) {
    const key = typeof part === 'object' ? part.key : part
    path += typeof key === 'number' ? `[${key}]` : `.${String(key)}`
  }
  return path
}
