import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createFolder, ended, startShell, troupe, troupeReading } from './command-line.ts'

describe('troupe exec: the result', () => {
  it('prints it indented, and with --json on one line', async () => {
    const folder = await createFolder()
    const pretty = await troupe(folder, 'exec', 'picky', '--data', '{"n":7}')
    expect(pretty).toMatchObject({ code: 0, stdout: '{\n  "n": 7\n}\n' })
    const line = await troupe(folder, 'exec', 'picky', '--data', '{"n":7}', '--json')
    expect(line).toMatchObject({ code: 0, stdout: '{"n":7}\n' })
  })

  it('is the same with --inline', async () => {
    const folder = await createFolder()
    const inline = await troupe(folder, 'exec', 'picky', '--data', '{"n":7}', '--inline', '--json')
    expect(inline).toMatchObject({ code: 0, stdout: '{"n":7}\n' })
  })

  it.each([
    ['typed array', '{"prices":[1.5,2]}'],
    ['date', '{"at":"1970-01-01T00:00:00.000Z"}'],
    ['nothing', 'null'],
    ['undefined field', '{"b":1}'],
  ])('prints %s as %s', async (kind, text) => {
    const ran = await troupe(await createFolder(), 'exec', 'returns', '--data', JSON.stringify(kind), '--json')
    expect(ran).toMatchObject({ code: 0, stdout: `${text}\n` })
  })

  it.each([
    ['bigint', 'result.ids[0] is a bigint'],
    ['map', 'result.index is a Map'],
    ['set', 'result[0] is a Set'],
    ['nan', 'result["a b"][1] is NaN'],
    ['infinity', 'result is Infinity'],
    ['nan in a typed array', 'result.prices[3] is NaN'],
    ['undefined item', 'result[1] is undefined'],
    ['invalid date', 'result.at is an invalid Date'],
    ['deep', 'is nested deeper than 1000 levels'],
    ['circular', 'contains itself'],
  ])('refuses %s, since %s, with exit code 2', async (kind, message) => {
    const ran = await troupe(await createFolder(), 'exec', 'returns', '--data', JSON.stringify(kind), '--json')
    expect(ran.code).toBe(2)
    const { error } = JSON.parse(ran.stdout) as { error: { code: string; message: string; outcome: string } }
    expect(error).toMatchObject({ code: 'RESULT_NOT_SERIALIZABLE', outcome: 'failed' })
    expect(error.message).toContain(message)
  })
})

describe('troupe exec: the context', () => {
  it('reads --data from a file with a byte order mark, and from stdin', async () => {
    const folder = await createFolder({ 'given.json': '\uFEFF{"from":"file"}' })
    const file = await troupe(folder, 'exec', 'echo', '--data', '@given.json', '--json')
    expect(JSON.parse(file.stdout)).toMatchObject({ data: { from: 'file' } })
    const stdin = await troupeReading('{"from":"stdin"}', folder, 'exec', 'echo', '--data', '-', '--json')
    expect(JSON.parse(stdin.stdout)).toMatchObject({ data: { from: 'stdin' } })
  })

  it('takes the other fields from --context, and the request id from --request-id', async () => {
    const folder = await createFolder()
    const context = '{"label":"blue","request_id":"overridden"}'
    const ran = await troupe(folder, 'exec', 'echo', '--context', context, '--request-id', 'r-1', '--json')
    expect(JSON.parse(ran.stdout)).toEqual({ data: null, request_id: 'r-1', label: 'blue' })
  })

  it('repeats its random numbers with --seed', async () => {
    const folder = await createFolder()
    const first = await troupe(folder, 'exec', 'random', '--seed', '7', '--json')
    const second = await troupe(folder, 'exec', 'random', '--seed', '7', '--json')
    const other = await troupe(folder, 'exec', 'random', '--seed', '8', '--json')
    expect(first).toMatchObject({ code: 0, stdout: second.stdout })
    expect(other.stdout).not.toBe(first.stdout)
  })

  it.each([
    [['--data', '{oops'], /--data is no JSON/],
    [['--data', ''], /--data is no JSON: it is empty/],
    [['--data', '@absent.json'], /Cannot read --data \(absent\.json\): ENOENT/],
    [['--data', '@latin1.json'], /not UTF-8/],
    [['--context', '[1]'], /--context must be a JSON object/],
    [['--context', '{"service_id":"other"}'], /another service_id/],
    [['--data', '-', '--context', '-'], /Only one of/],
    [['--seed', '1.5'], /whole number/],
    [['--timeout-ms', '2147483648'], /whole number/],
    [['--workers', '0'], /whole number/],
  ])('refuses %j with exit code 1', async (args, message) => {
    const folder = await createFolder()
    await writeFile(join(folder, 'latin1.json'), Buffer.from([0x22, 0xe9, 0x22]))
    const ran = await troupe(folder, 'exec', 'echo', ...args)
    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(message) as string })
    expect(ran.stderr).not.toMatch(/\n {4}at /)
  })
})

