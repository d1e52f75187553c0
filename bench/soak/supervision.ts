import { type Context, type Outcome, Supervisor } from '../../src/index.ts'
import { streamOfSeed } from '../../src/numerics/random-stream.ts'
import { componentRoot } from '../peers/troupe.ts'

// A thousand crashes, hangs and bad values among a hundred thousand contexts, at random places. The ledger is shared
// memory that the components themselves write: it knows nothing of what the runtime believes.

const CONTEXTS = 100_000
const CONTEXTS_A_FAULT = 100
const WINDOW = 5_000
const REFILL_MS = 5_000
const services = ['one', 'two', 'three'] as const
const risky = { module: './risky.js', class: 'Risky', timeout_ms: 300, grace_ms: 20 }
const config = {
  pools: {
    default: { workers: 2, max_restarts: CONTEXTS },
    other: { workers: 2, max_restarts: CONTEXTS },
  },
  services: { one: risky, two: risky, three: { ...risky, pool: 'other' } },
}

/** What each fault must come to. */
const verdicts: Readonly<Record<string, string>> = {
  crash: 'WORKER_CRASHED unknown',
  hang: 'TIMEOUT unknown',
  'bad value': 'RESULT_NOT_SERIALIZABLE failed',
  throw: 'COMPONENT_FAILED failed',
}

/** Runs them and checks the ledger; returns whether everything was as promised. */
export async function soakSupervision(seed: number, count = CONTEXTS): Promise<boolean> {
  const faultCount = Math.ceil(count / CONTEXTS_A_FAULT)
  const random = streamOfSeed(seed)
  const below = (bound: number): number => Math.floor(random.random() * bound)
  const faults = new Map<number, string>()
  const kinds = Object.keys(verdicts)
  while (faults.size < faultCount) faults.set(below(count), kinds[below(kinds.length)]!)
  const contexts = Array.from({ length: count }, (_, n): Context => {
    const data = { n, fault: faults.get(n) }
    return { service_id: services[below(services.length)]!, request_id: String(n), data }
  })

  const starts = new Int32Array(new SharedArrayBuffer(4 * count))
  const settled = new Int32Array(count)
  const supervisor = await Supervisor.start(config, { root: componentRoot, logLevel: 'silent' })
  supervisor.on('context:settled', ({ requestId }) => void settled[Number(requestId)]!++)
  await supervisor.share('starts', starts)
  const violations: string[] = []
  const began = performance.now()
  for (let first = 0; first < count; first += WINDOW) {
    const outcomes = await supervisor.executeMany(contexts.slice(first, first + WINDOW))
    for (const [index, outcome] of outcomes.entries()) {
      const n = first + index
      const [found, expected] = [verdictOf(outcome, n), verdicts[faults.get(n) ?? ''] ?? 'ok']
      if (found !== expected) violations.push(`context ${n}: ${found}, where ${expected} was due`)
    }
  }
  for (let n = 0; n < count; n++) {
    if (starts[n] !== 1) violations.push(`context ${n} started ${starts[n]} times`)
    if (settled[n] !== 1) violations.push(`context ${n} settled ${settled[n]} times`)
  }
  const hangs = [...faults.values()].filter((fault) => fault === 'hang').length
  const due = { accepted: count, ok: count - faultCount, failed: faultCount - hangs, timedOut: hangs, cancelled: 0 }
  await refilled(supervisor)
  const stats = supervisor.stats()
  for (const [name, value] of Object.entries(due)) {
    const counted = stats[name as keyof typeof due]
    if (counted !== value) violations.push(`${name} is ${counted}, where ${value} was due`)
  }
  for (const [name, { workers }] of Object.entries(stats.pools)) {
    if (workers !== 2) violations.push(`pool ${name} has ${workers} workers of 2`)
  }
  const { zombies } = await supervisor.close()
  if (zombies > 0) violations.push(`${zombies} threads did not end`)

  const restarts = Object.values(stats.pools).reduce((sum, pool) => sum + pool.restarts, 0)
  const seconds = ((performance.now() - began) / 1_000).toFixed(1)
  print(`supervision: ${count} contexts, ${faultCount} faults, ${restarts} restarts in ${seconds} s; seed ${seed}`)
  print(`ledger: ${starts.reduce((sum, times) => sum + times, 0)} starts, ${violations.length} violations`)
  for (const violation of violations.slice(0, 20)) print(`  ${violation}`)
  return violations.length === 0
}

function verdictOf(outcome: Outcome, n: number): string {
  if (!outcome.ok) return `${outcome.error.code} ${outcome.error.outcome}`
  return (outcome.value as { readonly n?: unknown }).n === n ? 'ok' : 'a wrong value'
}

async function refilled(supervisor: Supervisor): Promise<void> {
  const until = performance.now() + REFILL_MS
  const isShort = () => Object.values(supervisor.stats().pools).some(({ workers }) => workers < 2)
  while (isShort() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 20))
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
