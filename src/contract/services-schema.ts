import { z } from 'zod'
import { type ShapeIssue, type ShapeProblem, shapeProblems } from './shape-problem.ts'

// What people may write in services.json. Rules that relate one field to another are the registry's; a file's JSON
// schema, for editors, is made from this one (`npm run schema`).

const milliseconds = z.int().min(1).max(2_147_483_647)
const settings = z.record(z.string(), z.unknown())
const text = z.string().min(1)
const exportName = z
  .string()
  .regex(
    /^(?!(?:then|constructor|__proto__|prototype)$)[$_\p{ID_Start}][$\u200c\u200d\p{ID_Continue}]*$/u,
    'must be the name of an export: an identifier, and none of then, constructor, prototype, __proto__',
  )
const dottedPath = z
  .string()
  .regex(
    /^(?!(?:__proto__|constructor|prototype)(?:\.|$))[^.]+(?:\.(?!(?:__proto__|constructor|prototype)(?:\.|$))[^.]+)*$/,
    'must be a dotted path of names, without empty ones and without __proto__, constructor, prototype',
  )
const fieldName = z
  .string()
  .regex(/^(?!(?:__proto__|constructor|prototype)$)[^.]+$/, 'must be the name of a field, without dots')
const moduleName = text.describe(
  'The module: "./folder/file.ts" (or .mts, .js, .mjs) below the folder of this file; "folder.file"; or "troupe:NAME" for a bundled component.',
)
const className = exportName.describe(
  'The export of the module: a class with execute(context, scope), or what defineComponent returns.',
)
const config = settings.describe('Given to the constructor of the component; as its author says.')

const pool = z
  .strictObject({
    engine: z
      .enum(['threads', 'inline'])
      .describe('Where the pool runs: worker threads (default), or inline on the main thread, for debugging.'),
    workers: z
      .union([z.literal('auto'), z.int().min(1).max(1024)], {
        error: 'must be "auto", or a whole number from 1 to 1024',
      })
      .describe('How many workers; "auto" (default) is one for each core.'),
    max_restarts: z.int().min(0).describe('Restarts after a crash that are allowed within within_ms. Default 10.'),
    within_ms: milliseconds.describe('The period, in milliseconds, that max_restarts counts in. Default 10000.'),
  })
  .partial()
  .describe('A named set of workers: services of different pools cannot slow each other.')

const scope = z
  .strictObject({
    include: z.array(text).describe('Only these services. Default: all.'),
    exclude: z.array(text).describe('All but these services; wins over include.'),
  })
  .partial()
  .describe('The services that the middleware runs around.')

const middleware = z
  .strictObject({
    use: text.describe(
      'A middleware that comes with Troupe: logging, validation, authentication, rate-limit, metrics, cache or split.',
    ),
    name: text.describe('Its name in logs and statistics. Default: that of use.'),
    module: moduleName.describe('The module of a middleware of your own, in the forms that a component has.'),
    export: exportName.describe(
      'The export of the module: a factory, (config) => (context, next, scope) => result. Default "default".',
    ),
    config: settings.describe('Given to the factory of the middleware.'),
    side: z
      .enum(['supervisor', 'worker'])
      .describe('The thread it runs on: supervisor (default), or worker, next to the component.'),
    scope,
    enabled: z.boolean().describe('false: never imported, never run. Default true.'),
  })
  .partial()
  .describe('Runs around services, in the order of this list: either use, or name and module.')

const when = z
  .strictObject({
    path: dottedPath.describe('Where in the context to look.'),
    equals: z.unknown().describe('Runs the step if the value is deeply equal to this.').optional(),
    in: z.array(z.unknown()).describe('Runs the step if the value is deeply equal to one of these.').optional(),
    exists: z.boolean().describe('Runs the step if there is a value (true), or none (false).').optional(),
    gt: z.number().describe('Runs the step if the value is a number greater than this.').optional(),
    lt: z.number().describe('Runs the step if the value is a number less than this.').optional(),
  })
  .describe('Runs the step only if the context says so: a path, and one of equals, in, exists, gt, lt.')

