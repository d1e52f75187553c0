import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { ended, said, start, troupe } from './command-line.ts'
import { createExperiment, draws } from './experiment-folder.ts'

// Whole programs, several a test, beside others on the same cores.
vi.setConfig({ testTimeout: 60_000 })

describe('troupe verify', () => {
  it('prints both digests, both times and the speed-up, writes nothing, and exits 0', async () => {
    const folder = await createExperiment()
    const ran = await troupe(folder, 'verify', 'x.json')
    expect(ran.code).toBe(0)
    const [, one, other, verdict] = ran.stdout.split('\n')
    expect(one).toMatch(/^1 worker +\d+\.\d\d s +[0-9a-f]{64}$/)
    expect(other).toMatch(/^\d+ workers +\d+\.\d\d s +[0-9a-f]{64}$/)
    expect(verdict).toMatch(
      /^The same numbers to the last bit: 3 points, 3,000 runs, [\d.]+ times as fast on \d+ workers$/,
    )
  })

  it('prints one line of JSON with --json', async () => {
    const folder = await createExperiment()
    const ran = await troupe(folder, 'verify', 'x.json', '--workers', '3', '--json')
    expect(JSON.parse(ran.stdout)).toMatchObject({ same: true, computed: [{ workers: 1 }, { workers: 3 }] })
  })

  it('finds numbers that depend on the worker, says where, and exits 1', async () => {
    const components = `export class Draw { execute(_, scope) { return { value: scope.worker } } }`
    const folder = await createExperiment(
      { ...draws, block_size: 8 },
      {
        'components.mjs': components,
        'services.json': JSON.stringify({ services: { draw: { module: './components.mjs', class: 'Draw' } } }),
      },
    )
    const ran = await troupe(folder, 'verify', 'x.json', '--workers', '2')
    expect(ran.code).toBe(1)
    expect(ran.stdout).toMatch(/^OTHER NUMBERS: point \d \(\{"shift":\d\}\): value mean is 1 and 1\.\d+$/m)
  })

  it('refuses to compare where the service runs on a pool whose workers it cannot choose', async () => {
    const services = { draw: { module: './components.mjs', class: 'Draw', pool: 'own' } }
    const config = { pools: { own: { workers: 2 } }, services }
    const folder = await createExperiment(draws, { 'services.json': JSON.stringify(config) })
    const ran = await troupe(folder, 'verify', 'x.json')
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(said(ran)).toMatch(/Service draw runs on a pool of its own, with 2 workers .*--config/)
  })

  it.each([
    [['x.json', '--workers', '1'], 'Not a whole number from 2'],
    [['absent.json'], 'CONFIG_NOT_FOUND'],
  ])('refuses %j with exit code 1', async (args, message) => {
    const ran = await troupe(await createExperiment(), 'verify', ...args)
    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(message) as string })
  })
})

describe('troupe replay', () => {
  const withRows = { ...draws, outputs: ['summary.json', 'runs.csv'] }

  async function createRun(experiment: object = withRows): Promise<string> {
    const folder = await createExperiment(experiment)
    await troupe(folder, 'run', 'x.json', '--out', 'out')
    return folder
  }

  it('computes one run again, without the experiment’s file, to what was recorded', async () => {
    const folder = await createRun()
    await writeFile(join(folder, 'x.json'), '')
    const ran = await troupe(folder, 'replay', 'out', '--run', '2345', '--json')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    const { result, ...rest } = JSON.parse(ran.stdout) as { result: { value: number } }
    expect(rest).toMatchObject({
      run: 2345,
      context: { service_id: 'draw', run: 2345, point: 2, replication: 345, data: { shift: 2 } },
      recorded: { value: result.value },
      differences: [],
      warnings: [],
    })
    const row = readFileSync(join(folder, 'out/runs.csv'), 'utf8').split(/\r?\n/)[2346]
    expect(row).toContain(`2345,2,345,2,${result.value}`)
  })

  it('computes the run as it was among the others, whatever middleware around experiments would make of one', async () => {
    const shifting = `export default () => (context, next) => next({ ...context, data: { ...context.data, shift: 9 } })`
    const services = { draw: { module: './components.mjs', class: 'Draw' } }
    const middleware = [{ name: 'shifting', module: './shifting.mjs', side: 'supervisor' }]
    const folder = await createExperiment(withRows, {
      'shifting.mjs': shifting,
      'services.json': JSON.stringify({ services, middleware }),
    })
    await troupe(folder, 'run', 'x.json', '--out', 'out')
    const ran = await troupe(folder, 'replay', 'out', '--run', '3', '--json')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(ran.stdout)).toMatchObject({ differences: [], warnings: [] })
  })

  it('prints its place, its data, its result and what was recorded', async () => {
    const ran = await troupe(await createRun(), 'replay', 'out', '--run', '0')
    expect(ran.stdout).toMatch(
      /^run 0 of draw: point 0, replication 0\ndata {6}\{.*"shift":0\}\nresult {4}\{\n {2}"value": [\d.]+\n\}\nrecorded {2}\{"value":[\d.]+\}\n$/,
    )
  })

  it('warns where components have changed since, and where the result differs', async () => {
    const folder = await createRun()
    const changed = readFileSync(join(folder, 'components.mjs'), 'utf8').replace('data.shift +', '10 + data.shift +')
    await writeFile(join(folder, 'components.mjs'), changed)
    const ran = await troupe(folder, 'replay', 'out', '--run', '1')
    expect(ran.code).toBe(0)
    expect(said(ran)).toMatch(/^troupe: warning: .*components\.mjs.*$/m)
    expect(said(ran)).toMatch(/^troupe: warning: value was recorded as 0\.\d+, and is 10\.\d+ now$/m)
  })

  it('shows the error of a run that fails, and exits 2', async () => {
    const folder = await createRun({ ...withRows, data: { failing_from: 9, failing_to: 10 } })
    const ran = await troupe(folder, 'replay', 'out', '--run', '9')
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/COMPONENT_FAILED: .*cannot take run 9/)
    expect(ran.stdout).toContain('recorded  as failed\n')
  })

  it('waits for a debugger with --inspect', async () => {
    const folder = await createRun()
    const child = start(folder, 'replay', 'out', '--run', '0', '--inspect')
    const end = ended(child)
    let stderr = ''
    child.stderr.on('data', (text: string) => (stderr += text))
    await vi.waitFor(() => expect(stderr).toMatch(/ws:\/\/127\.0\.0\.1|could not be opened/), { timeout: 20_000 })
    child.kill('SIGKILL')
    expect(await end).toMatchObject({ stdout: '' })
  })

  it.each([
    [['out', '--run', '3000'], /3000/],
    [['out', '--run', '-1'], /Not a whole number from 0/],
    [['out'], /required option '--run <n>'/],
    [['absent', '--run', '0'], /RUN_NOT_FOUND/],
  ])('refuses %j with exit code 1', async (args, message) => {
    const ran = await troupe(await createRun(), 'replay', ...args)
    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(message) as string })
    expect(ran.stderr).not.toMatch(/\n {4}at /)
  })
})
