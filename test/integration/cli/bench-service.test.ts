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
  readonly break_even_us: number
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
}`

/** Two workers, so that threads can be faster on any machine with two cores. */
function createServices(): Promise<string> {
  const module = './components.mjs'
  const services = { doubled: { module, class: 'Doubled' }, spin: { module, class: 'Spin' } }
  const config = { pools: { default: { workers: 2 } }, services }
  return createFolder({ 'services.json': JSON.stringify(config), 'components.mjs': components })
}

describe('troupe bench service', () => {
  it('prints what a context costs, the cost from which on threads pay, and whether they do', async () => {
    const folder = await createServices()
    const ran = await troupe(folder, 'bench', 'service', 'doubled', '--data', '{"x":4}', '--seconds', '1')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toMatch(/^a run, in a loop on one thread +[\d.]+ µs$/m)
    expect(ran.stdout).toMatch(/^2 workers on \d+ cores +\d+\/s$/m)
    // Which of these it is for so small a context depends on what else the machine does.
    expect(ran.stdout).toMatch(
      /^Threads (?:pay from about [\d.]+ µs a context on: they (?:do not )?pay for|cannot be) /m,
    )
  })

  it('prints one line of JSON with --json', async () => {
    const folder = await createServices()
    const ran = await troupe(folder, 'bench', 'service', 'spin', '--data', '{"ms":2}', '--seconds', '1', '--json')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout.trim().split('\n')).toHaveLength(1)
    const bench = JSON.parse(ran.stdout) as BenchJson
    expect(bench).toMatchObject({ service_id: 'spin', workers: 2, failed: 0 })
    expect(bench.contexts).toBeGreaterThan(10)
    expect(bench.run_us).toBeGreaterThan(1_900)
    expect(bench.mean_chunk).toBeLessThan(2)
    expect(bench.pays).toBe(bench.threads_per_second > bench.loop_per_second)
    if (bench.cores > 1) expect(bench.break_even_us).toBeLessThan(bench.run_us)
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
