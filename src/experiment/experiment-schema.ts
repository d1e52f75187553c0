import { z } from 'zod'
import { sampledDesigns } from '../contract/experiment-plan.ts'

// What people may write in an experiment file. Rules that relate one field to another are in `plan-design.ts` and
// `parse-experiment.ts`.

const text = z.string().min(1)
const fields = z.record(z.string(), z.unknown())
const path = text.describe('A path, relative to this file.')
const numbers = tuple<[number, number]>(2, Number.isFinite, 'two numbers, [from, to]')

/** A list of numbers of a fixed length; the library's own has no message of one line. */
function tuple<Numbers extends readonly number[]>(length: number, fits: (item: unknown) => boolean, wanted: string) {
  const schema = z.custom<Numbers>((value) => Array.isArray(value) && value.length === length && value.every(fits), {
    error: `must be ${wanted}`,
  })
  const type = fits === Number.isSafeInteger ? 'integer' : 'number'
  // For editors, which cannot ask the function above.
  return schema.meta({ type: 'array', items: { type }, minItems: length, maxItems: length })
}

/** A timer that is to run for longer fires at once. */
const longestMs = 2_147_483_647
/** Most values of one parameter of a grid, and most samples of a design. */
const mostValues = 1_000_000
const mostSamples = 1_073_741_824

const parameter = z
  .strictObject({
    linspace: tuple<[number, number, number]>(3, Number.isFinite, '[first, last, count], three numbers')
      .refine(([, , count]) => Number.isInteger(count) && count >= 1 && count <= mostValues, {
        error: `must have a count from 1 to ${mostValues}`,
      })
      .describe('Equally spaced values, both ends included: [first, last, count]. For a grid.'),
    values: z.array(z.unknown()).min(1).max(mostValues).describe('The values, one by one. For a grid.'),
    uniform: numbers.describe('Equally likely from the first to below the second.'),
    log_uniform: numbers.describe('Its logarithm is uniform: [from, to], both above 0.'),
    normal: tuple<[number, number]>(2, Number.isFinite, 'two numbers, [mean, standard deviation]').describe(
      'Normal: [mean, standard deviation].',
    ),
    integer: tuple<[number, number]>(2, Number.isSafeInteger, 'two whole numbers, [least, greatest]').describe(
      'A whole number, both ends included.',
    ),
    choice: z.array(z.unknown()).min(1).max(mostValues).describe('One of these, equally likely.'),
  })
  .partial()

const design = z.strictObject({
  method: z
    .enum(['grid', 'list', ...sampledDesigns])
    .describe('grid: all combinations; list: points one by one; the others take as many samples as are asked for.'),
  parameters: z.record(text, parameter).describe('By name, in the order of their dimensions.').optional(),
  samples: z.int().min(1).max(mostSamples).describe('How many points: of a sampled design.').optional(),
  points: z.array(fields).min(1).describe('The points of a list: parameters by name.').optional(),
  csv: path.describe('A CSV file with the points of a list: a header, then a row for each.').optional(),
  jsonl: path.describe('A file with the points of a list: a JSON object in each line.').optional(),
})

const stop = z
  .strictObject({
    metric: text.describe('The metric whose confidence interval must become narrow.'),
    half_width: z.number().gt(0).describe('Half the width it must reach, in the unit of the metric.'),
    relative_half_width: z.number().gt(0).describe('The same as a share of the mean.'),
    confidence: z.number().gt(0).lt(1).describe('Its confidence. Default 0.95.'),
    min_replications: z.int().min(2).describe('No point stops with fewer. Default 100.'),
    budget_ms: z
      .int()
      .min(1)
      .max(longestMs)
      .describe('The whole experiment stops after so long, all resumes together.'),
  })
  .partial()

/** The schema of an experiment file. */
export const experimentSchema = z.strictObject({
  $schema: z
    .string()
    .describe('The JSON schema of this file, for editors: "./node_modules/troupe/experiment.schema.json".')
    .optional(),
  service_id: text.describe('The service that is run.'),
  seed: z.int().describe('Random numbers depend on it and on the number of the run alone. Default 0.').optional(),
  shared: z
    .record(text, z.strictObject({ csv: path, column: text.describe('The column, by its name in the header.') }))
    .describe('Columns of numbers that components read with scope.shared.')
    .optional(),
  prepare: z
    .strictObject({
      service_id: text.describe('The service.'),
      data: fields.describe('The data of its context.').optional(),
      into: text.describe('The field of data that gets its result.'),
    })
    .describe('A service that runs once, before all.')
    .optional(),
  data: fields.describe('The data of every run; parameters are added to it.').optional(),
  design: design.describe('The points that parameters go through. Without it there is one point.').optional(),
  replications: z.int().min(1).describe('The most runs of each point. Default 1.').optional(),
  antithetic: z.boolean().describe('Runs come in pairs with mirrored random numbers. Default false.').optional(),
  common_random_numbers: z
    .boolean()
    .describe('The same replication of every point draws the same random numbers. Default false.')
    .optional(),
  block_size: z.int().min(1).max(65_536).describe('Runs of a block. Default: a 64th of the replications.').optional(),
  metrics: z
    .record(text, z.array(text).min(1))
    .describe('Fields of the results: mean, sd, se, min, max, ci95 and the like, p05, p50 and the like.'),
  stop: stop.describe('When a point has runs enough, and when the experiment has had time enough.').optional(),
  max_failures: z.int().min(1).describe('So many failed runs end the experiment. Default: none do.').optional(),
  outputs: z
    .array(z.enum(['summary.json', 'runs.jsonl', 'runs.csv', 'runs.parquet', 'report.html']))
    .describe('The files that are written. Default: summary.json.')
    .optional(),
})

/** The JSON schema of an experiment file, for editors. */
export function experimentJsonSchema(): object {
  return z.toJSONSchema(experimentSchema, { target: 'draft-7', io: 'input', unrepresentable: 'any' })
}

/** An experiment file of the right shape. */
export type ExperimentConfig = z.infer<typeof experimentSchema>
export type DesignConfig = z.infer<typeof design>
export type ParameterConfig = z.infer<typeof parameter>
