import { describe, expect, it } from 'vitest'
import { TroupeError } from '../../../src/contract/errors.ts'
import { logging } from '../../../src/middleware/logging.ts'
import { keepingLog, makeHost, stand } from './stage.ts'

const clock = () => {
  let now = 1000
  return () => (now += 2.5)
}

describe('logging', () => {
  it('writes started and completed with the duration, and returns the value', async () => {
    const { log, records } = keepingLog()
    expect(await stand(logging({}, makeHost(), clock())).run({}, { log })).toBe('value')
    expect(records).toEqual([
      ['info', 'started'],
      ['info', { duration_ms: 2.5 }, 'completed'],
    ])
  })

  it('writes at the level it is given', async () => {
    const { log, records } = keepingLog()
    await stand(logging({ level: 'debug' }, makeHost())).run({}, { log })
    expect(records.map(([level]) => level)).toEqual(['debug', 'debug'])
  })

  it.each(['info', 'error'] as const)(
    'writes failed with the error in plain fields, above %s, and throws it',
    async (level) => {
      const { log, records } = keepingLog(level)
      const failure = new TroupeError('COMPONENT_FAILED', 'Broke', {
        cause: Object.assign(new RangeError('Why'), { password: 'hunter2' }),
        details: { list: [{ Token: 'abc' }] },
      })
      const run = stand(logging({}, makeHost(), clock()), () => Promise.reject(failure)).run({}, { log })
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
    const { log, records } = keepingLog()
    const context = { authorization: 'Bearer x', data: { PIN: 1, paths: 10, apiKey: 'k' } }
    await stand(logging({ data: true, redact: ['pin'] }, makeHost())).run(context, { log })
    expect(records[0]).toEqual([
      'info',
      { context: { authorization: '[redacted]', data: { PIN: '[redacted]', paths: 10, apiKey: '[redacted]' } } },
      'started',
    ])
  })

  it('reads neither clock nor context when nothing would be kept', async () => {
    const { log, records } = keepingLog('silent')
    const never = () => expect.fail('it read the clock')
    const secret = {
      get data(): never {
        return expect.fail('it read the context')
      },
    }
    const middleware = logging({ data: true }, makeHost(), never)
    const context = Object.assign(Object.create(secret), { service_id: 'pricing', request_id: 'r' }) as never
    expect(await middleware(context, async () => 'value', { log } as never)).toBe('value')
    expect(records).toEqual([])
  })
})
