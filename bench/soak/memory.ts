import { componentRoot } from '../peers/troupe.ts'
import { type Context, type Outcome, Supervisor } from '../../src/index.ts'
import { workloadOf } from '../workloads.ts'

// Ten million contexts through two workers: memory must be as flat at the end as it was after the first million. The
// first is for warming up: compiled code, pools of buffers, histograms. Needs --expose-gc.

const WORKERS = 2
const MILLION = 1_000_000
const WINDOW = 20_000
// What may be left over by chance: a young generation that was just filled, code that was compiled late. A leak of two
// bytes a context would be 18 MB.
const HEAP_BOUND_MB = 8
const RSS_BOUND_MB = 64

const plain = workloadOf('plain')

/** Runs `count` contexts; returns whether memory stayed flat. */
export async function soakMemory(count = 10 * MILLION): Promise<boolean> {
  const supervisor = await Supervisor.start(
    { services: { plain: { module: './task.js', class: 'Task', config: { service: 'plain' } } } },
    { workers: WORKERS, root: componentRoot },
  )

  let done = 0
  let first: { readonly heap: number; readonly rss: number } | undefined
  const began = performance.now()
  // Half of the millions go through `executeMany`, window by window, and half through `stream`.
  for (let million = 0; done < count; million++) {
    const end = Math.min(done + MILLION, count)
    if (million % 2 === 0) await runMany(supervisor, done, end)
    else await runStream(supervisor, done, end)
    done = end
    const now = memory()
    first ??= now
    const rate = done / ((performance.now() - began) / 1_000)
    print(`${done} contexts, heap ${now.heap.toFixed(1)} MB, rss ${now.rss.toFixed(0)} MB, ${Math.round(rate)}/s`)
  }
  const last = memory()
  const { accepted, ok, lateResults } = supervisor.stats()
  const { zombies } = await supervisor.close()

  const flat = [
    expectAtMost('heap since the first million', last.heap - first!.heap, HEAP_BOUND_MB),
    expectAtMost('rss since the first million', last.rss - first!.rss, RSS_BOUND_MB),
  ]
  if (accepted !== count || ok !== count) throw new Error(`${accepted} accepted and ${ok} ok of ${count}`)
  if (lateResults > 0 || zombies > 0) throw new Error(`${lateResults} late results, ${zombies} zombies`)
  return flat.every(Boolean)
}

async function runMany(supervisor: Supervisor, done: number, end: number): Promise<void> {
  while (done < end) {
    const size = Math.min(WINDOW, end - done)
    const contexts = Array.from({ length: size }, (_, index) => plain.contextAt(done + index))
    const outcomes = await supervisor.executeMany(contexts)
    for (const [index, outcome] of outcomes.entries()) check(contexts[index]!, outcome)
    done += size
  }
}

async function runStream(supervisor: Supervisor, start: number, end: number): Promise<void> {
  function* contexts() {
    for (let index = start; index < end; index++) yield plain.contextAt(index)
  }
  for await (const { index, outcome } of supervisor.stream(contexts())) {
    check(plain.contextAt(start + index), outcome)
  }
}

function check(context: Context, outcome: Outcome): void {
  if (!outcome.ok) throw outcome.error
  if (!plain.accepts(context, outcome.value)) throw new Error(`Wrong: ${JSON.stringify(outcome.value)}`)
}

/** What is in use once nothing is left to collect, in megabytes, buffers included. */
function memory(): { readonly heap: number; readonly rss: number } {
  // The second collects what the first one's finalizers let go.
  globalThis.gc!()
  globalThis.gc!()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: (heapUsed + external) / 1e6, rss: rss / 1e6 }
}

function expectAtMost(what: string, grown: number, bound: number): boolean {
  print(`${what}: ${grown.toFixed(1)} MB more, at most ${bound} allowed`)
  return grown <= bound
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
