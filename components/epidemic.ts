import type { Actor, ActorScope } from '../src/component.ts'

/** What an epidemic begins with. */
export type EpidemicConfig = {
  /** How many agents there are; 1,000 by default. */
  readonly population?: number
  /** How many of them are infective at first; 10 by default. */
  readonly infective?: number
  /** How many others each infective one meets a day, closely enough to infect them; 0.5 by default. */
  readonly contact_rate?: number
  /** The share of the infective that recovers a day; 0.2 by default. */
  readonly recovery_rate?: number
}

/** How an epidemic stands. */
export type EpidemicState = {
  /** In days. */
  readonly time: number
  readonly susceptible: number
  readonly infective: number
  readonly recovered: number
  /** Whether nobody is infective any more: nothing will change. */
  readonly over: boolean
}

/** What happened to each agent, by its number: times in days, NaN for never; who infected it, -1 for nobody. */
export type EpidemicAgents = {
  readonly infectedAt: Float64Array
  readonly recoveredAt: Float64Array
  readonly infectedBy: Int32Array
}

const mostAgents = 10_000_000

/**
 * A stochastic epidemic of agents that are susceptible, infective, then recovered, stepped by its caller. Agents mix
 * evenly: each infective one meets others at a rate and infects those that are susceptible, and recovers at a rate of
 * its own. Events are drawn one by one from these rates, which is exact in continuous time (Gillespie, "Exact stochastic
 * simulation of coupled chemical reactions", 1977), so the final size has the distribution of the general stochastic
 * epidemic (Daley and Gani, "Epidemic Modelling", 1999, section 3.3). The same key gives the same epidemic.
 */
export class Epidemic implements Actor {
  readonly #contactRate: number
  readonly #recoveryRate: number
  /** Agents ordered by state: the susceptible in front, then the infective, then the recovered. */
  readonly #agents: Int32Array
  readonly #infectedAt: Float64Array
  readonly #recoveredAt: Float64Array
  readonly #infectedBy: Int32Array
  #susceptible: number
  #infective: number
  #time = 0
  #random: () => number = () => {
    throw new Error('An epidemic is stepped by the runtime, which gives it random numbers in start()')
  }

  constructor(config: EpidemicConfig = {}) {
    const { population = 1_000, infective = 10, contact_rate = 0.5, recovery_rate = 0.2 } = config
    check('population', population, Number.isInteger(population) && population >= 1 && population <= mostAgents)
    check('infective', infective, Number.isInteger(infective) && infective >= 0 && infective <= population)
    check('contact_rate', contact_rate, Number.isFinite(contact_rate) && contact_rate >= 0)
    check('recovery_rate', recovery_rate, Number.isFinite(recovery_rate) && recovery_rate > 0)
    this.#contactRate = contact_rate
    this.#recoveryRate = recovery_rate
    this.#agents = Int32Array.from({ length: population }, (_, agent) => agent)
    this.#infectedAt = new Float64Array(population).fill(NaN)
    this.#recoveredAt = new Float64Array(population).fill(NaN)
    this.#infectedBy = new Int32Array(population).fill(-1)
    this.#susceptible = population - infective
    this.#infective = infective
    this.#infectedAt.fill(0, this.#susceptible)
  }

  start(_key: string, scope: ActorScope): void {
    this.#random = () => scope.random()
  }

  /** Lets the next `events` happen, infections and recoveries together, or as many as there still are. */
  step(events = 1): EpidemicState {
    check('events', events, Number.isInteger(events) && events >= 0)
    for (let event = 0; event < events && this.#infective > 0; event++) this.#next()
    return this.state()
  }

  /** How it stands now. */
  state(): EpidemicState {
    const { length } = this.#agents
    const [susceptible, infective] = [this.#susceptible, this.#infective]
    const recovered = length - susceptible - infective
    return { time: this.#time, susceptible, infective, recovered, over: infective === 0 }
  }

  /** Yields how it stands after every `events`, until it is over. */
  async *course(events = 100): AsyncGenerator<EpidemicState, void, undefined> {
    for (let state = this.step(events); ; state = this.step(events)) {
      yield state
      if (state.over) return
    }
  }

  /** What has happened to each agent. */
  agents(): EpidemicAgents {
    return { infectedAt: this.#infectedAt, recoveredAt: this.#recoveredAt, infectedBy: this.#infectedBy }
  }

  #next(): void {
    // Of all that an infective agent meets, the share that is susceptible gets infected.
    const infection = (this.#contactRate * this.#susceptible) / this.#agents.length
    const rate = (infection + this.#recoveryRate) * this.#infective
    this.#time -= Math.log(1 - this.#random()) / rate
    if (this.#random() * (infection + this.#recoveryRate) < infection) this.#infect()
    else this.#recover()
  }

  #infect(): void {
    const source = this.#agents[this.#susceptible + this.#below(this.#infective)]!
    const agent = this.#swap(this.#below(this.#susceptible), --this.#susceptible)
    this.#infective++
    this.#infectedAt[agent] = this.#time
    this.#infectedBy[agent] = source
  }

  #recover(): void {
    const last = this.#susceptible + --this.#infective
    const agent = this.#swap(this.#susceptible + this.#below(this.#infective + 1), last)
    this.#recoveredAt[agent] = this.#time
  }

  /** A whole number from 0 to below `limit`. */
  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  /** Puts the agent at one place to another, whose agent takes its place; returns it. */
  #swap(from: number, to: number): number {
    const agent = this.#agents[from]!
    this.#agents[from] = this.#agents[to]!
    this.#agents[to] = agent
    return agent
  }
}

function check(name: string, value: number, holds: boolean): void {
  if (!holds) throw new RangeError(`${name} of an epidemic must not be ${String(value)}`)
}
