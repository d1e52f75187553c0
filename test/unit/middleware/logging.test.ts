import { describe, expect, it } from 'vitest'
import { TroupeError } from '../../../src/contract/errors.ts'
import type { LogThreshold } from '../../../src/contract/log.ts'
import { logging } from '../../../src/middleware/logging.ts'
import { keepingLog, makeHost, stand } from './stage.ts'

const clock = () => {
  let now = 1000
  return () => (now += 2.5)
}

/** The middleware's own log and that of each execution have one level, as in a supervisor. */
const logs = (threshold: LogThreshold = 'trace') => ({
  ...keepingLog(threshold),
  host: makeHost('supervisor', keepingLog(threshold)),
})

describe('logging', () => {
  it('writes started and completed with the duration, and returns the value', async () => {
    const { log, records, host } = logs()
    expect(await stand(logging({}, host, clock())).run({}, { log })).toBe('value')
    expect(records).toEqual([
      ['info', 'started'],
      ['info', { duration_ms: 2.5 }, 'completed'],
    ])
  })

  it('writes at the level it is given', async () => {
    const { log, records, host } = logs()
    await stand(logging({ level: 'debug' }, host)).run({}, { log })
    expect(records.map(([level]) => level)).toEqual(['debug', 'debug'])
  })

  it.each(['info', 'error'] as const)(
    'writes failed with the error in plain fields, above %s, and throws it',
    async (level) => {
      const { log, records, host } = logs(level)
      const failure = new TroupeError('COMPONENT_FAILED', 'Broke', {
        cause: Object.assign(new RangeError('Why'), { password: 'hunter2' }),
        details: { list: [{ Token: 'abc' }] },
      })
      const run = stand(logging({}, host, clock()), () => Promise.reject(failure)).run({}, { log })
      await expect(run).rejects.toBe(failure)
      const last = records.at(-1)!
      expect(last).toMatchObject([
        'error',
        {
          duration_ms: 2.5,
          error: {
            code: 'COMPONENT_FAILED',
            outcome: 'failed',
            message: 'Broke',
            cause: { name: 'RangeError', message: 'Why', password: '[redacted]' },
            details: { list: [{ Token: '[redacted]' }] },
          },
        },
        'failed',
      ])
      expect(structuredClone(last)).toEqual(last)
    },
  )

  it('includes the redacted fields of the context with data: true', async () => {
    const { log, records, host } = logs()
    const context = { authorization: 'Bearer x', data: { PIN: 1, paths: 10, apiKey: 'k' } }
    await stand(logging({ data: true, redact: ['pin'] }, host)).run(context, { log })
    expect(records[0]).toEqual([
      'info',
      { context: { authorization: '[redacted]', data: { PIN: '[redacted]', paths: 10, apiKey: '[redacted]' } } },
      'started',
    ])
  })

  it('reads neither clock nor context when nothing would be kept', async () => {
    const { log, records, host } = logs('silent')
    const never = () => expect.fail('it read the clock')
    const secret = {
      get data(): never {
        return expect.fail('it read the context')
      },
    }
    const middleware = logging({ data: true }, host, never)
    const context = Object.assign(Object.create(secret), { service_id: 'pricing', request_id: 'r' }) as never
    expect(await middleware(context, async () => 'value', { log } as never)).toBe('value')
    expect(records).toEqual([])
  })
})
