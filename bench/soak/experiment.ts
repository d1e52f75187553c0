import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { componentRoot } from '../peers/troupe.ts'
import { Supervisor } from '../../src/index.ts'

// Ten million runs of next to nothing, at one point and at a thousand, with a journal and without: what is resident must
// not grow with the runs. As many go before it for warming up: until the heaps of the threads have found their size, since
// V8 lets the young generation of each grow to tens of megabytes whatever runs there. Needs --expose-gc.

const WORKERS = 2
const RSS_BOUND_MB = 64
const SHAPES = [1, 1_000]

/** Runs experiments of `runs` runs; returns whether memory stayed flat. */
export async function soakExperiment(runs = 10_000_000): Promise<boolean> {
  const supervisor = await Supervisor.start(
    { services: { draw: { module: './draw.js', class: 'Draw' } } },
    { workers: WORKERS, root: componentRoot },
  )
  const flat: boolean[] = []
  try {
    for (const points of SHAPES) {
      for (const isKept of [false, true]) flat.push(await stayedFlat(supervisor, points, runs / points, isKept))
    }
  } finally {
    await supervisor.close()
  }
  return flat.every(Boolean)
}

async function stayedFlat(supervisor: Supervisor, points: number, replications: number, isKept: boolean) {
  const before = await run(supervisor, points, replications, isKept)
  const { peak, seconds } = await run(supervisor, points, replications, isKept)
  const grown = peak - before.peak
  const rate = Math.round((points * replications) / seconds)
  const what = `${points} points of ${replications} runs, ${isKept ? 'with' : 'without'} a journal`
  print(`${what}: ${rate} runs/s, ${grown.toFixed(1)} MB more at the peak than before, at most ${RSS_BOUND_MB} allowed`)
  return grown <= RSS_BOUND_MB
}

/** Runs one experiment; the most that was resident meanwhile, in megabytes. */
async function run(supervisor: Supervisor, points: number, replications: number, isKept: boolean) {
  const folder = isKept ? mkdtempSync(join(tmpdir(), 'troupe-soak-')) : undefined
  const began = performance.now()
  let peak = 0
  const onProgress = () => {
    peak = Math.max(peak, process.memoryUsage.rss() / 1e6)
  }
  const summary = await supervisor.run(
    {
      service_id: 'draw',
      design: { method: 'list', points: Array.from({ length: points }, (_, at) => ({ at })) },
      replications,
      metrics: { x: ['mean', 'sd', 'p50'] },
    },
    { onProgress, ...(folder !== undefined && { out: folder }) },
  )
  const seconds = (performance.now() - began) / 1_000
  if (folder !== undefined) rmSync(folder, { recursive: true })
  if (summary.points.reduce((sum, point) => sum + point.runs, 0) !== points * replications)
    throw new Error(`Runs are missing: ${JSON.stringify(summary.stopped_at)}`)
  return { peak: Math.max(peak, rss()), seconds }
}

/** What is resident once nothing is left to collect, in megabytes. */
function rss(): number {
  globalThis.gc!()
  globalThis.gc!()
  return process.memoryUsage.rss() / 1e6
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