describe('troupe exec: failures', () => {
  it('prints what a component threw, how far it had come and what to do, and exits 2', async () => {
    const ran = await troupe(await createFolder(), 'exec', 'picky', '--data', '{"n":3,"fail":true}')
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toMatch(/^troupe: COMPONENT_FAILED: .*cannot take 3/m)
    expect(ran.stderr).toMatch(/service +picky/)
    expect(ran.stderr).toMatch(/outcome +failed/)
    expect(ran.stderr).toMatch(/RangeError: cannot take 3\n.*components\.mjs/)
    expect(ran.stderr).toMatch(/what to do/)
  })

  it('prints {"error": …} on stdout with --json', async () => {
    const args = ['--data', '{"n":3,"fail":true}', '--request-id', 'r-9', '--json']
    const ran = await troupe(await createFolder(), 'exec', 'picky', ...args)
    expect(ran.code).toBe(2)
    expect(JSON.parse(ran.stdout)).toMatchObject({
      error: {
        code: 'COMPONENT_FAILED',
        outcome: 'failed',
        service_id: 'picky',
        request_id: 'r-9',
        cause: { name: 'RangeError', message: 'cannot take 3' },
      },
    })
  })

  it('exits 2 where the thread crashes, with the outcome unknown', async () => {
    const ran = await troupe(await createFolder(), 'exec', 'crash', '--json')
    expect(ran.code).toBe(2)
    expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: 'WORKER_CRASHED', outcome: 'unknown' } })
  })

  it('exits 1 for an unknown service, and names those that are registered', async () => {
    const ran = await troupe(await createFolder(), 'exec', 'pikky')
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toMatch(/SERVICE_NOT_FOUND.*picky/)
  })

  it('exits 1 without a configuration, naming the file', async () => {
    const ran = await troupe(await createFolder(), 'exec', 'echo', '--config', 'absent.json')
    expect(ran.code).toBe(1)
    expect(ran.stderr).toMatch(/CONFIG_NOT_FOUND.*absent\.json/)
  })

  it('ends without a trace where the reader of stdout has gone', async () => {
    const folder = await createFolder()
    const ran = await ended(startShell(folder, '{ $troupe exec echo; echo "exit $?" >&2; } | true'))
    expect(ran.stderr).toMatch(/exit (0|1)/)
    expect(ran.stderr).not.toMatch(/\n {4}at /)
  })

  it('exits 1 where stdout is full', async () => {
    const ran = await ended(startShell(await createFolder(), '$troupe exec echo > /dev/full'))
    expect(ran.code).toBe(1)
    expect(ran.stderr).toMatch(/Cannot write to stdout: ENOSPC/)
  })
})

describe('troupe', () => {
  it('suggests the command or the option that was meant, and exits 1', async () => {
    const folder = await createFolder()
    const command = await troupe(folder, 'exce', 'echo')
    expect(command).toMatchObject({ code: 1, stderr: expect.stringContaining('Did you mean exec') as string })
    const option = await troupe(folder, 'exec', 'echo', '--dat', '1')
    expect(option).toMatchObject({ code: 1, stderr: expect.stringContaining('Did you mean --data') as string })
  })

  it.each(['exec', 'batch', 'services', 'check'])('%s --help lists --config and --json', async (name) => {
    const ran = await troupe(await createFolder(), name, '--help')
    expect(ran.code).toBe(0)
    expect(ran.stdout).toMatch(/--config <file>[^]*--json/)
  })
})
