import { retryCodes } from '../contract/retry-codes.ts'
import { checkActors } from './actors/actor-rules.ts'
import type { ConfigFindings } from '../kernel/config-findings.ts'
import { isRecord, listAt, recordAt } from './raw-config.ts'

/** Says what is wrong with a module's path, if anything. */
export type ModuleCheck = (keys: readonly PropertyKey[], specifier: unknown) => void

const conditions = ['equals', 'in', 'exists', 'gt', 'lt']

/**
 * What a schema of shapes cannot say of services. It reads the configuration as it was written, so that these problems
 * are reported together with those of shape.
 */
export function checkServices(config: unknown, findings: ConfigFindings, checkModule: ModuleCheck): void {
  const pools = ['default', 'actors', ...Object.keys(recordAt(config, 'pools'))]
  checkActors(config, findings)
  for (const [id, service] of Object.entries(recordAt(config, 'services'))) {
    if (!isRecord(service)) continue
    const keys = ['services', id]
    checkForm(service, keys, findings)
    checkModule([...keys, 'module'], service['module'])
    const { pool } = service
    if (typeof pool === 'string' && !pools.includes(pool)) {
      findings.add([...keys, 'pool'], `names a pool that is not there, ${JSON.stringify(pool)}`, pools, pool)
    }
    checkRetries(service, keys, findings)
    checkSteps(listAt(service, 'steps'), [...keys, 'steps'], findings, checkModule)
  }
}

function checkForm(service: Record<string, unknown>, keys: readonly PropertyKey[], findings: ConfigFindings): void {
  if ('steps' in service) {
    for (const key of ['module', 'class', 'config']) {
      if (key in service) findings.add([...keys, key], 'must not stand beside steps', [])
    }
  } else if (!('module' in service || 'class' in service)) {
    findings.add(keys, 'needs module and class, or steps', [])
  } else {
    for (const key of ['module', 'class']) if (!(key in service)) findings.add([...keys, key], 'is missing', [])
  }
}

function checkRetries(service: Record<string, unknown>, keys: readonly PropertyKey[], findings: ConfigFindings): void {
  const { max_attempts: attempts = 1, backoff_ms: backoff = 100, max_backoff_ms: most = Infinity } = service
  for (const key of ['backoff_ms', 'max_backoff_ms', 'retry_on']) {
    if (key in service && attempts === 1) findings.warn([...keys, key], 'has no effect without max_attempts')
  }
  if (typeof backoff === 'number' && typeof most === 'number' && most < backoff) {
    findings.add([...keys, 'max_backoff_ms'], `must be at least backoff_ms, ${backoff}, but is ${most}`)
  }
  const known: readonly string[] = retryCodes
  for (const [index, code] of listAt(service, 'retry_on').entries()) {
    if (typeof code !== 'string' || known.includes(code)) continue
    const message = `must be a code after which a context can be tried again, but is ${JSON.stringify(code)}`
    findings.add([...keys, 'retry_on', index], message, known, code)
  }
}

function checkSteps(
  steps: readonly unknown[],
  keys: readonly PropertyKey[],
  findings: ConfigFindings,
  checkModule: ModuleCheck,
): void {
  const names = new Set<string>()
  for (const [index, step] of steps.entries()) {
    if (!isRecord(step)) continue
    const here = [...keys, index]
    const name = step['name'] ?? `step_${index + 1}`
    if (typeof name === 'string' && names.has(name)) {
      findings.add([...here, 'name'], `is the name of an earlier step, ${JSON.stringify(name)}`, [])
    }
    if (typeof name === 'string') names.add(name)
    checkModule([...here, 'module'], step['module'])
    if ('fallback_output' in step && step['on_error'] !== 'skip') {
      findings.add([...here, 'fallback_output'], 'is only for a step with on_error "skip"', [])
    }
    for (const [field, path] of Object.entries(recordAt(step, 'output_mapping'))) {
      const [first] = String(path).split('.')
      if (first !== 'service_id' && first !== 'request_id') continue
      findings.add([...here, 'output_mapping', field], `must not go to ${first}: a step cannot change it`, [])
    }
    const { when } = step
    if (isRecord(when) && conditions.filter((condition) => condition in when).length !== 1) {
      findings.add([...here, 'when'], `needs exactly one of ${conditions.join(', ')}`, [])
    }
  }
}
