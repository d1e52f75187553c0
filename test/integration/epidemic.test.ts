import { describe, expect, test } from 'vitest'
import type { Epidemic } from '../../components/epidemic.ts'
import { failureOf, started } from '../fixtures/supervised.ts'

const RUNS = 200
const config = { population: 20, infective: 2, contact_rate: 0.5, recovery_rate: 0.3 }

/**
 * How many of the susceptible are infected in the end, by probability, for the general stochastic epidemic: with s
 * susceptible and i infective ones, the next event is an infection with probability r s / (r s + n), where r is the
 * ratio of the rates and n the population, whoever is asked first (Daley and Gani, "Epidemic Modelling", 1999, section
 * 3.3; Bailey, "The Mathematical Theory of Infectious Diseases", 1975, chapter 6).
 */
function finalSizes({ population, infective, contact_rate, recovery_rate }: typeof config): number[] {
  const susceptible = population - infective
  const reached = Array.from({ length: susceptible + 1 }, () => new Float64Array(population + 1))
  reached[susceptible]![infective] = 1
  const sizes = Array.from<number>({ length: susceptible + 1 }).fill(0)
  for (let s = susceptible; s >= 0; s--) {
    for (let i = population - s; i >= 0; i--) {
      const probability = reached[s]![i]!
      if (i === 0) sizes[susceptible - s]! += probability
      else {
        const infection = (contact_rate * s) / population
        const share = infection / (infection + recovery_rate)
        if (s > 0) reached[s - 1]![i + 1]! += probability * share
        reached[s]![i - 1]! += probability * (1 - share)
      }
    }
  }
  return sizes
}

function moments(sizes: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = sizes.reduce((sum, probability, size) => sum + probability * size, 0)
  return { mean, variance: sizes.reduce((sum, probability, size) => sum + probability * (size - mean) ** 2, 0) }
}

describe('the exact distribution', () => {
  test('sums to one, and is what can be reckoned by hand for one susceptible', () => {
    expect(finalSizes(config).reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12)
    const pair = { population: 2, infective: 1, contact_rate: 0.5, recovery_rate: 0.3 }
    expect(finalSizes(pair)[1]).toBeCloseTo(0.25 / (0.25 + 0.3), 12)
  })
})

describe('Epidemic', () => {
  test(`has the exact mean final size within four standard errors over ${RUNS} runs`, async () => {
    const supervisor = await started({
      services: { epidemic: { module: 'troupe:epidemic', class: 'Epidemic', config, actor: {} } },
    })
    const sizes = await Promise.all(
      Array.from({ length: RUNS }, async (_, run) => {
        const model = await supervisor.actor<Epidemic>('epidemic', `run-${run}`)
        let state = await model.state()
        while (!state.over) state = await model.step(7)
        return state.recovered - config.infective
      }),
    )
    const { mean, variance } = moments(finalSizes(config))
    // The key decides each run, so this either always holds or never; four standard errors are missed by 6 in 100,000.
    const found = sizes.reduce((sum, size) => sum + size, 0) / RUNS
    expect(Math.abs(found - mean)).toBeLessThan(4 * Math.sqrt(variance / RUNS))
    const spread = sizes.reduce((sum, size) => sum + (size - found) ** 2, 0) / (RUNS - 1)
    expect(spread / variance).toBeGreaterThan(0.8)
    expect(spread / variance).toBeLessThan(1.2)
  })

  test('is the same for the same key, however it is stepped', async () => {
    const epidemic = { module: 'troupe:epidemic', class: 'Epidemic', actor: {} }
    const supervisor = await started({ services: { epidemic } })
    const again = await started({ services: { epidemic } }, { engine: 'inline' })
    const states = []
    for await (const state of (await supervisor.actor<Epidemic>('epidemic', 'same')).course(250)) states.push(state)
    expect(states.length).toBeGreaterThan(2)
    const model = await again.actor<Epidemic>('epidemic', 'same')
    for (const expected of states) {
      for (let event = 0; event < 249; event += 3) await model.step(3)
      expect(await model.step(1)).toEqual(expected)
    }
  })

  test('tells what happened to each agent, and nothing that did not', async () => {
    const epidemic = { module: 'troupe:epidemic', class: 'Epidemic', config: { population: 500 }, actor: {} }
    const supervisor = await started({ services: { epidemic } })
    const model = await supervisor.actor<Epidemic>('epidemic', 'agents')
    const { susceptible, infective, recovered, time } = await model.step(400)
    expect(susceptible + infective + recovered).toBe(500)
    const { infectedAt, recoveredAt, infectedBy } = await model.agents()
    expect(infectedAt.filter(Number.isNaN)).toHaveLength(susceptible)
    expect(recoveredAt.filter((at) => !Number.isNaN(at))).toHaveLength(recovered)
    for (const [agent, at] of infectedAt.entries()) {
      if (Number.isNaN(at)) continue
      expect(at).toBeLessThanOrEqual(time)
      if (recoveredAt[agent]! <= at) throw new Error(`Agent ${agent} recovered before it was infected`)
      const source = infectedBy[agent]!
      // Whoever infected it was infective then.
      if (source >= 0) expect(infectedAt[source]! < at && !(recoveredAt[source]! < at)).toBe(true)
    }
  })

  test.each([{ population: 0 }, { population: 1.5 }, { infective: 2_000 }, { contact_rate: -1 }, { recovery_rate: 0 }])(
    'refuses %j',
    async (wrong) => {
      const supervisor = await started({
        services: { epidemic: { module: 'troupe:epidemic', class: 'Epidemic', config: wrong, actor: {} } },
      })
      const model = await supervisor.actor<Epidemic>('epidemic', 'wrong')
      expect(await failureOf(model.step())).toMatchObject({ code: 'COMPONENT_LOAD_FAILED' })
    },
  )
})