const step = z
  .strictObject({
    name: text.describe('Its name in logs and errors. Default step_1, step_2, …').optional(),
    module: moduleName,
    class: className,
    config: config.optional(),
    input_mapping: z
      .record(fieldName, dottedPath)
      .describe('Field that the step sees: dotted path of the context that it comes from.')
      .optional(),
    output_mapping: z
      .record(dottedPath, dottedPath)
      .describe('Dotted path of the result: dotted path of the context that it goes to.')
      .optional(),
    on_error: z
      .enum(['fail_fast', 'skip', 'compensate'])
      .describe(
        'If the step fails: fail_fast (default) ends the service; skip goes on, with fallback_output; compensate undoes the completed steps in reverse order.',
      )
      .optional(),
    fallback_output: settings.describe('The result of a step that failed and was skipped.').optional(),
    when: when.optional(),
  })
  .describe('One component of a service; its result is merged into the context of the next.')

const service = z
  .strictObject({
    module: moduleName,
    class: className,
    config,
    steps: z
      .array(step)
      .min(1)
      .describe('Several components, run one after another in one worker, in place of module and class.'),
    pool: text.describe('The pool it runs on. Default "default".'),
    timeout_ms: milliseconds.describe('How long one run may take, in milliseconds from its start. Default: no limit.'),
    deadline_ms: milliseconds.describe(
      'How long an execution may take, waiting included, in milliseconds. Default: no limit.',
    ),
    grace_ms: milliseconds.describe(
      'How long a run that is over its limit may still end by itself before its worker is replaced. Default 100.',
    ),
    idempotent: z.boolean().describe('Running it twice does what running it once does. Default false.'),
    preload: z
      .boolean()
      .describe('Loads its components when workers start, not with the first context. Default false.'),
    mailbox: z.int().min(1).describe('How many contexts may wait. Default 100000.'),
    load_timeout_ms: milliseconds.describe('How long loading a component may take. Default 10000.'),
    warn_after_ms: milliseconds.describe('A run longer than this is logged once. Default 60000.'),
  })
  .partial()
  .describe('One component (module and class), or steps of components, with its limits.')

/** The schema of a whole services.json. */
export const servicesSchema = z
  .strictObject({
    $schema: z
      .string()
      .describe('The JSON schema of this file, for editors: "./node_modules/troupe/services.schema.json".')
      .optional(),
    pools: z.record(text, pool).describe('Pools by name. Services without a pool run on "default".').optional(),
    middleware: z
      .array(middleware)
      .describe('Outermost first: code before next runs in this order, code behind it in reverse.')
      .optional(),
    services: z.record(text, service).describe('Services by id: what the service_id of a context names.'),
  })
  .describe('The services of a Troupe program.')

/** A services.json of the right shape. */
export type ServicesConfig = z.infer<typeof servicesSchema>
export type MiddlewareConfig = z.infer<typeof middleware>
export type ServiceConfig = z.infer<typeof service>
export type StepConfig = z.infer<typeof step>

/** Whether `value` has the shape of a services.json, and every place where it has not. */
export function parseServices(
  value: unknown,
):
  | { readonly ok: true; readonly config: ServicesConfig }
  | { readonly ok: false; readonly problems: readonly ShapeProblem[] } {
  const known = new Map<string, readonly string[]>()
  const result = servicesSchema.safeParse(value, {
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
  if (result.success) return { ok: true, config: result.data }
  const problems = result.error.issues.flatMap((issue) =>
    shapeProblems(issue as ShapeIssue, known.get(JSON.stringify(issue.path)) ?? []),
  )
  return { ok: false, problems }
}

/** The JSON schema of services.json, for editors. */
export function servicesJsonSchema(): object {
  return z.toJSONSchema(servicesSchema, { target: 'draft-7', io: 'input' })
}
