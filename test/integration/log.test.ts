import { describe, expect, onTestFinished, test } from 'vitest'
import { runProgram } from '../fixtures/node-program.ts'
import { fixture, keepingLog, started } from '../fixtures/supervised.ts'
import { voiceRoot as root, voiceServices as services } from '../fixtures/voice/services.ts'

describe('scope.log', () => {
  test("reaches the program's logger with service, request, worker and thread, in order", async () => {
    const { log, records } = keepingLog()
    const supervisor = await started({ services }, { root, workers: 1, logger: log, logLevel: 'info' })
    const before = Date.now()
    await supervisor.execute({ service_id: 'Logs', request_id: 'r' })
    await supervisor.close()
    const about = {
      service_id: 'Logs',
      request_id: 'r',
      worker: 1,
      thread: expect.any(Number) as number,
      at: expect.any(Number) as number,
    }
    expect(records).toMatchObject([
      // As they were when they were logged.
      { level: 'info', message: 'fields and a message', fields: { ...about, list: [1] } },
      { level: 'warn', message: 'a message', fields: about },
      {
        level: 'error',
        message: '',
        fields: { ...about, err: { name: 'RangeError', message: 'out of range', cause: { message: 'deeper' } } },
      },
    ])
    for (const { fields } of records) {
      expect(fields['thread']).toBeGreaterThan(0)
      expect(fields['at']).toBeGreaterThanOrEqual(before)
      expect(fields['at']).toBeLessThanOrEqual(Date.now())
    }
  })

  test('goes to stderr as JSON lines of pino where no logger is given', async () => {
    const { code, stdout, stderr } = await runProgram([fixture('voice/logs-to-stderr.mjs')])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    const about = { service_id: 'logs', request_id: 'r', worker: 1, time: expect.any(Number) as number }
    expect(lines).toMatchObject([
      { ...about, level: 30, msg: 'fields and a message', list: [1] },
      { ...about, level: 40, msg: 'a message' },
      { ...about, level: 50, err: { name: 'RangeError', message: 'out of range', cause: { message: 'deeper' } } },
    ])
    expect(stderr).not.toContain('"type":"Object"')
  })

  test.each([
    ['trace', ['trace', 'debug', 'info', 'warn', 'error', 'fatal'], true, 3],
    ['warn', ['warn', 'error', 'fatal'], false, 1],
    ['silent', [], false, 0],
  ] as const)('is filtered in the worker at %s', async (logLevel, enabled, touched, count) => {
    const { log, records } = keepingLog()
    const supervisor = await started({ services }, { root, workers: 1, logger: log, logLevel })
    expect(await supervisor.execute({ service_id: 'LogsBelow' })).toEqual({ touched, enabled })
    await supervisor.close()
    expect(records.filter(({ message }) => ['below', 'above'].includes(message))).toHaveLength(count)
  })

  test('drops what a busy supervisor cannot take, and counts it', async () => {
    const { log, records } = keepingLog()
    const supervisor = await started({ services }, { root, workers: 1, logger: log, logLevel: 'info' })
    const count = 100_000
    const done = new Int32Array(new SharedArrayBuffer(4))
    const flooded = supervisor.execute({ service_id: 'Floods', data: { count, done } })
    await new Promise((resolve) => setImmediate(resolve))
    // This thread does nothing until every record has been logged.
    expect(Atomics.wait(done, 0, 0, 8_000)).not.toBe('timed-out')
    expect(await flooded).toEqual({})
    await supervisor.close()
    const arrived = records.filter(({ message }) => message === 'flood')
    const { droppedLogRecords } = supervisor.stats()
    expect(arrived.length + droppedLogRecords).toBe(count)
    // What the worker may hold, and what may be on its way.
    expect(arrived.length).toBeLessThanOrEqual(1024 + 16 * 64)
    expect(arrived.map(({ fields }) => fields['n'])).toEqual(arrived.map((_, index) => index))
    const notices = records.filter(({ message }) => message === 'Log records were dropped')
    expect(notices.map(({ fields }) => fields['dropped'])).toEqual([droppedLogRecords])
  })
})

test('a logger that throws or rejects ends nothing, and is complained about once', async () => {
  const warnings: Error[] = []
  const keep = (warning: Error) => void warnings.push(warning)
  process.on('warning', keep)
  onTestFinished(() => void process.off('warning', keep))
  let calls = 0
  const fail = () => {
    if (++calls % 2) throw new Error('disk full')
    return Promise.reject(new Error('disk full'))
  }
  const logger = { trace: fail, debug: fail, info: fail, warn: fail, error: fail, fatal: fail }
  const supervisor = await started({ services }, { root, workers: 1, logger, logLevel: 'info' })
  supervisor.on('context:settled', () => {
    throw new Error('listener')
  })
  await supervisor.execute({ service_id: 'Logs', request_id: 'r' })
  expect(await supervisor.close()).toMatchObject({ zombies: 0 })
  expect(calls).toBeGreaterThan(3)
  expect(warnings.map(({ message }) => message)).toEqual(['The logger failed, and its record is lost: disk full'])
})
