import type { Supervisor } from 'troupe'
import { describe, expect, test } from 'vitest'
import { runProgram } from '../fixtures/node-program.ts'
import { failureOf, fixture, started } from '../fixtures/supervised.ts'

const root = fixture('lifecycle')
const services = Object.fromEntries(
  ['Fine', 'Slow', 'Stuck', 'Never'].map((name) => [name, { module: './lifecycle.mjs', class: name }]),
)

/** Resolves once the execution that it begins has said that it runs; `ended` is how it settles. */
async function begin(supervisor: Supervisor, service_id: string): Promise<{ readonly ended: Promise<unknown> }> {
  let ended: Promise<unknown> = Promise.resolve()
  await new Promise<void>((resolve) => {
    ended = supervisor.execute({ service_id }, { onProgress: () => resolve() })
    ended.catch(() => {})
  })
  return { ended }
}

describe.each(['threads', 'inline'] as const)('close (%s)', (engine) => {
  test('lets everything end that was accepted', async () => {
    const supervisor = await started({ services }, { root, workers: 2, engine })
    const running = supervisor.executeMany(Array.from({ length: 20 }, () => ({ service_id: 'Slow', data: { ms: 20 } })))
    expect(await supervisor.close()).toEqual({ cutOff: { waiting: 0, running: 0 }, errors: [], zombies: 0 })
    const outcomes = await running
    expect(outcomes).toHaveLength(20)
    expect(outcomes.every(({ ok }) => ok)).toBe(true)
  })

  test('is the same promise however often it is asked for', async () => {
    const supervisor = await started({ services }, { root, workers: 2, engine })
    const closing = supervisor.close()
    expect(supervisor.close({ timeoutMs: 1 })).toBe(closing)
    await closing
    expect(supervisor.close()).toBe(closing)
  })

  test('refuses everything that comes after it', async () => {
    const supervisor = await started({ services }, { root, workers: 1, engine })
    const context = { service_id: 'Fine', data: 1 }
    await supervisor.execute(context)
    const closing = supervisor.close()
    const refusal = { code: 'SHUTTING_DOWN', outcome: 'not_started' }
    expect(await failureOf(supervisor.execute(context))).toMatchObject(refusal)
    await closing
    expect(await failureOf(supervisor.execute(context))).toMatchObject(refusal)
    expect(await supervisor.executeMany([context])).toMatchObject([{ ok: false, error: refusal }])
    for await (const { outcome } of supervisor.stream([context])) {
      expect(outcome).toMatchObject({ ok: false, error: refusal })
    }
    expect(supervisor.stats()).toMatchObject({ accepted: 1, ok: 1 })
    expect(supervisor.services()).toHaveLength(4)
  })

  test('happens at the end of an await using block', async () => {
    const supervisor = await started({ services }, { root, workers: 1, engine })
    await supervisor[Symbol.asyncDispose]()
    expect(await failureOf(supervisor.execute({ service_id: 'Fine' }))).toMatchObject({ code: 'SHUTTING_DOWN' })
  })

  test('cuts off at its limit what has not ended', async () => {
    const supervisor = await started({ services }, { root, workers: 1, engine })
    const { ended } = await begin(supervisor, 'Never')
    const waiting = supervisor.execute({ service_id: 'Fine' })
    waiting.catch(() => {})
    const before = performance.now()
    expect(await supervisor.close({ timeoutMs: 100 })).toMatchObject({ cutOff: { waiting: 1, running: 1 }, zombies: 0 })
    expect(performance.now() - before).toBeLessThan(3_000)
    expect(await failureOf(ended)).toMatchObject({ code: 'SHUTTING_DOWN', outcome: 'unknown' })
    expect(await failureOf(waiting)).toMatchObject({ code: 'SHUTTING_DOWN', outcome: 'not_started' })
  })
})

test('close ends a thread that is stuck in an endless loop', async () => {
  const supervisor = await started({ services }, { root, workers: 1 })
  const { ended } = await begin(supervisor, 'Stuck')
  expect(await supervisor.close({ timeoutMs: 50 })).toMatchObject({ cutOff: { waiting: 0, running: 1 }, zombies: 0 })
  expect(await failureOf(ended)).toMatchObject({ code: 'SHUTTING_DOWN', outcome: 'unknown' })
})

test('close refuses a limit that is no time', async () => {
  const supervisor = await started({ services }, { root, workers: 1 })
  for (const timeoutMs of [-1, NaN, '100', 2 ** 31]) {
    await expect(async () => supervisor.close({ timeoutMs: timeoutMs as number })).rejects.toThrow(RangeError)
  }
  expect(await supervisor.execute({ service_id: 'Fine', data: 1 })).toEqual({ data: 1 })
})

test('a start that fails leaves nothing behind that keeps the program alive', async () => {
  const end = await runProgram([fixture('lifecycle/failed-start.mjs')])
  expect(end).toEqual({ code: 0, signal: null, stdout: 'COMPONENT_LOAD_FAILED\n', stderr: '' })
})

test('nothing remains after close: no thread, timer, port or file', async () => {
  const { code, stdout, stderr } = await runProgram([fixture('lifecycle/leaves-nothing.mjs')])
  const { active, ...report } = JSON.parse(stdout) as { readonly active: readonly string[] }
  expect({ code, ...report }).toEqual({
    code: 0,
    codes: ['ok', 'ok', 'TIMEOUT', 'INPUT_NOT_SERIALIZABLE'],
    zombies: 0,
  })
  // Its stdout and stderr are pipes.
  expect(active.filter((resource) => resource !== 'PipeWrap')).toEqual([])
  expect(stderr).not.toContain('Error')
})
