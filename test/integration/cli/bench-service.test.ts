import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'
import { createFolder, troupe } from './command-line.ts'

interface BenchJson {
  readonly service_id: string
  readonly workers: number
  readonly cores: number
  readonly contexts: number
  readonly failed: number
  readonly run_us: number
  readonly main_us: number
  readonly lane_us: number
  readonly mean_chunk: number
  readonly loop_per_second: number
  readonly threads_per_second: number
  readonly break_even_us: number | null
  readonly pays: boolean
}

const components = `
export class Doubled {
  execute({ data }) {
    if (typeof data?.x !== 'number') throw new TypeError('x must be a number')
    return { y: data.x * 2 }
  }
}
export class Spin {
  execute({ data }) {
    for (const until = performance.now() + data.ms; performance.now() < until;);
    return { ms: data.ms }
  }
}
export class Idle {
  execute() {}
}`

/** Two workers, so that threads can be faster on any machine with two cores, unless a test needs more. */
function createServices(workers = 2): Promise<string> {
  const module = './components.mjs'
  const services = {
    doubled: { module, class: 'Doubled' },
    spin: { module, class: 'Spin' },
    idle: { module, class: 'Idle' },
  }
  const config = { pools: { default: { workers } }, services }
  const numbers = JSON.stringify(Array.from({ length: 20_000 }, (_, index) => index / 7))
  return createFolder({
    'services.json': JSON.stringify(config),
    'components.mjs': components,
    'numbers.json': numbers,
  })
}

const canBeFaster = availableParallelism() > 1

describe('troupe bench service', () => {
  // It waits for the time to pass, so that four of them take as long as one however little of a core they are given; and
  // four are so much faster than the loop that they still are where the machine stands still for most of their time.
  it('says that threads pay for what takes long, in one line of JSON with --json', async () => {
    const folder = await createServices(4)
    const ran = await troupe(folder, 'bench', 'service', 'spin', '--data', '{"ms":150}', '--seconds', '6', '--json')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout.trim().split('\n')).toHaveLength(1)
    const bench = JSON.parse(ran.stdout) as BenchJson
    expect(bench).toMatchObject({ service_id: 'spin', workers: 4, cores: availableParallelism(), failed: 0 })
    expect(bench.pays).toBe(true)
    // No run ends before its time, and each worker has one at a time.
    expect(bench.run_us).toBeGreaterThanOrEqual(149_000)
    expect(bench.loop_per_second).toBeLessThanOrEqual(7)
    expect(bench.threads_per_second).toBeLessThanOrEqual(28)
    expect(bench.mean_chunk).toBe(1)
    // Batches, each of as many for every worker, that end within the time or begin there.
    expect(bench.contexts % 4).toBe(0)
    expect(bench.contexts).toBeLessThanOrEqual(4 * Math.ceil(6_000 / 3 / 150))
    if (canBeFaster) expect(bench.break_even_us).toBeLessThan(bench.run_us)
    else expect(bench.break_even_us).toBe(null)
  })

  // There is much to bring to a worker and nothing to do there.
  it('says that they do not pay for what does nothing, and from which cost of a context on they would', async () => {
    const folder = await createServices()
    const ran = await troupe(folder, 'bench', 'service', 'idle', '--data', '@numbers.json', '--seconds', '1')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    const run = Number(/^a run, in a loop on one thread +([\d.]+) µs$/m.exec(ran.stdout)?.[1])
    const main = Number(/^the way there and back, main thread +([\d.]+) µs$/m.exec(ran.stdout)?.[1])
    expect(main).toBeGreaterThan(run)
    expect(ran.stdout).toMatch(/^2 workers on \d+ cores +\d+\/s$/m)
    expect(Number(/^contexts measured +(\d+)$/m.exec(ran.stdout)?.[1])).toBeGreaterThan(0)
    if (!canBeFaster) {
      expect(ran.stdout).toMatch(/^Threads cannot be faster than a loop with 2 worker\(s\) on 1 core\(s\)/m)
      return
    }
    const verdict =
      /^Threads pay from about ([\d.]+) µs .*: they do not pay for idle, which they run [\de.-]+ times .*\.$/m
    const from = Number(verdict.exec(ran.stdout)?.[1])
    expect(from).toBeGreaterThanOrEqual(main)
    expect(ran.stdout).not.toContain('Its cost says that they should')
  })

  it('says what failed, and exits 2', async () => {
    const folder = await createServices()
    const ran = await troupe(folder, 'bench', 'service', 'doubled', '--seconds', '1')
    expect(ran).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/COMPONENT_FAILED.*x must be a number/) as string,
    })
  })

  it.each([
    [['nowhere'], /SERVICE_NOT_FOUND/],
    [['doubled', '--data', '{'], /--data is no JSON/],
    [['doubled', '--seconds', '0'], /Not a whole number from 1/],
    [[], /missing required argument 'service'/],
  ])('refuses %j with exit code 1', async (args, said) => {
    const ran = await troupe(await createServices(), 'bench', 'service', ...args)
    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(said) as string })
  })
})
