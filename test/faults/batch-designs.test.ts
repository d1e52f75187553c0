import { mkdirSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ConfigProblem, ExperimentSummary, TroupeError } from 'troupe'
import { trialServices } from '../fixtures/experiments/experiments.ts'
import { ConfigFolder } from './config-folder.ts'
import { withTail } from './tail.ts'

const lines = (count: number) => Array.from({ length: count }, (_, at) => `{"scale":${at + 1}}`)
const rows = (count: number) => ['scale,label', ...Array.from({ length: count }, (_, at) => `${at + 1},p${at}`)]

/** Runs an experiment whose points are in a file. */
async function runOf(name: 'points.csv' | 'points.jsonl', content: string | Uint8Array): Promise<ExperimentSummary> {
  const folder = new ConfigFolder()
  onTestFinished(() => folder.remove())
  folder.write(name, content)
  const kind = name === 'points.csv' ? 'csv' : 'jsonl'
  const file = folder.write('experiment.json', {
    service_id: 'trial',
    design: { method: 'list', [kind]: name },
    metrics: { u: ['mean'] },
  })
  let summary: ExperimentSummary | undefined
  let error: unknown
  await withTail({ services: trialServices() }, { workers: 2 }, async (supervisor) => {
    await supervisor.run(file, { out: `${folder.path}/run` }).then(
      (value) => (summary = value),
      (thrown: unknown) => (error = thrown),
    )
  })
  if (summary === undefined) throw error
  return summary
}

async function problemsOf(name: 'points.csv' | 'points.jsonl', content: string | Uint8Array): Promise<string> {
  const error = (await runOf(name, content).catch((thrown: unknown) => thrown)) as TroupeError
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', outcome: 'not_started' })
  return (error.details as ConfigProblem[]).map(({ path, message }) => `${path}: ${message}`).join('\n')
}

describe('B09 points from a file', { timeout: 30_000 }, () => {
  test.each([
    [
      'in JSON, one line of which is none',
      'points.jsonl',
      [...lines(499), '{"scale": 5', ...lines(3)].join('\n'),
      /jsonl: .*line 500 /,
    ],
    [
      'in JSON, one line of which is a number',
      'points.jsonl',
      [...lines(499), '17', ...lines(3)].join('\n'),
      /jsonl: .*line 500 is no object/,
    ],
    [
      'in CSV, one row of which is too long',
      'points.csv',
      [...rows(498), '1,2,3', ...rows(3).slice(1)].join('\n'),
      /csv: .*line 500/,
    ],
    [
      'in CSV, with a quote that does not end',
      'points.csv',
      [...rows(498), '"1,2', ...rows(3).slice(1)].join('\n'),
      /csv: .*(line|Quote)/,
    ],
    ['in CSV, whose header has a name twice', 'points.csv', 'scale,scale\n1,2\n', /its header has "scale" twice/],
    ['that are no UTF-8', 'points.jsonl', Uint8Array.of(0x7b, 0xff, 0x7d), /jsonl: cannot be read/],
    ['in JSON with keys that pollute', 'points.jsonl', '{"__proto__":{"polluted":1}}\n', /jsonl: .*__proto__/],
  ] as const)('%s: the experiment is refused, with the place', async (_, name, content, problem) => {
    expect(await problemsOf(name, content)).toMatch(problem)
  })

  test.each([
    ['points.jsonl', ''],
    ['points.jsonl', '\n\n'],
    ['points.csv', ''],
    ['points.csv', 'scale\n'],
  ] as const)('that are none, in %s, are a design without points', async (name, content) => {
    expect(await problemsOf(name, content)).toMatch(/design.*has no point/)
  })

  const three = [{ scale: 1 }, { scale: 2 }, { scale: 3 }]
  test.each([
    ['JSON with CRLF', 'points.jsonl', lines(3).join('\r\n') + '\r\n', three],
    ['JSON without an end of the last line', 'points.jsonl', lines(3).join('\n'), three],
    ['JSON with a byte order mark', 'points.jsonl', `\uFEFF${lines(3).join('\n')}\n`, three],
    ['JSON with empty lines', 'points.jsonl', `\n${lines(3).join('\n\n')}\n\n`, three],
    ['CSV with CRLF', 'points.csv', 'scale\r\n1\r\n2\r\n3\r\n', three],
    ['CSV without an end of the last line', 'points.csv', 'scale\n1\n2\n3', three],
    ['CSV with a byte order mark', 'points.csv', '\uFEFFscale\n1\n2\n3\n', three],
    ['CSV with quoted cells', 'points.csv', '"scale"\n"1"\n2\n"3"\n', three],
    // B08: points have no ids; each line is a point of its own.
    ['JSON with the same point twice', 'points.jsonl', '{"scale":1}\n{"scale":1}\n', [{ scale: 1 }, { scale: 1 }]],
  ] as const)('%s are read as they are meant', async (_, name, content, expected) => {
    const summary = await runOf(name, content)
    expect(summary.points.map(({ parameters }) => parameters)).toEqual(expected)
    expect(summary.failures.count).toBe(0)
  })

  test('a line of 20 MB is a point as any other', async () => {
    const long = 'x'.repeat(20 * 1024 * 1024)
    const summary = await runOf('points.jsonl', `{"scale":1,"text":"${long}"}\n{"scale":2}\n`)
    expect(summary.points.map(({ runs }) => runs)).toEqual([1, 1])
    expect((summary.points[0]!.parameters['text'] as string).length).toBe(long.length)
  })

  test('a file that is not there, or a folder, is a problem of the field that names it', async () => {
    const folder = new ConfigFolder()
    onTestFinished(() => folder.remove())
    mkdirSync(`${folder.path}/folder.csv`)
    await withTail({ services: trialServices() }, { workers: 1 }, async (supervisor) => {
      for (const csv of ['none.csv', 'folder.csv']) {
        const file = folder.write('experiment.json', {
          service_id: 'trial',
          design: { method: 'list', csv },
          metrics: { u: ['mean'] },
        })
        const error = (await supervisor.run(file).catch((thrown: unknown) => thrown)) as TroupeError
        expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
        expect((error.details as ConfigProblem[])[0]!.path).toBe('design.csv')
      }
      await expect(supervisor.run(`${folder.path}/none.json`)).rejects.toMatchObject({ code: 'CONFIG_NOT_FOUND' })
    })
  })
})

test('a budget that no timer would keep is refused, and so is a service that there is not', async () => {
  await withTail({ services: trialServices() }, { workers: 1 }, async (supervisor) => {
    const stop = { budget_ms: 2_147_483_648 }
    const run = supervisor.run({ service_id: 'trial', metrics: { u: ['mean'] }, stop })
    await expect(run).rejects.toMatchObject({ code: 'CONFIG_INVALID', details: [{ path: 'stop.budget_ms' }] })
    const other = supervisor.run({ service_id: 'tral', metrics: { u: ['mean'] } })
    await expect(other).rejects.toMatchObject({ code: 'SERVICE_NOT_FOUND' })
  })
})
