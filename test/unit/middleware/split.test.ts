import { describe, expect, it } from 'vitest'
import { split } from '../../../src/middleware/split.ts'
import { makeHost, stand } from './stage.ts'

const config = { service: 'pricing', to: 'counter' }

async function chosen(share: number, salt?: string): Promise<string[]> {
  const { run, redirect } = stand(split({ ...config, share, ...(salt !== undefined && { salt }) }, makeHost()))
  for (let request = 0; request < 10_000; request++) await run({ request_id: `r-${request}`, data: request })
  return redirect.mock.calls.map(([context]) => context.request_id)
}

describe('split', () => {
  it('sends all at a share of 1 and none at 0', async () => {
    expect(await chosen(0)).toHaveLength(0)
    expect(await chosen(1)).toHaveLength(10_000)
  })

  it('sends about its share', async () => {
    // Five standard deviations of a binomial count.
    expect(Math.abs((await chosen(0.3)).length - 3000)).toBeLessThan(5 * Math.sqrt(10_000 * 0.3 * 0.7))
  })

  it('sends the same requests every time, and keeps them as the share grows', async () => {
    const few = await chosen(0.1)
    expect(await chosen(0.1)).toEqual(few)
    expect(new Set(await chosen(0.2))).toEqual(new Set([...few, ...(await chosen(0.2))]))
  })

  it('chooses independently under another salt', async () => {
    const [one, other] = [new Set(await chosen(0.5, 'one')), await chosen(0.5, 'other')]
    const both = other.filter((request) => one.has(request)).length
    expect(Math.abs(both - 2500)).toBeLessThan(5 * Math.sqrt(10_000 * 0.25 * 0.75))
  })

  it('changes nothing but service_id', async () => {
    const { run, redirect } = stand(split({ ...config, share: 1 }, makeHost()))
    expect(await run({ data: 1 })).toBe('redirected')
    expect(redirect).toHaveBeenCalledWith({ service_id: 'counter', request_id: 'r-1', data: 1 })
  })

  it('leaves contexts of other services alone', async () => {
    const { run, redirect, terminal } = stand(split({ ...config, share: 1 }, makeHost()))
    await run({ service_id: 'counter' })
    await run({ service_id: 'third' })
    expect(terminal).toHaveBeenCalledTimes(2)
    expect(redirect).not.toHaveBeenCalled()
  })
})
