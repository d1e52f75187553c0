import { readFileSync, statSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import type { Plan, ServicePlan } from '../contract/plan.ts'
import { resolveModule } from '../kernel/module-path.ts'
import { canonicalJson } from './canonical-json.ts'
import { hashOf } from './experiment-digest.ts'

// Relative specifiers of static and dynamic imports, of re-exports and of `require`, and files that are found by
// `new URL('./table.csv', import.meta.url)`. One in a comment or a text is followed too, which only means that a file
// more is looked at.
const relativeImport = /\b(?:from|import|require|URL)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g
const extensions = ['', '.ts', '.mts', '.js', '.mjs', '.cjs', '.json', '/index.ts', '/index.js']

/**
 * The hashes of all that the numbers of an experiment depend on beside the experiment: what the configuration says of its
 * services, and the modules of their components and of the worker-side middleware around them, with what these import by
 * relative paths. Packages are not looked into. Names do not depend on where the project lies.
 */
export function componentHashes(plan: Plan, serviceIds: readonly string[]): Record<string, string> {
  const hashes: Record<string, string> = Object.create(null) as Record<string, string>
  const services = plan.services.filter(({ id }) => serviceIds.includes(id))
  for (const service of services) {
    hashes[`service:${service.id}`] = hashOf(Buffer.from(canonicalJson(describe(plan, service))))
    for (const specifier of modulesOf(plan, service)) {
      const { file } = resolveModule(specifier, plan.root)
      hashFiles(file, specifier, hashes)
    }
  }
  return hashes
}

function describe(plan: Plan, { steps, workerMiddleware }: ServicePlan): unknown {
  const middleware = workerMiddleware.map((index) => plan.middleware[index]!)
  return JSON.parse(JSON.stringify({ steps, middleware: middleware.map(({ source, config }) => ({ source, config })) }))
}

function modulesOf(plan: Plan, { steps, workerMiddleware }: ServicePlan): Set<string> {
  const sources = workerMiddleware.map((index) => plan.middleware[index]!.source)
  return new Set([
    ...steps.map(({ module }) => module),
    ...sources.flatMap((source) => ('module' in source ? [source.module] : [])),
  ])
}

/** Hashes a file and all that it imports; one that is not there is left for the worker to complain of. */
function hashFiles(entry: string, specifier: string, hashes: Record<string, string>): void {
  const open = [entry]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    const from = relative(dirname(entry), file).replaceAll('\\', '/')
    const name = file === entry ? specifier : `${specifier} > ${from}`
    if (name in hashes || !isFile(file)) continue
    const text = readFileSync(file)
    hashes[name] = hashOf(text)
    for (const [, , path] of text.toString('utf8').matchAll(relativeImport)) {
      const found = imported(resolve(dirname(file), path!))
      if (found !== undefined) open.push(found)
    }
  }
}

/** TypeScript may import the `.js` that it will become. */
function imported(path: string): string | undefined {
  const source = path.replace(/\.(m?)js$/, '.$1ts')
  return [...extensions.map((extension) => path + extension), source].find(isFile)
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}
