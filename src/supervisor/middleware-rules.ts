import type { Side } from '../contract/scope.ts'
import { isStock, stockMiddleware, stockMiddlewareNames } from '../contract/stock-middleware.ts'
import type { ConfigFindings } from '../kernel/config-findings.ts'
import { isRecord, listAt, recordAt } from './raw-config.ts'
import type { ModuleCheck } from './service-rules.ts'

/** What a schema of shapes cannot say of the middleware list; read, as services are, from what was written. */
export function checkMiddleware(config: unknown, findings: ConfigFindings, checkModule: ModuleCheck): void {
  const ids = new Set(Object.keys(recordAt(config, 'services')))
  const names = new Set<unknown>()
  for (const [index, entry] of listAt(config, 'middleware').entries()) {
    if (!isRecord(entry)) continue
    const keys = ['middleware', index]
    checkForm(entry, keys, findings)
    checkModule([...keys, 'module'], entry['module'])
    checkScope(entry, keys, ids, findings)
    const name = entry['name'] ?? entry['use']
    // One that is switched off may stand beside its replacement.
    if (name === undefined || entry['enabled'] === false) continue
    checkStockConfig(entry, keys, ids, findings)
    if (names.has(name)) {
      findings.add(
        [...keys, 'name'],
        `${JSON.stringify(name)} is the name of an earlier middleware; give each a name of its own`,
        [],
      )
    }
    names.add(name)
  }
}

function checkForm(entry: Record<string, unknown>, keys: readonly PropertyKey[], findings: ConfigFindings): void {
  if (!('use' in entry)) {
    if (!('module' in entry)) findings.add(keys, 'needs use, or name and module', [])
    else if (!('name' in entry)) findings.add([...keys, 'name'], 'is missing', [])
    return
  }
  for (const key of ['module', 'export']) {
    if (key in entry) findings.add([...keys, key], 'must not stand beside use', [])
  }
  const { use, side } = entry
  if (typeof use !== 'string') return
  if (!isStock(use)) {
    const message = `${JSON.stringify(use)} does not come with Troupe, which has ${stockMiddlewareNames.join(', ')}`
    return findings.add([...keys, 'use'], message, stockMiddlewareNames, use)
  }
  const sides: readonly Side[] = stockMiddleware[use]
  if (typeof side === 'string' && !sides.some((known) => known === side)) {
    findings.add([...keys, 'side'], `must be ${JSON.stringify(sides[0])} for ${use}`, [])
  }
}

function checkScope(
  entry: Record<string, unknown>,
  keys: readonly PropertyKey[],
  ids: ReadonlySet<string>,
  findings: ConfigFindings,
): void {
  const scope = recordAt(entry, 'scope')
  for (const list of ['include', 'exclude']) {
    const seen = new Set<string>()
    for (const [index, id] of listAt(scope, list).entries()) {
      if (typeof id !== 'string') continue
      const here = [...keys, 'scope', list, index]
      if (!ids.has(id)) findings.add(here, `names a service that is not there, ${JSON.stringify(id)}`, ids, id)
      else if (seen.has(id)) findings.warn(here, `${JSON.stringify(id)} is there twice`)
      else if (list === 'exclude' && listAt(scope, 'include').includes(id)) {
        findings.warn(here, `${JSON.stringify(id)} is included too; it stays excluded`)
      }
      seen.add(id)
    }
  }
}

/** What the config of a middleware that comes with the runtime says of services and of the environment. */
function checkStockConfig(
  entry: Record<string, unknown>,
  keys: readonly PropertyKey[],
  ids: ReadonlySet<string>,
  findings: ConfigFindings,
): void {
  const config = recordAt(entry, 'config')
  const here = [...keys, 'config']
  const checkService = (at: readonly PropertyKey[], id: unknown) => {
    if (typeof id !== 'string' || id === '' || ids.has(id)) return
    findings.add([...here, ...at], `names a service that is not there, ${JSON.stringify(id)}`, ids, id)
  }
  if (entry['use'] === 'split') {
    const { service, to } = config
    checkService(['service'], service)
    if (to !== undefined && service === to) findings.add([...here, 'to'], 'must be another service than the one split')
    else checkService(['to'], to)
  }
  if (entry['use'] === 'authentication') {
    for (const [index, id] of listAt(config, 'bypass_services').entries()) checkService(['bypass_services', index], id)
    const { token_env: name = 'TROUPE_TOKEN' } = config
    // Without a token to compare with, nobody can be let in, and nobody must be.
    if (typeof name === 'string' && name !== '' && !process.env[name]) {
      findings.add([...here, 'token_env'], `names ${name}, which is not set in the environment`, [])
    }
  }
}
