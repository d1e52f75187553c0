import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { ended, said, saying, start, startShell, troupe } from './command-line.ts'
import { computing, createExperiment, draws, undisturbedNumbers, slowDraws, summaryOf } from './experiment-folder.ts'

// Whole programs, several a test, beside others on the same cores.
vi.setConfig({ testTimeout: 60_000 })

const outputs = ['summary.json', 'runs.csv']

describe('troupe run', () => {
  it('prints a table of the points, the numbers and what it wrote, and exits 0', async () => {
    const folder = await createExperiment({ ...draws, outputs })
    const ran = await troupe(folder, 'run', 'x.json', '--out', 'out')
    expect(ran.code).toBe(0)
    const lines = ran.stdout.split('\n')
    expect(lines[0]).toMatch(/^x: service draw, 3 points \(grid\), 3,000 runs, \d+\.\d\d s$/)
    expect(lines[2]).toMatch(/^ +value$/)
    expect(lines[3]).toMatch(/^shift +runs +mean +ci95 +p50$/)
    expect(lines.slice(4, 7).map((line) => line.trim().split(/ +/).slice(0, 2))).toEqual([
      ['0', '1,000'],
      ['1', '1,000'],
      ['2', '1,000'],
    ])
    expect(ran.stdout).toMatch(/^reproducible {2}yes/m)
    expect(ran.stdout).toContain('written       summary.json, runs.csv in out\n')
    const summary = JSON.parse(readFileSync(join(folder, 'out/summary.json'), 'utf8')) as { numbers: string }
    expect(ran.stdout).toContain(`numbers       ${summary.numbers}\n`)
    expect(said(ran)).toMatch(
      /^troupe: writing to out; after an interruption go on with: node .* run x\.json --out out --resume\n/,
    )
  })

  it('makes a folder of its own below runs/ where none is named, and another for the next run', async () => {
    const folder = await createExperiment()
    const ran = await Promise.all([troupe(folder, 'run', 'x.json'), troupe(folder, 'run', 'x.json')])
    expect(ran.map(({ code }) => code)).toEqual([0, 0])
    const made = readdirSync(join(folder, 'runs'))
    expect(made).toHaveLength(2)
    for (const name of made) {
      expect(name).toMatch(/^x-\d{8}-\d{6}(?:-2)?$/)
      expect(existsSync(join(folder, 'runs', name, 'summary.json'))).toBe(true)
    }
  })

  it('prints the summary as one line of JSON with --json, as summary.json has it', async () => {
    const folder = await createExperiment()
    const ran = await troupe(folder, 'run', 'x.json', '--out', 'out', '--json')
    expect(ran.stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(summaryOf(ran)).toEqual(JSON.parse(readFileSync(join(folder, 'out/summary.json'), 'utf8')))
  })

  it('comes to the same numbers on any number of workers, and inline', async () => {
    const folder = await createExperiment()
    const how = [
      ['--workers', '1'],
      ['--workers', '3'],
      ['--engine', 'inline'],
    ]
    const numbers = await Promise.all(
      how.map(async (args) => summaryOf(await troupe(folder, 'run', 'x.json', ...args, '--json')).numbers),
    )
    expect(new Set(numbers).size).toBe(1)
  })

  it('exits 2 where runs failed, lists the first, and says how to run one alone', async () => {
    const folder = await createExperiment({ ...draws, data: { failing_from: 1_100, failing_to: 1_107 } })
    const ran = await troupe(folder, 'run', 'x.json', '--out', 'out')
    expect(ran.code).toBe(2)
    expect(ran.stdout).toMatch(/^shift +runs +failed/m)
    expect(ran.stdout).toContain('7 runs failed:\n  run 1100  COMPONENT_FAILED: ')
    expect(ran.stdout).toContain('  … and 2 more in out/failures.jsonl\n')
    expect(ran.stdout).toMatch(/^ {2}To run one alone: node \S+main\.js replay out --run 1100$/m)
  })

  it('leaves out of --json what was prepared where JSON cannot express it', async () => {
    // Without a shift it draws NaN.
    const folder = await createExperiment({ ...draws, prepare: { service_id: 'draw', into: 'prepared' } })
    const ran = await troupe(folder, 'run', 'x.json', '--json')
    expect(ran.code).toBe(0)
    expect(summaryOf(ran).points).toHaveLength(3)
    expect(summaryOf(ran)).not.toHaveProperty('prepared')
  })

  it('exits 0 where a time budget ended it, and says that the numbers depend on it', async () => {
    const folder = await createExperiment({ ...slowDraws, stop: { budget_ms: 500 } })
    const ran = await troupe(folder, 'run', 'x.json', '--out', 'out', '--workers', '1')
    expect(ran.code).toBe(0)
    expect(ran.stdout).toMatch(/^x: .* s; the time budget ended it\n/)
    expect(ran.stdout).toMatch(/^reproducible {2}no: .*budget/m)
  })

  it('exits 2 where so many runs failed that it ended', async () => {
    const data = { failing_from: 0, failing_to: 3_000 }
    const folder = await createExperiment({ ...draws, data, max_failures: 5 })
    const ran = await troupe(folder, 'run', 'x.json', '--out', 'out')
    expect(ran.code).toBe(2)
    expect(ran.stdout).toMatch(/^x: .* s; it ended at its limit of failed runs\n/)
  })

  it('computes again what failed, and nothing else, with --resume --failed-only', async () => {
    const folder = await createExperiment({ ...draws, data: { failing_from: 5, failing_to: 7 } })
    expect((await troupe(folder, 'run', 'x.json', '--out', 'out')).code).toBe(2)
    const mended = readFileSync(join(folder, 'components.mjs'), 'utf8').replace(
      'throw new RangeError',
      'void new RangeError',
    )
    await writeFile(join(folder, 'components.mjs'), mended)
    const changed = await troupe(folder, 'run', 'x.json', '--out', 'out', '--resume', '--failed-only')
    expect(changed).toMatchObject({ code: 1, stderr: expect.stringContaining('INPUT_CHANGED') as string })
    const again = await troupe(folder, 'run', 'x.json', '--out', 'out', '--resume', '--failed-only', '--force')
    expect(again.code).toBe(0)
    expect(again.stdout).not.toContain('failed')
  })

  it('tells a pipe how far it is in plain lines', async () => {
    const folder = await createExperiment(slowDraws)
    const child = start(folder, 'run', 'x.json', '--out', 'out', '--workers', '1')
    const end = ended(child)
    await saying(child, /^troupe: x: \d+%, [\d,]+ runs, value [\d.]+ ± [\d.]+.*\/s, \d of 3 points$/m)
    child.kill('SIGINT')
    expect((await end).stderr).not.toContain('\u001B')
  })

  it('draws one line over and over on a terminal, and leaves nothing of it', async () => {
    const folder = await createExperiment({ ...slowDraws, replications: 50 })
    const line = `script -qec "$troupe run x.json --out out --workers 1" /dev/null`
    const { code, stdout } = await ended(startShell(folder, line))
    expect(code).toBe(0)
    const drawn = stdout.split('\r\u001B[2K')
    expect(drawn.some((text) => /^x █*░+ +\d+% {2}[\d,]+ runs/.test(text))).toBe(true)
    expect(drawn.at(-1)).toMatch(/^x: service draw/)
  })

  it('stops without a trace where the reader of stdout has read enough, with all files written', async () => {
    const points = Array.from({ length: 2_000 }, (_, shift) => ({ shift }))
    const folder = await createExperiment({ ...draws, design: { method: 'list', points }, replications: 2 })
    const line = '{ $troupe run x.json --out out --json; echo "exit $?" >&2; } | head -c 10'
    const ran = await ended(startShell(folder, line))
    expect(ran.stdout).toBe('{"experime')
    expect(said(ran)).toMatch(/troupe: Cannot write to stdout: its reader has closed it \(EPIPE\)\nexit 1\n$/)
    expect(existsSync(join(folder, 'out/summary.json'))).toBe(true)
  })
})

describe('troupe run refuses', () => {
  it('what is misspelt, with the nearest name, and leaves no folder', async () => {
    const { replications: _, ...rest } = draws
    const folder = await createExperiment({ ...rest, replicatoins: 10, metrics: { value: ['maen'] } })
    const ran = await troupe(folder, 'run', 'x.json')
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toMatch(/CONFIG_INVALID.*x\.json/)
    expect(ran.stderr).toContain('replicatoins: is not a known key; did you mean "replications"?')
    expect(ran.stderr).not.toMatch(/\n {4}at /)
    expect(existsSync(join(folder, 'runs'))).toBe(false)
  })

  it('a service and a statistic that are not there', async () => {
    const folder = await createExperiment(
      { ...draws, service_id: 'drow' },
      { 'y.json': JSON.stringify({ ...draws, metrics: { value: ['maen'] } }) },
    )
    const service = await troupe(folder, 'run', 'x.json')
    expect(service).toMatchObject({ code: 1, stderr: expect.stringMatching(/drow.*did you mean draw\?/) as string })
    const statistic = await troupe(folder, 'run', 'y.json')
    expect(statistic).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/"maen".*did you mean "mean"\?/) as string,
    })
    expect(readdirSync(folder).toSorted()).toEqual(['components.mjs', 'services.json', 'x.json', 'y.json'])
  })

  it('a folder that holds a run', async () => {
    const folder = await createExperiment()
    await troupe(folder, 'run', 'x.json', '--out', 'out')
    const before = readFileSync(join(folder, 'out/summary.json'), 'utf8')
    const again = await troupe(folder, 'run', 'x.json', '--out', 'out')
    expect(again).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('RUN_EXISTS') as string })
    expect(again.stderr).toContain('--resume')
    expect(readFileSync(join(folder, 'out/summary.json'), 'utf8')).toBe(before)
  })

  it('a folder that another process computes in', async () => {
    const folder = await createExperiment(slowDraws)
    const first = start(folder, 'run', 'x.json', '--out', 'out')
    const end = ended(first)
    await computing(folder, 'out')
    const second = await troupe(folder, 'run', 'x.json', '--out', 'out', '--resume')
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining('RUN_LOCKED') as string })
    expect(second.stderr).toContain(String(first.pid))
    // It is not disturbed.
    first.kill('SIGINT')
    expect(await end).toMatchObject({ code: 130 })
  })

  it.each([
    [['x.json', '--resume'], '--resume needs --out'],
    [['x.json', '--failed-only'], '--failed-only needs --resume'],
    [['x.json', '--out', ''], '--out needs the path of a folder'],
    [['x.json', '--force'], '--force needs --resume'],
    [['x.json', '--engine', 'threds'], 'Not one of threads, inline'],
    [['x.json', '--workers', '0'], 'Not a whole number from 1'],
    [['absent.json'], 'CONFIG_NOT_FOUND'],
    [['services.json'], 'CONFIG_INVALID'],
    [['x.json', '--out', 'x.json'], 'WRITE_FAILED'],
    [['x.json', '--out', '/dev/full/x'], 'WRITE_FAILED'],
    [[], "missing required argument 'experiment'"],
  ])('%j with exit code 1', async (args, message) => {
    const folder = await createExperiment()
    const ran = await troupe(folder, 'run', ...args)
    expect([ran.code, ran.stdout]).toEqual([1, ''])
    expect(ran.stderr).toContain(message)
    expect(ran.stderr).not.toMatch(/\n {4}at /)
    expect(existsSync(join(folder, 'runs'))).toBe(false)
  })
})

