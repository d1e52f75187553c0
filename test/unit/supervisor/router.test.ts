import { describe, expect, it } from 'vitest'
import type { TroupeError } from '../../../src/contract/errors.ts'
import { type Router, route } from '../../../src/supervisor/router.ts'
import type { Service } from '../../../src/supervisor/service.ts'

function routerOf(...ids: readonly string[]): Router {
  return new Map(ids.map((id) => [id, { plan: { id } } as unknown as Service]))
}

const router = routerOf('simulation', 'pre-calibration', 'constructor')

function refusal(context: unknown, of: Router = router): TroupeError {
  try {
    route(of, context)
  } catch (error) {
    return error as TroupeError
  }
  return expect.fail('it was routed')
}

describe('route', () => {
  it('finds the service that a context names', () => {
    expect(route(router, { service_id: 'simulation' })).toBe(router.get('simulation'))
    expect(route(router, { service_id: 'constructor' })).toBe(router.get('constructor'))
  })

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['simulation', 'string'],
    [7, 'number'],
    [() => 1, 'function'],
    [[{ service_id: 'simulation' }], 'an array'],
  ])('refuses what is no object: %s', (context, kind) => {
    expect(refusal(context)).toMatchObject({
      code: 'CONTEXT_INVALID',
      outcome: 'not_started',
      message: `A context must be an object with service_id, not ${kind}`,
    })
  })

  it.each<[string, object]>([
    ['no service_id', {}],
    ['an empty one', { service_id: '' }],
    ['one that is a number', { service_id: 1 }],
    ['one that is an object', { service_id: { toString: () => 'simulation' } }],
    ['one that is null', { service_id: null }],
    ['an inherited one', Object.create({ service_id: 'simulation' }) as object],
  ])('refuses a context with %s, and lists what is registered', (_, context) => {
    const error = refusal(context)
    expect(error.code).toBe('CONTEXT_INVALID')
    expect(error.message).toContain('registered are simulation, pre-calibration, constructor')
  })

  it.each(['toString', '__proto__', 'valueOf', 'hasOwnProperty', 'prototype', 'size', 'get'])(
    'finds no service by the inherited name %s',
    (id) => {
      const context = JSON.parse(`{ "service_id": "${id}" }`) as unknown
      expect(refusal(context)).toMatchObject({
        code: 'SERVICE_NOT_FOUND',
        outcome: 'not_started',
        serviceId: id,
        details: { services: ['simulation', 'pre-calibration', 'constructor'] },
      })
      expect(refusal(context, routerOf()).code).toBe('SERVICE_NOT_FOUND')
    },
  )

  it('finds none that is registered as constructor where it is not', () => {
    expect(refusal({ service_id: 'constructor' }, routerOf('a')).code).toBe('SERVICE_NOT_FOUND')
  })

  it('names the service that comes nearest, where one does', () => {
    expect(refusal({ service_id: 'simulatoin' }).message).toMatch(/; did you mean simulation\?$/)
    expect(refusal({ service_id: 'payments' }).message).not.toContain('did you mean')
  })

  it('names twenty of many services and keeps a long name short', () => {
    const many = routerOf(...Array.from({ length: 1000 }, (_, index) => `service-${index}`))
    const error = refusal({ service_id: 'x'.repeat(1e6) }, many)
    expect(error.message).toContain('service-19 and 980 more')
    expect(error.message.length).toBeLessThan(700)
    expect(error.serviceId).toHaveLength(201)
    expect(refusal({ service_id: 'x' }, routerOf()).message).toBe('There is no service x; registered are none')
  })
})
