import { z } from 'zod'
import { logLevels } from './log.ts'
import type { StockMiddlewareName } from './stock-middleware.ts'

const milliseconds = z.int().min(1).max(2_147_483_647)
const text = z.string().min(1)

/** The config of each middleware that comes with the runtime. */
export const stockConfigs = {
  logging: z
    .strictObject({
      level: z.enum(Object.keys(logLevels)).describe('The level of its records. Default info; failures are errors.'),
      data: z.boolean().describe('true: logs the fields of contexts too. Default false.'),
      redact: z.array(text).describe('Names of fields to hide, beside authorization, password and the like.'),
    })
    .partial(),
  validation: z
    .strictObject({
      required_fields: z.array(text).describe('Dotted paths of fields that a context must have.'),
      max_payload_bytes: z.int().min(1).describe('How large a context or a result may be, in bytes.'),
    })
    .partial(),
  authentication: z
    .strictObject({
      token_env: text.describe('The environment variable that holds the token. Default TROUPE_TOKEN.'),
      bypass_services: z.array(text).describe('Services that need no token.'),
    })
    .partial(),
  'rate-limit': z.strictObject({
    requests_per_minute: z.number().gt(0).describe('How many contexts may pass in a minute.'),
    burst: z.int().min(1).describe("How many may pass at once. Default a second's worth.").optional(),
    by: text.describe('Dotted path of a field: each of its values has a limit of its own.').optional(),
  }),
  metrics: z.strictObject({}),
  cache: z.strictObject({
    ttl_ms: milliseconds.describe('How long a result is given again, in milliseconds.'),
    max_entries: z.int().min(1).max(1_000_000).describe('How many results are kept. Default 1000.').optional(),
    max_bytes: z.int().min(1).describe('How many bytes they may take. Default 67108864 (64 MiB).').optional(),
  }),
  split: z.strictObject({
    service: text.describe('The service whose contexts are split.'),
    to: text.describe('The service that some of them go to.'),
    share: z.number().min(0).max(1).describe('The part of the contexts that goes there, from 0 to 1.'),
    salt: text.describe('Another salt makes another, independent choice.').optional(),
  }),
} satisfies Record<StockMiddlewareName, z.ZodType>
