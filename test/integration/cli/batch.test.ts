import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createFolder, readLines, troupe, troupeReading } from './command-line.ts'

const inputOutput = ['--input', 'contexts.jsonl', '--out', 'results.jsonl']

function contexts(count: number, data: (index: number) => unknown): string {
  return Array.from({ length: count }, (_, index) => `${JSON.stringify({ data: data(index) })}\n`).join('')
}

describe('troupe batch: order and failures', () => {
  it('writes one line for each input line, in input order, however long each takes', async () => {
    const folder = await createFolder({ 'contexts.jsonl': contexts(40, (index) => ({ ms: index % 2 === 0 ? 20 : 0 })) })
    const ran = await troupe(folder, 'batch', 'slow', ...inputOutput, '--workers', '4')
    expect(ran).toMatchObject({ code: 0, stdout: '' })
    expect(ran.stderr).toMatch(/^troupe: 40 lines, 0 failed, in .* results in results\.jsonl$/m)
    const lines = await readLines(folder, 'results.jsonl')
    expect(lines).toEqual(
      Array.from({ length: 40 }, (_, index) => ({
        line: index + 1,
        request_id: `line-${index + 1}`,
        ok: true,
        value: { ms: index % 2 === 0 ? 20 : 0 },
      })),
    )
  })

  it('writes failures in their place, and again to a file of their own, and exits 2', async () => {
    const folder = await createFolder({ 'contexts.jsonl': contexts(5, (n) => ({ n, fail: n % 2 === 1 })) })
    const ran = await troupe(folder, 'batch', 'picky', ...inputOutput)
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/5 lines, 2 failed.*failures in results\.jsonl\.failures\.jsonl/)
    const lines = await readLines(folder, 'results.jsonl')
    expect(lines.map(({ line, ok }) => [line, ok])).toEqual([1, 2, 3, 4, 5].map((line) => [line, line % 2 === 1]))
    const failures = await readLines(folder, 'results.jsonl.failures.jsonl')
    expect(failures).toEqual(lines.filter(({ ok }) => ok === false))
    expect(failures[0]).toMatchObject({
      line: 2,
      request_id: 'line-2',
      ok: false,
      error: { code: 'COMPONENT_FAILED', outcome: 'failed', cause: { name: 'RangeError', message: 'cannot take 1' } },
    })
  })

  it('makes each line that is no context a failure with its line number, and runs the others', async () => {
    const input = Buffer.concat([
      Buffer.from('\uFEFF{"data":{"n":1}}\r\n'),
      Buffer.from('{"data":\n'),
      Buffer.from('\n  \r\n'),
      Buffer.from([0x7b, 0xff, 0x7d, 0x0a]),
      Buffer.from('[1]\nnull\n7\n'),
      Buffer.from('{"service_id":"echo","data":{"n":2}}\n'),
      Buffer.from('{"service_id":"picky","request_id":"mine","data":{"n":3}}\n'),
      Buffer.from('{"request_id":4,"data":{"n":4}}\n'),
      Buffer.from('{"data":{"n":"\u2028"}}'),
    ])
    const folder = await createFolder()
    await writeFile(join(folder, 'contexts.jsonl'), input)
    const ran = await troupe(folder, 'batch', 'picky', ...inputOutput)
    expect(ran.code).toBe(2)
    const lines = await readLines(folder, 'results.jsonl')
    expect(lines.map(({ line, request_id: id, ok }) => [line, id, ok])).toEqual([
      [1, 'line-1', true],
      [2, 'line-2', false],
      [5, 'line-5', false],
      [6, 'line-6', false],
      [7, 'line-7', false],
      [8, 'line-8', false],
      [9, 'line-9', false],
      [10, 'mine', true],
      [11, 'line-11', false],
      [12, 'line-12', true],
    ])
    const failures = await readLines(folder, 'results.jsonl.failures.jsonl')
    const messages = failures.map(({ error }) => error as { code: string; message: string; outcome: string })
    for (const { code, outcome } of messages) expect([code, outcome]).toEqual(['CONTEXT_INVALID', 'not_started'])
    expect(messages[0]?.message).toMatch(/^Line 2 is no JSON/)
    expect(messages[1]?.message).toBe('Line 5 is not UTF-8 text')
    expect(messages[5]?.message).toBe('Line 9 names another service_id than picky: "echo"')
    expect(lines.at(-1)).toMatchObject({ value: { n: '\u2028' } })
  })

  it('makes a result that JSON cannot express a failure of its line', async () => {
    const folder = await createFolder({ 'contexts.jsonl': '{"data":"date"}\n{"data":"map"}\n{"data":"nothing"}\n' })
    const ran = await troupe(folder, 'batch', 'returns', ...inputOutput)
    expect(ran.code).toBe(2)
    expect(await readLines(folder, 'results.jsonl')).toMatchObject([
      { ok: true, value: { at: '1970-01-01T00:00:00.000Z' } },
      {
        ok: false,
        error: { code: 'RESULT_NOT_SERIALIZABLE', message: expect.stringContaining('result.index') as string },
      },
      { ok: true, value: null },
    ])
  })

  it('loses only the line that takes its thread down', async () => {
    const crash = '{"data":{"n":1,"fail":false}}\n'
    const folder = await createFolder({ 'contexts.jsonl': crash.repeat(3) })
    const ran = await troupe(folder, 'batch', 'crash', ...inputOutput)
    expect(ran.code).toBe(2)
    expect(await readLines(folder, 'results.jsonl')).toMatchObject([
      { line: 1, error: { code: 'WORKER_CRASHED' } },
      { line: 2, ok: false },
      { line: 3, ok: false },
    ])
  })

  it('gives a line the same random numbers in every run, since its request id is its number', async () => {
    const folder = await createFolder({ 'contexts.jsonl': '{}\n{}\n{}\n' })
    const first = await troupe(folder, 'batch', 'random', '--input', 'contexts.jsonl', '--out', '-')
    const second = await troupe(folder, 'batch', 'random', '--input', 'contexts.jsonl', '--out', '-', '--workers', '2')
    expect(first).toMatchObject({ code: 0, stdout: second.stdout })
    expect(new Set(first.stdout.split('\n').map((line) => /"uniform":(.*)}/.exec(line)?.[1])).size).toBe(4)
  })
})

