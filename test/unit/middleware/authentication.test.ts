import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TroupeError } from '../../../src/contract/errors.ts'
import { authentication } from '../../../src/middleware/authentication.ts'
import { makeHost, stand } from './stage.ts'

const token = 'correct horse battery staple'
beforeEach(() => vi.stubEnv('TROUPE_TOKEN', token))
afterEach(() => void vi.unstubAllEnvs())

describe('authentication', () => {
  it.each([`Bearer ${token}`, `bearer ${token}`, `BEARER   ${token}`])(
    'lets %j pass and removes it from the context',
    async (authorization) => {
      const { run, terminal } = stand(authentication({}, makeHost()))
      expect(await run({ authorization, data: 1 })).toBe('value')
      expect(structuredClone(terminal.mock.calls[0]![0])).toEqual({ service_id: 'pricing', request_id: 'r-1', data: 1 })
    },
  )

  const wrong: unknown[] = [undefined, null, '', 7, token, 'Bearer', 'Bearer ', `Basic ${token}`, `Bearer${token}`]
  wrong.push(`Bearer ${token}x`, `Bearer ${token.slice(1)}`, `Bearer ${token.toUpperCase()}`, `Bearer x\n${token}`)
  wrong.push([`Bearer ${token}`], { toString: () => `Bearer ${token}` })

  it.each(wrong)('refuses %j with UNAUTHENTICATED and shows no token', async (authorization) => {
    const { run, terminal } = stand(authentication({}, makeHost()))
    const error = await run({ authorization }).catch((thrown: unknown) => thrown as TroupeError)
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', outcome: 'not_started', retryable: false })
    expect(inspect(error)).not.toContain('staple')
    expect(terminal).not.toHaveBeenCalled()
  })

  it('does not take an inherited authorization', async () => {
    const { terminal } = stand(() => undefined)
    const context = Object.assign(Object.create({ authorization: `Bearer ${token}` }) as object, {
      service_id: 'pricing',
      request_id: 'r',
    })
    const middleware = authentication({}, makeHost())
    expect(() => middleware(context, terminal as never, {} as never)).toThrow('needs authentication')
  })

  it('lets bypassed services pass without a token, and removes one that is there', async () => {
    const { run, terminal } = stand(authentication({ bypass_services: ['pricing'] }, makeHost()))
    await run()
    await run({ authorization: 'Bearer wrong' })
    expect(terminal.mock.calls[1]![0]).toEqual({ service_id: 'pricing', request_id: 'r-1' })
    await expect(run({ service_id: 'counter' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('reads the variable it is told, once, at start', async () => {
    vi.stubEnv('OTHER_TOKEN', 'other')
    const { run } = stand(authentication({ token_env: 'OTHER_TOKEN' }, makeHost()))
    vi.stubEnv('OTHER_TOKEN', 'changed')
    expect(await run({ authorization: 'Bearer other' })).toBe('value')
    await expect(run({ authorization: 'Bearer changed' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('knows again a copy of a context that it admitted, for the chain of a second service', async () => {
    const middleware = authentication({ bypass_services: ['pricing'] }, makeHost())
    const first = stand(middleware)
    const second = stand(middleware)
    const onward = async (fields: object) => {
      await first.run(fields)
      return second.run({ ...first.terminal.mock.lastCall![0], service_id: 'counter' })
    }
    expect(await onward({ authorization: `Bearer ${token}` })).toBe('value')
    // What passed only because its service is bypassed has shown no token.
    await expect(onward({})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await expect(onward({ authorization: 'Bearer wrong' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    // A clone, as any context from outside the process is, has lost the mark.
    const clone = structuredClone(first.terminal.mock.calls[0]![0])
    await expect(second.run({ ...clone, service_id: 'counter' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })
})
