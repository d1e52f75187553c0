// Reads a configuration whose shape is not known to be right: what has the wrong shape is as if it were not there,
// since the schema reports it. Objects are without prototype (see `bareCopy`), so that `in` sees own fields alone.

/** Whether `value` is an object with named fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object that is a field of `value`, or an empty one. */
export function recordAt(value: unknown, key: string): Record<string, unknown> {
  const field = isRecord(value) ? value[key] : undefined
  return isRecord(field) ? field : {}
}

/** The array that is a field of `value`, or an empty one. */
export function listAt(value: unknown, key: string): readonly unknown[] {
  const field: unknown = isRecord(value) ? value[key] : undefined
  return Array.isArray(field) ? field : []
}
