import { z } from 'zod'
import { engineNames } from './engine-name.ts'
import { withPoolReferences } from './pool-references.ts'
import { retryCodes } from './retry-codes.ts'
import { stockConfigs } from './stock-configs.ts'
import { type StockMiddlewareName, stockMiddlewareNames } from './stock-middleware.ts'

// What people may write in services.json. Rules that relate one field to another are the registry's; a file's JSON
// schema, for editors, is made from this one (`npm run schema`).

const milliseconds = z.int().min(1).max(2_147_483_647)
const megabytes = z.int().min(1).max(1_048_576)
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
      .enum(engineNames)
      .describe('Where the pool runs: worker threads (default), or inline on the main thread, for debugging.'),
    workers: z
      .union([z.literal('auto'), z.int().min(1).max(1024)], {
        error: 'must be "auto", or a whole number from 1 to 1024',
      })
      .describe('How many workers; "auto" (default) is one for each core, or one where the pool is inline.'),
    max_restarts: z.int().min(0).describe('Restarts after a crash that are allowed within within_ms. Default 10.'),
    within_ms: milliseconds.describe('The period, in milliseconds, that max_restarts counts in. Default 10000.'),
    resource_limits: z
      .strictObject({
        max_old_generation_size_mb: megabytes.min(16).describe('The main heap. At least 16; Node has a default.'),
        max_young_generation_size_mb: megabytes.describe('The heap for objects that were just made: 24 unless told.'),
        code_range_size_mb: megabytes.describe('Memory for generated code.'),
        stack_size_mb: megabytes.max(256).describe('The stack. Default 4.'),
      })
      .partial()
      .describe('Memory limits of each worker, in MiB. A worker whose heap is full ends: WORKER_CRASHED.'),
    recycle_after: z.int().min(1).describe('Replaces a worker that has run so many contexts. Default: never.'),
    recycle_at_mb: megabytes.min(16).describe('Replaces a worker that uses so many MiB of memory. Default: never.'),
    env: z.array(text).describe('Names of the environment variables that workers see. Default: all.'),
    exec_argv: z.array(z.string()).describe('Flags of Node for the workers, in place of those of the program.'),
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
    use: text
      .describe(`A middleware that comes with Troupe: ${stockMiddlewareNames.join(', ')}.`)
      .meta({ enum: stockMiddlewareNames }),
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
  .meta({
    // The form of a config, where it is enabled, depends on use, which editors understand and a schema of one shape cannot say.
    allOf: stockMiddlewareNames.map((use) => ({
      if: { properties: { use: { const: use }, enabled: { const: true } }, required: ['use'] },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON schema
      then: stockConfig(use),
    })),
  })

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

const breaker = z
  .strictObject({
    threshold: z.number().gt(0).max(1).describe('The share of failures from which on it opens. Default 0.5.'),
    minimum: z.int().min(1).describe('How many outcomes in the window it takes to judge. Default 10.'),
    window_ms: milliseconds.describe('How far back outcomes count, in milliseconds. Default 10000.'),
    open_ms: milliseconds.describe('How long it stays open before it lets one context in. Default 10000.'),
  })
  .partial()
  .describe('Refuses contexts for a while when too many fail. Default: none.')

const actor = z
  .strictObject({
    mailbox: z.int().min(1).describe('How many messages may wait for one actor. Default 1000.'),
    idle_ms: milliseconds.describe('An actor with nothing to do for this long is passivated. Default: never.'),
    snapshot: z.boolean().describe('Keeps the state of passivated actors: snapshot() and restore(). Default false.'),
    snapshot_dir: text.describe('The folder that states are kept in, below that of this file. Default: memory.'),
    on_invalid_snapshot: z.enum(['fail', 'fresh']).describe('Where no state is whole: fail (default), or begin anew.'),
    max_live: z.int().min(1).describe('How many of its actors may be live. Default 100000.'),
    policy: z.enum(['resume', 'restart', 'stop']).describe('What a method that throws does to it. Default resume.'),
    backoff_ms: milliseconds.describe('The wait before the first restart; it doubles with each. Default 100.'),
    backoff_max_ms: milliseconds.describe('The longest wait before a restart. Default 1000.'),
    max_restarts: z.int().min(0).describe('Restarts of one actor allowed within within_ms. Default 10.'),
    within_ms: milliseconds.describe('The period, in milliseconds, that max_restarts counts in. Default 10000.'),
    group: text.describe('Actors of one group share what strategy says; {key} in it stands for the key.'),
    strategy: z.enum(['one_for_one', 'one_for_all', 'rest_for_one']).describe('Who of its group begins anew with it.'),
    after: z.array(text).describe('Services of actors that this one uses: they stop later than it.'),
  })
  .partial()
  .describe('Makes the service one of actors: an instance for each key, with state.')

const service = z
  .strictObject({
    actor,
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
    max_attempts: z.int().min(1).max(1000).describe('How often a context is tried, at most. Default 1.'),
    backoff_ms: milliseconds.describe('The least time before the second attempt; doubles with each. Default 100.'),
    max_backoff_ms: milliseconds.describe('The most time between two attempts. Default 10000.'),
    retry_on: z
      .array(text.meta({ enum: retryCodes }))
      .min(1)
      .describe('The codes to try again after. Default: those of errors that are retryable.'),
    breaker,
    preload: z
      .boolean()
      .describe('Loads its components when workers start, not with the first context. Default false.'),
    mailbox: z.int().min(1).describe('How many contexts may wait. Default 100000.'),
    mailbox_bytes: z
      .int()
      .min(1)
      .describe('How many bytes the contexts that wait may take, by estimate. Default 268435456 (256 MiB).'),
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

/** A schema that gives values of one type. */
export type ShapeSchema<Output> = z.ZodType<Output>

/** The JSON schema of services.json, for editors. */
export function servicesJsonSchema(): object {
  return withPoolReferences(z.toJSONSchema(servicesSchema, { target: 'draft-7', io: 'input' }))
}

/** That of the entry of a stock middleware, whose config may be left out where nothing in it is needed. */
function stockConfig(use: StockMiddlewareName): object {
  const properties = { config: jsonSchema(stockConfigs[use].describe(`How ${use} works.`)) }
  return { properties, ...(!stockConfigs[use].safeParse({}).success && { required: ['config'] }) }
}

/** The JSON schema of a part of it. */
function jsonSchema(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' })
  return rest
}
