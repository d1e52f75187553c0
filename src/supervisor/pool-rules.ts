import { reference } from '../contract/pool-references.ts'
import type { ConfigFindings } from '../kernel/config-findings.ts'
import { isRecord, recordAt } from './raw-config.ts'

/** Options of a pool that act on threads alone. */
export const threadOptions = ['resource_limits', 'recycle_after', 'recycle_at_mb', 'env', 'exec_argv'] as const

// Their values are texts, whatever they look like.
const textOptions = ['env', 'exec_argv']
const ALONE = new RegExp(`^(?:${reference.source})$`)
const NUMBER = /^-?\d+(?:\.\d+)?$/

/**
 * What a schema of shapes cannot say of pools. It reads the configuration as it was written, so that these problems are
 * reported together with those of shape.
 */
export function checkPools(config: unknown, findings: ConfigFindings): void {
  for (const [name, pool] of Object.entries(recordAt(config, 'pools'))) {
    if (!isRecord(pool) || pool['engine'] !== 'inline') continue
    for (const option of threadOptions.filter((one) => one in pool)) {
      findings.add(['pools', name, option], 'cannot act on an inline pool: it has no thread of its own', [])
    }
  }
}

/**
 * Puts the values of environment variables in place of `${NAME}` in the options of pools, before anything else is read
 * of them. A value that is a reference and nothing else, and spells a number, is that number.
 */
export function resolvePoolReferences(config: unknown, findings: ConfigFindings): void {
  for (const [name, pool] of Object.entries(recordAt(config, 'pools'))) {
    if (isRecord(pool)) resolveIn(pool, ['pools', name], findings, false)
  }
}

function resolveIn(
  holder: Record<string, unknown> | unknown[],
  keys: readonly PropertyKey[],
  findings: ConfigFindings,
  isText: boolean,
): void {
  for (const [key, value] of Object.entries(holder)) {
    const here = [...keys, Array.isArray(holder) ? Number(key) : key]
    const staysText = isText || textOptions.includes(key)
    if (typeof value === 'string') {
      const fields = holder as Record<string, unknown>
      const absent = absentVariable(value)
      if (absent === undefined) fields[key] = resolved(value, staysText)
      else {
        findings.add(here, `names the environment variable ${absent}, which is not set`, [])
        // So that its shape is not complained of too.
        if (Array.isArray(holder)) fields[key] = absent
        else delete fields[key]
      }
    } else if (Array.isArray(value) || isRecord(value)) resolveIn(value, here, findings, staysText)
  }
}

/** The first variable that a text names and that is not there. */
function absentVariable(written: string): string | undefined {
  return Array.from(written.matchAll(reference), ([, name]) => name!).find((name) => !Object.hasOwn(process.env, name))
}

function resolved(written: string, isText: boolean): unknown {
  const value = written.replaceAll(reference, (_whole, name: string) => process.env[name]!)
  return !isText && ALONE.test(written) && NUMBER.test(value) ? Number(value) : value
}
