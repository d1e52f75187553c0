import { describe, expect, it, vi } from 'vitest'
import { validation } from '../../../src/middleware/validation.ts'
import { stand } from './stage.ts'

describe('validation', () => {
  it.each<[string, object, string[]]>([
    ['an absent field', { data: {} }, ['data.spot', 'user']],
    ['undefined', { data: { spot: undefined }, user: undefined }, ['data.spot', 'user']],
    ['an inherited field', { data: Object.create({ spot: 1 }), user: 'u' }, ['data.spot']],
    ['a field of null', { data: null, user: 'u' }, ['data.spot']],
  ])('refuses %s with INPUT_INVALID that lists what is missing', async (_, fields, missing) => {
    const { run, terminal } = stand(validation({ required_fields: ['data.spot', 'user'] }))
    await expect(run(fields)).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      outcome: 'not_started',
      serviceId: 'pricing',
      requestId: 'r-1',
      details: { issues: missing.map((path) => ({ path, message: 'is required' })) },
    })
    expect(terminal).not.toHaveBeenCalled()
  })

  it('lets a context pass whose required fields are there, null and 0 included', async () => {
    const { run } = stand(validation({ required_fields: ['data.spot', 'user'] }))
    expect(await run({ data: { spot: 0 }, user: null })).toBe('value')
  })

  it('refuses a context above max_payload_bytes, before the component runs', async () => {
    const { run, terminal } = stand(validation({ max_payload_bytes: 500 }))
    await expect(run({ data: 'x'.repeat(500) })).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      outcome: 'not_started',
      details: { payload: 'context', max_payload_bytes: 500 },
    })
    expect(terminal).not.toHaveBeenCalled()
    expect(await run({ data: 'x'.repeat(100) })).toBe('value')
  })

  it('refuses a result above max_payload_bytes as failed', async () => {
    const { run } = stand(validation({ max_payload_bytes: 500 }), () => new Float64Array(100))
    await expect(run()).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      outcome: 'failed',
      details: { payload: 'result' },
    })
  })

  it('asks a worker to check schemas, before the component runs', async () => {
    const order: string[] = []
    const { run } = stand(validation({}), () => order.push('component'))
    await run({}, { checkSchemas: () => order.push('checkSchemas') })
    expect(order).toEqual(['checkSchemas', 'component'])
  })

  it('does not ask for schemas when the context is refused anyway', async () => {
    const checkSchemas = vi.fn()
    const { run } = stand(validation({ required_fields: ['user'] }))
    await expect(run({}, { checkSchemas })).rejects.toMatchObject({ code: 'INPUT_INVALID' })
    expect(checkSchemas).not.toHaveBeenCalled()
  })
})
