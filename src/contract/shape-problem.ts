/** A place where a value has not the shape it should have. An unknown key comes with those that are known there. */
export interface ShapeProblem {
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly known?: readonly string[]
}

/** What is read of an issue that the schema library reports. */
export interface ShapeIssue {
  readonly code: string
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly expected?: string
  readonly format?: string
  readonly input?: unknown
  readonly keys?: readonly string[]
  readonly values?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly inclusive?: boolean
  readonly origin?: string
  readonly issues?: readonly ShapeIssue[]
}

const names: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a finite number',
  string: 'a string',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
}

/** What an issue says, in the words of this runtime; an issue about several keys is several problems. */
export function shapeProblems(issue: ShapeIssue, known: readonly string[]): ShapeProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => ({ path: [...issue.path, key], message: 'is not a known key', known }))
  }
  return [{ path: issue.path, message: message(issue) }]
}

function message(issue: ShapeIssue): string {
  switch (issue.code) {
    case 'invalid_type': {
      if (issue.input === undefined) return 'is missing'
      const expected = names[issue.expected ?? ''] ?? issue.expected
      return `must be ${expected}, but is ${described(issue.input)}`
    }
    case 'invalid_value':
      return `must be one of ${(issue.values ?? []).map((value) => JSON.stringify(value)).join(', ')}, but is ${described(issue.input)}`
    case 'too_small':
      return issue.origin === 'array' || issue.origin === 'string'
        ? 'must not be empty'
        : `must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}, but is ${described(issue.input)}`
    case 'too_big':
      return `must be at most ${issue.maximum}, but is ${described(issue.input)}`
    case 'invalid_key':
      return `has an invalid name: it ${issue.issues?.[0] === undefined ? issue.message : message(issue.issues[0])}`
    default:
      return issue.message
  }
}

function described(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value as number | boolean | undefined)
  return shown.length > 60 ? `${shown.slice(0, 57)}…` : shown
}
