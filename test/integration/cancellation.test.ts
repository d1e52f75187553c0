import type { Supervisor, TroupeError } from 'troupe'
import { describe, expect, test } from 'vitest'
import { holdLane } from '../fixtures/gate.ts'
import { failureOf, fixture, started } from '../fixtures/supervised.ts'

const root = fixture('.')
const probe = { module: './probe.mjs', class: 'Probe' }
const held = { name: 'held', module: './middleware/held.mjs', scope: { include: ['around'] } }
const config = { services: { probe, around: probe }, middleware: [held] }

/** Runs one execution that follows `signal`, and calls `cancel` when it has come to where it is to end. */
type Run = (supervisor: Supervisor, signal: AbortSignal, cancel: () => void) => Promise<TroupeError>

const places: readonly (readonly [where: string, run: Run])[] = [
  [
    'before it is accepted',
    (supervisor, signal, cancel) => {
      cancel()
      return failureOf(supervisor.execute({ service_id: 'probe' }, { signal }))
    },
  ],
  [
    'while it waits',
    async (supervisor, signal, cancel) => {
      const { gate, held } = await holdLane(supervisor, 'probe')
      const failure = failureOf(supervisor.execute({ service_id: 'probe' }, { signal }))
      cancel()
      gate.open()
      await held
      return await failure
    },
  ],
  [
    'while it runs',
    (supervisor, signal, cancel) =>
      failureOf(supervisor.execute({ service_id: 'probe', data: { act: 'hang' } }, { signal, onProgress: cancel })),
  ],
  [
    'in middleware of the supervisor',
    (supervisor, signal, cancel) => {
      const failure = failureOf(supervisor.execute({ service_id: 'around' }, { signal }))
      cancel()
      return failure
    },
  ],
]

describe.each(places)('CANCELLED %s', (_where, run) => {
  test.each([[new Error('The user left')], ['a word'], [null]])('has the reason %s as its cause', async (reason) => {
    const supervisor = await started(config, { root, workers: 1 })
    const controller = new AbortController()
    const error = await run(supervisor, controller.signal, () => controller.abort(reason))
    expect(error.code).toBe('CANCELLED')
    expect(error.cause).toBe(reason)
  })

  test('has an AbortError as its cause where no reason was given', async () => {
    const supervisor = await started(config, { root, workers: 1 })
    const controller = new AbortController()
    const error = await run(supervisor, controller.signal, () => controller.abort())
    expect(error).toMatchObject({ code: 'CANCELLED', cause: { name: 'AbortError' } })
  })
})
