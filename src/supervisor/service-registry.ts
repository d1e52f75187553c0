import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isTroupeError, type TroupeError } from '../contract/errors.ts'
import type { StartOptions } from '../contract/options.ts'
import type { Plan } from '../contract/plan.ts'
import type { ServicesConfig } from '../contract/services-schema.ts'
import { bareCopy, bareObject, quickBare } from '../kernel/bare-object.ts'
import { withCleanPrototype } from '../kernel/clean-prototype.ts'
import { deepFreeze } from '../kernel/deep-freeze.ts'
import { resolveModule } from '../kernel/module-path.ts'
import { readJsonFile } from '../kernel/json-file.ts'
import { ConfigFindings } from '../kernel/config-findings.ts'
import { checkMiddleware } from './middleware-rules.ts'
import { hasPlainShape } from './plain-shape.ts'
import { checkPoolOptions, planPools } from './pool-plan.ts'
import { checkPools, resolvePoolReferences } from './pool-rules.ts'
import { planMiddleware, planServices } from './service-plan.ts'
import { checkServices, type ModuleCheck } from './service-rules.ts'

type PlanOptions = Pick<StartOptions, 'root' | 'workers' | 'engine'>

/**
 * The plan that a services.json, or an object of its form, describes: validated, normalised, frozen. No component is
 * loaded, and no module opened.
 * @throws TroupeError `CONFIG_NOT_FOUND`; `CONFIG_INVALID` with every problem in `details`; or
 * `COMPONENT_PATH_FORBIDDEN` where nothing but paths of modules is wrong.
 */
export async function readPlan(source: string | object, given: PlanOptions = {}): Promise<Plan> {
  const options: PlanOptions = Object.assign(bareObject(), given)
  const findings = new ConfigFindings()
  checkPoolOptions(options, findings)
  const { file, name, root, written } =
    typeof source === 'string' ? await readSource(source) : objectSource(source, findings)
  const folder = resolve(options.root ?? root)
  if (!isFolder(folder)) findings.add(['options', 'root'], `must be a folder, but ${folder} is none`)

  const config = await parse(written, folder, findings)
  findings.throwIfAny(name)
  const middleware = planMiddleware(config, findings)
  const services = planServices(config, middleware)
  if (services.length === 0) findings.warn(['services'], 'has no service')
  const pools = planPools(config, options, findings)
  const plan: Plan = {
    ...(file !== undefined && { source: file }),
    root: folder,
    pools,
    services,
    middleware: middleware.map((entry) => entry.plan),
    warnings: findings.warnings,
  }
  const bare = bareCopy(plan, Infinity).value as Plan
  return deepFreeze(Object.assign(bare, { services: bare.services.map(quickBare) }))
}

interface Source {
  readonly file?: string
  readonly name: string
  readonly root: string
  readonly written: unknown
}

async function readSource(path: string): Promise<Source> {
  const { file, value } = await readJsonFile(path, {
    name: 'Configuration',
    remedy: 'give the path of a services.json',
  })
  return { file, name: `Configuration ${file}`, root: dirname(file), written: value }
}

function objectSource(source: object, findings: ConfigFindings): Source {
  const described = { name: 'The configuration object', root: process.cwd() }
  try {
    // From here on, the program may change its object.
    return { ...described, written: structuredClone(source) }
  } catch (error) {
    findings.add([], `must be plain JSON: ${(error as Error).message}`)
    findings.throwIfAny(described.name)
    throw error
  }
}

async function parse(written: unknown, root: string, findings: ConfigFindings): Promise<ServicesConfig> {
  const bare = bareCopy(written)
  findings.addAll(bare.problems)
  resolvePoolReferences(bare.value, findings)
  // Loaded where there is something to say of what is wrong: most programs need not pay for it.
  const parsed = hasPlainShape(bare.value)
    ? ({ ok: true, config: bare.value as ServicesConfig } as const)
    : await withCleanPrototype(
        () => import('../contract/parse-services.ts'),
        ({ parseServices }) => parseServices(bare.value),
      )
  if (!parsed.ok) for (const { path, message, known } of parsed.problems) findings.add(path, message, known)
  const checkModule = moduleCheck(root, findings)
  checkServices(bare.value, findings, checkModule)
  checkPools(bare.value, findings)
  checkMiddleware(bare.value, findings, checkModule)
  // The schema's own objects have a prototype again.
  return bareCopy(parsed.ok ? parsed.config : {}, Infinity).value as ServicesConfig
}

/** Many services share a module: its path is followed once. */
function moduleCheck(root: string, findings: ConfigFindings): ModuleCheck {
  const errors = new Map<string, TroupeError | undefined>()
  return (keys, specifier) => {
    if (typeof specifier !== 'string' || specifier === '') return
    if (!errors.has(specifier)) errors.set(specifier, moduleError(specifier, root))
    const error = errors.get(specifier)
    if (error !== undefined) findings.addModule(keys, error)
  }
}

function moduleError(specifier: string, root: string): TroupeError | undefined {
  try {
    resolveModule(specifier, root)
    return undefined
  } catch (error) {
    if (isTroupeError(error)) return error
    throw error
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