describe('troupe batch: streams', () => {
  it('reads stdin and writes stdout, failures included', async () => {
    const ran = await troupeReading(
      '{"data":{"n":1}}\noops',
      await createFolder(),
      'batch',
      'picky',
      '--input',
      '-',
      '--out',
      '-',
    )
    expect(ran.code).toBe(2)
    const lines = ran.stdout.trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { ok: boolean }).ok)).toEqual([true, false])
  })

  it('prints its summary as JSON with --json', async () => {
    const folder = await createFolder({ 'contexts.jsonl': '{"data":{"n":1}}\noops\n' })
    const ran = await troupe(folder, 'batch', 'picky', ...inputOutput, '--json')
    expect(JSON.parse(ran.stdout)).toMatchObject({
      lines: 2,
      ok: 1,
      failed: 1,
      out: 'results.jsonl',
      failures: 'results.jsonl.failures.jsonl',
    })
  })

  it.each(['', '\n\n', '\uFEFF'])('runs nothing for %j, writes an empty file and exits 0', async (input) => {
    const folder = await createFolder({ 'contexts.jsonl': input })
    const ran = await troupe(folder, 'batch', 'picky', ...inputOutput)
    expect(ran.code).toBe(0)
    expect(await readLines(folder, 'results.jsonl')).toEqual([])
  })

  it('runs thirty thousand lines in order', { timeout: 60_000 }, async () => {
    const folder = await createFolder({ 'contexts.jsonl': contexts(30_000, (n) => ({ n })) })
    const ran = await troupe(folder, 'batch', 'picky', ...inputOutput, '--workers', '2')
    expect(ran).toMatchObject({ code: 0 })
    const lines = await readLines(folder, 'results.jsonl')
    expect(lines.length).toBe(30_000)
    expect(lines.every(({ line, value }, index) => line === index + 1 && (value as { n: number }).n === index)).toBe(
      true,
    )
  })
})
