import type { Progress } from 'troupe'
import { describe, expect, test } from 'vitest'
import { started } from '../fixtures/supervised.ts'
import { voiceRoot as root, voiceServices as services } from '../fixtures/voice/services.ts'

const INTERVAL_MS = 250

describe.each(['threads', 'inline'] as const)('scope.progress (%s)', (engine) => {
  test('reaches onProgress four times a second at most, however often it is called', async () => {
    const supervisor = await started({ services }, { root, workers: 1, engine })
    const seen: Progress[] = []
    const ms = 2.5 * INTERVAL_MS
    const result = await supervisor.execute(
      { service_id: 'Reports', data: { ms } },
      { onProgress: (progress) => seen.push(progress) },
    )
    expect((result as { readonly calls: number }).calls).toBeGreaterThan(10)
    expect(seen[0]).toEqual({ fraction: 0, note: 'call 1' })
    expect(seen.length).toBeLessThanOrEqual(3)
    const fractions = seen.map(({ fraction }) => fraction)
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
  })

  test.each([
    [{ fraction: 0.25, note: 'a quarter' }, 0.25, 'a quarter'],
    [{ fraction: 7 }, 1, undefined],
    [{ fraction: -1 }, 0, undefined],
    [{ fraction: NaN }, 0, undefined],
    [{ fraction: 'half', note: 5 }, 0, '5'],
  ])('%j arrives between 0 and 1', async (data, fraction, note) => {
    const supervisor = await started({ services }, { root, workers: 1, engine })
    const seen: Progress[] = []
    await supervisor.execute({ service_id: 'ReportsOnce', data }, { onProgress: (progress) => seen.push(progress) })
    expect(seen).toEqual([{ fraction, note }])
  })

  test('of an execution that nobody follows goes nowhere', async () => {
    const supervisor = await started({ services }, { root, workers: 1, engine })
    expect(await supervisor.execute({ service_id: 'ReportsOnce', data: { fraction: 0.5 } })).toEqual({})
  })

  test('disturbs nothing where onProgress throws', async () => {
    const supervisor = await started({ services }, { root, workers: 1, engine })
    const onProgress = () => {
      throw new Error('onProgress threw')
    }
    const context = { service_id: 'ReportsOnce', data: { fraction: 0.5 } }
    expect(await supervisor.execute(context, { onProgress })).toEqual({})
    expect(await supervisor.executeMany([context, context], { onProgress })).toMatchObject([{ ok: true }, { ok: true }])
  })
})

test.each(['supervisor', 'worker'])('progress of middleware on the %s side is as bounded', async (side) => {
  const ms = 2.5 * INTERVAL_MS
  const middleware = [{ name: 'reporting', module: './middleware.mjs', export: 'reporting', side, config: { ms } }]
  const supervisor = await started({ services, middleware }, { root, workers: 1 })
  const seen: Progress[] = []
  await supervisor.execute({ service_id: 'Fine' }, { onProgress: (progress) => seen.push(progress) })
  expect(seen[0]).toEqual({ fraction: 0, note: undefined })
  expect(seen.length).toBeLessThanOrEqual(3)
})
