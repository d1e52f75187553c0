/** A reference to a variable of the environment, as pool options may hold it. */
export const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

interface JsonSchema {
  readonly type?: unknown
  readonly description?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema
}

/**
 * The JSON schema of services.json with a reference allowed wherever a pool option is no list or object. It is resolved
 * before the schema is applied, so the schema itself knows nothing of it; editors see what was written.
 */
export function withPoolReferences(schema: object): object {
  const top = schema as JsonSchema
  const pools = top.properties?.['pools']
  const pool = pools?.additionalProperties
  if (!pool) return schema
  const properties = { ...top.properties, pools: { ...pools, additionalProperties: allowReferences(pool) } }
  return { ...top, properties }
}

function allowReferences(option: JsonSchema): JsonSchema {
  if (option.type === 'array') return option
  if (option.type === 'object') {
    const entries = Object.entries(option.properties ?? {}).map(
      ([name, inner]) => [name, allowReferences(inner)] as const,
    )
    return { ...option, properties: Object.fromEntries(entries) }
  }
  const { description, ...form } = option
  const written = { anyOf: [form, { type: 'string', pattern: reference.source }] }
  return { ...written, description } as JsonSchema
}