describe('troupe run --resume', () => {
  it('goes on after SIGKILL, and comes to the numbers of an undisturbed run', async () => {
    const folder = await createExperiment(slowDraws)
    const child = start(folder, 'run', 'x.json', '--out', 'out')
    const end = ended(child)
    await computing(folder, 'out')
    child.kill('SIGKILL')
    expect(await end).toMatchObject({ signal: 'SIGKILL' })
    expect(existsSync(join(folder, 'out/summary.json'))).toBe(false)
    await writeFile(join(folder, 'quick'), '')
    const resumed = await troupe(folder, 'run', 'x.json', '--out', 'out', '--resume', '--workers', '1', '--json')
    expect(resumed.code).toBe(0)
    expect(summaryOf(resumed).numbers).toBe(await undisturbedNumbers())
  })

  it('has nothing to do where the run has ended, and prints the same', async () => {
    const folder = await createExperiment()
    const first = await troupe(folder, 'run', 'x.json', '--out', 'out')
    const again = await troupe(folder, 'run', 'x.json', '--out', 'out', '--resume')
    expect(again).toMatchObject({ code: 0, stdout: first.stdout })
  })

  it('begins a run where there is none', async () => {
    const folder = await createExperiment()
    expect(await troupe(folder, 'run', 'x.json', '--out', 'out', '--resume')).toMatchObject({ code: 0 })
  })
})
