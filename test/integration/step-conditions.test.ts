import { expect, test } from 'vitest'
import { fixture, started } from '../fixtures/supervised.ts'

const context = {
  service_id: 'conditional',
  data: { n: 3, zero: 0, text: '3', nothing: null, gone: undefined, list: [1, { deep: true }], nan: NaN, big: 5n },
}

const cases: readonly (readonly [when: Readonly<Record<string, unknown>>, runs: boolean])[] = [
  [{ path: 'data.n', equals: 3 }, true],
  [{ path: 'data.n', equals: '3' }, false],
  [{ path: 'data.nothing', equals: null }, true],
  [{ path: 'data.gone', equals: null }, false],
  [{ path: 'data.absent', equals: null }, false],
  [{ path: 'data.list', equals: [1, { deep: true }] }, true],
  [{ path: 'data.list', equals: [1, { deep: false }] }, false],
  [{ path: 'data.n', in: [1, 2, 3] }, true],
  [{ path: 'data.n', in: ['3'] }, false],
  [{ path: 'data.n', in: [] }, false],
  [{ path: 'data.list', in: [[1, { deep: true }]] }, true],
  [{ path: 'data.nothing', exists: true }, true],
  [{ path: 'data.gone', exists: true }, true],
  [{ path: 'data.absent', exists: true }, false],
  [{ path: 'data.absent', exists: false }, true],
  [{ path: 'data.n', exists: false }, false],
  [{ path: 'absent.further.down', exists: false }, true],
  [{ path: 'data.toString', exists: true }, false],
  [{ path: 'data.list.length', exists: true }, true],
  [{ path: 'data.n', gt: 2 }, true],
  [{ path: 'data.n', gt: 3 }, false],
  [{ path: 'data.zero', gt: -1 }, true],
  [{ path: 'data.text', gt: 2 }, false],
  [{ path: 'data.nan', gt: 0 }, false],
  [{ path: 'data.absent', gt: -1 }, false],
  [{ path: 'data.n', lt: 4 }, true],
  [{ path: 'data.n', lt: 3 }, false],
  [{ path: 'data.nothing', lt: 1 }, false],
  [{ path: 'data.text', lt: 4 }, false],
  [{ path: 'data.big', gt: 1 }, false],
]

test.each(['threads', 'inline'] as const)('when decides whether a step runs (%s)', async (engine) => {
  const services = Object.fromEntries(
    cases.map(([when], index) => [
      `case-${index}`,
      { steps: [{ module: './steps.mjs', class: 'Give', config: { ran: true }, when }] },
    ]),
  )
  const supervisor = await started({ services }, { root: fixture('steps'), workers: 1, engine })
  const contexts = cases.map((_, index) => ({ ...context, service_id: `case-${index}` }))
  const outcomes = await supervisor.executeMany(contexts)
  const ran = outcomes.map((outcome) => outcome.ok && 'ran' in (outcome.value as object))
  expect(cases.map(([when], index) => [when, ran[index]])).toEqual(cases)
})

test('when sees what earlier steps returned, and a step that is passed over leaves no trace', async () => {
  const steps = [
    { class: 'Give', config: { model: { converged: false } } },
    { class: 'Give', config: { price: 1 }, when: { path: 'model.converged', equals: true } },
    { class: 'Give', config: { fallback: 2 }, when: { path: 'price', exists: false } },
  ].map((step) => ({ module: './steps.mjs', ...step }))
  const supervisor = await started({ services: { conditional: { steps } } }, { root: fixture('steps'), workers: 1 })
  expect(await supervisor.execute({ service_id: 'conditional', request_id: 'r' })).toEqual({
    service_id: 'conditional',
    request_id: 'r',
    model: { converged: false },
    fallback: 2,
  })
})
