import { describe, expect, test, vi } from 'vitest'
import { createLocalScope } from '../../../bench/local-scope.ts'
import { Queue, type QueueResult } from '../../../components/queue.ts'
import type { QueueInput } from '../../../components/queue/input.ts'
import { momentsOf, standardErrorOf } from '../../../src/numerics/moments.ts'

// Bounds are 4 standard errors of the mean of independent replications with fixed seeds, which is as good as normal: one
// right seed in 16,000 exceeds them. What is left of the empty beginning after the warm-up is far less: its share falls
// as exp(-t (1 - sqrt(load))² c / service time) (Cohen, "The Single Server Queue", 1982), at most e^-14 here.

const replications = 60

function run(data: QueueInput, seed = 1): QueueResult {
  return new Queue().execute({ service_id: 'queue', data }, createLocalScope(seed))
}

function replicate(data: QueueInput): readonly QueueResult[] {
  return Array.from({ length: replications }, (_, seed) => run({ customers: 10_000, warm_up: 2_000, ...data }, seed))
}

function expectWithin4(results: readonly QueueResult[], field: keyof QueueResult, exact: number, precision = 0.03) {
  const moments = momentsOf(results.map((result) => result[field]!))
  const error = standardErrorOf(moments)
  expect(Math.abs(moments.mean - exact)).toBeLessThan(4 * error)
  // A bound that anything would pass says nothing.
  expect(error).toBeLessThan(precision * exact)
}

/** The probability of waiting: Erlang (1917), by the recursion of Erlang B. */
function erlangC(servers: number, offered: number): number {
  let blocked = 1
  for (let server = 1; server <= servers; server++) blocked = (offered * blocked) / (server + offered * blocked)
  return blocked / (1 - (offered / servers) * (1 - blocked))
}

describe('Queue', () => {
  test.each([
    [1, 0.5],
    [1, 0.8],
    [3, 0.7],
    [10, 0.85],
  ])('of %i servers and a load of %d agrees with Erlang C', (servers, load) => {
    const serviceTime = 2
    const rate = (load * servers) / serviceTime
    const results = replicate({ arrival_rate: rate, service_time: serviceTime, servers })
    const waiting = erlangC(servers, load * servers)
    const wait = (waiting * serviceTime) / (servers * (1 - load))
    expectWithin4(results, 'probability_of_wait', waiting)
    expectWithin4(results, 'mean_wait', wait, 0.04)
    expectWithin4(results, 'mean_time_in_system', wait + serviceTime, 0.04)
    expectWithin4(results, 'utilisation', load)
    // Little's law.
    expectWithin4(results, 'mean_queue_length', rate * wait, 0.04)
  })

  test.each([
    ['deterministic', {}, 0],
    ['erlang', { service_phases: 4 }, 0.5],
    ['lognormal', { service_cv: 1.5 }, 1.5],
    ['exponential', {}, 1],
  ] as const)('of %s service agrees with Pollaczek and Khinchine', (service_distribution, shape, cv) => {
    const results = replicate({ arrival_rate: 0.7, service_distribution, ...shape })
    // arrival rate · E[S²] / (2 (1 - load)).
    const wait = (0.7 * (1 + cv * cv)) / (2 * 0.3)
    expectWithin4(results, 'mean_wait', wait, 0.04)
    expectWithin4(results, 'probability_of_wait', 0.7)
    expectWithin4(results, 'utilisation', 0.7)
    expectWithin4(results, 'mean_queue_length', 0.7 * wait, 0.04)
  })

  test('gives a standard error that is true: waits of many seeds spread by as much', () => {
    // Batch means of 32 batches: t with 31 degrees of freedom, variance 31 / 29; the mean of m squares of it has a
    // standard deviation of sqrt(2 / m) but for some tenth. Batches of 625 at a load of 0.5 are next to independent.
    const results = Array.from({ length: 100 }, (_, seed) =>
      run({ arrival_rate: 0.5, customers: 20_000, warm_up: 1000 }, 300 + seed),
    )
    const squares = results.map(
      ({ mean_wait, mean_wait_se }) => ((mean_wait - 1) / mean_wait_se!) * ((mean_wait - 1) / mean_wait_se!),
    )
    const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length
    expect(Math.abs(mean - 31 / 29)).toBeLessThan(5 * Math.sqrt(2.5 / 100))
  })

  test('depends on its stream alone, not on what the component ran before', () => {
    const component = new Queue()
    const context = { service_id: 'queue', data: { customers: 1000 } }
    const first = component.execute(context, createLocalScope(3))
    component.execute({ service_id: 'queue', data: { customers: 5000, arrival_rate: 0.99 } }, createLocalScope(4))
    expect(component.execute(context, createLocalScope(3))).toEqual(first)
    expect(component.execute(context, createLocalScope(4))).not.toEqual(first)
  })

  test('counts its events: an arrival for each customer, a departure for most', () => {
    const { events } = run({ customers: 1000, warm_up: 0 })
    expect(events).toBeGreaterThanOrEqual(1000 + 999)
    expect(events).toBeLessThan(2200)
  })

  test('needs no input at all, and takes what data has not from its config', () => {
    expect(run({}).customers).toBe(10_000)
    const component = new Queue({ customers: 70, warm_up: 0 })
    expect(component.execute({ service_id: 'queue' }, createLocalScope(1)).customers).toBe(70)
    expect(run({ customers: 63 }).mean_wait_se).toBeNull()
  })

  test('looks whether it is cancelled', () => {
    const throwIfCancelled = vi.fn<() => void>(() => {
      if (throwIfCancelled.mock.calls.length === 3) throw new Error('cancelled')
    })
    const scope = { ...createLocalScope(1), throwIfCancelled }
    expect(() => new Queue().execute({ service_id: 'queue', data: { customers: 1e9 } }, scope)).toThrow('cancelled')
  })

  test.each([
    [{ arrival_rate: 1 }, 'The queue would grow for ever: its load is 1'],
    [{ arrival_rate: 2.1, servers: 2 }, 'its load is 1.05'],
    [{ arrival_rate: -1 }, 'data.arrival_rate must be a positive number, not -1'],
    [{ servers: 0 }, 'data.servers must be an integer from 1 to 10000, not 0'],
    [{ service_distribution: 'gamma' }, 'data.service_distribution must be one of exponential'],
    [{ service_cv: -1 }, 'data.service_cv must be a number of 0 or more'],
    [{ customers: 1.5 }, 'data.customers must be an integer'],
  ])('says what is wrong with %j', (data, message) => {
    expect(() => run(data as QueueInput)).toThrow(message)
    expect(() => new Queue({ servers: 0 })).toThrow('config.servers')
  })
})
