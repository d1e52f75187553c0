import { type MiddlewareConfig, type ServicesConfig, type ShapeSchema, servicesSchema } from './services-schema.ts'
import { stockConfigs } from './stock-configs.ts'
import { type ShapeIssue, type ShapeProblem, shapeProblems } from './shape-problem.ts'
import { isStock } from './stock-middleware.ts'

/** Whether `value` has the shape of a services.json, and every place where it has not. */
export function parseServices(
  value: unknown,
):
  | { readonly ok: true; readonly config: ServicesConfig }
  | { readonly ok: false; readonly problems: readonly ShapeProblem[] } {
  const result = parseShape(servicesSchema, value)
  const problems = [...result.problems, ...stockConfigProblems(value)]
  return problems.length === 0 ? { ok: true, config: result.output! } : { ok: false, problems }
}

/** What is wrong with the configs of middleware that come with the runtime, read from what was written. */
function stockConfigProblems(value: unknown): ShapeProblem[] {
  const entries = (value as { middleware?: unknown } | undefined)?.middleware
  if (!Array.isArray(entries)) return []
  return entries.flatMap((entry: Partial<MiddlewareConfig> | undefined, index) => {
    const { use, config: given = {}, enabled } = entry ?? {}
    if (!isStock(use) || enabled === false || !isFields(given)) return []
    const { problems } = parseShape<unknown>(stockConfigs[use], given)
    return problems.map((problem) => ({ ...problem, path: ['middleware', index, 'config', ...problem.path] }))
  })
}

/** What `schema` makes of a value, and every place where the value has not its shape. */
export function parseShape<Output>(
  schema: ShapeSchema<Output>,
  value: unknown,
): { readonly output?: Output; readonly problems: readonly ShapeProblem[] } {
  const known = new Map<string, readonly string[]>()
  const result = schema.safeParse(value, {
    reportInput: true,
    // The issue of an unknown key does not say which are known; the schema that found it does.
    error: (issue) => {
      const definition = issue.inst?._zod.def
      if (issue.code === 'unrecognized_keys' && definition !== undefined && 'shape' in definition) {
        known.set(JSON.stringify(issue.path ?? []), Object.keys(definition.shape as object))
      }
      return undefined
    },
  })
  if (result.success) return { output: result.data, problems: [] }
  const problems = result.error.issues.flatMap((issue) =>
    shapeProblems(issue as ShapeIssue, known.get(JSON.stringify(issue.path)) ?? []),
  )
  return { problems }
}

/** What is none has been found already. */
function isFields(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
