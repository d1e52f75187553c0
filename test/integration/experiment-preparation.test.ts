import { expect, test } from 'vitest'
import { fixture, started } from '../fixtures/supervised.ts'

const module = './components/preparing.mjs'
const services = { preparing: { module, class: 'Preparing' }, prepared: { module, class: 'Prepared' } }
const experiment = {
  service_id: 'prepared',
  seed: 11,
  prepare: { service_id: 'preparing', into: 'preparation' },
  replications: 2,
  block_size: 1,
  metrics: { own: ['min', 'max'], before: ['mean'] },
}

/** What the preparation drew, and what the two runs did. */
async function draws(fields: object = {}): Promise<readonly unknown[]> {
  const supervisor = await started({ services }, { root: fixture('.'), workers: 1 })
  const { points } = await supervisor.run({ ...experiment, ...fields })
  const { own, before } = points[0]!.metrics
  return [before!['mean'], own!['min'], own!['max']]
}

test('the preparation of an experiment draws numbers that none of its runs draws', async () => {
  const drawn = await draws()
  expect(new Set(drawn).size).toBe(3)
})

test('what a preparation draws depends on the seed, and on nothing else that an experiment says', async () => {
  const [before] = await draws()
  expect((await draws({ data: { more: 1 }, max_failures: 3, replications: 3 }))[0]).toBe(before)
  expect((await draws({ seed: 12 }))[0]).not.toBe(before)
})
