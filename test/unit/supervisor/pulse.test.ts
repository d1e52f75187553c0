import { describe, expect, it } from 'vitest'
import { Pulse, type PulseVerdict } from '../../../src/supervisor/pulse.ts'

const TICK = 25

/** Looks at a lane every tick from `from` to `until`; returns the verdicts that are not "carry on", and when. */
function watch(pulse: Pulse, from: number, until: number, signs: { head: number; started: number }) {
  const found: (readonly [at: number, verdict: PulseVerdict])[] = []
  for (let now = from; now <= until; now += TICK) {
    const verdict = pulse.feel({ now, ...signs })
    if (verdict !== 'carry on') found.push([now, verdict])
  }
  return found
}

describe('Pulse', () => {
  it('has a lane asked once that was quiet for half a second', () => {
    const pulse = new Pulse()
    expect(watch(pulse, 0, 400, { head: 5, started: 5 })).toEqual([])
    expect(watch(pulse, 425, 900, { head: 6, started: 6 })).toEqual([])
    expect(watch(pulse, 925, 2_000, { head: 6, started: 6 })).toEqual([[925, 'ask']])
  })

  it('bears the silence of a lane whose context runs, however long', () => {
    const pulse = new Pulse()
    expect(watch(pulse, 0, 600_000, { head: 5, started: 5 })).toEqual([[500, 'ask']])
  })

  it('has a lane asked again that has answered', () => {
    const pulse = new Pulse()
    watch(pulse, 0, 500, { head: 5, started: 5 })
    expect(pulse.answered(true, { now: 510, head: 5, started: 5 })).toBe('carry on')
    expect(watch(pulse, 525, 1_200, { head: 5, started: 5 })).toEqual([[1_025, 'ask']])
  })

  it('finds a lane dead that awaits nothing while its outcome is awaited', () => {
    const pulse = new Pulse()
    watch(pulse, 0, 500, { head: 5, started: 5 })
    expect(pulse.answered(false, { now: 510, head: 5, started: 5 })).toBe('dead')
  })

  it('finds none dead whose outcome came before its answer', () => {
    const pulse = new Pulse()
    watch(pulse, 0, 500, { head: 5, started: 5 })
    expect(pulse.answered(false, { now: 510, head: 6, started: 6 })).toBe('carry on')
  })

  it('finds a lane dead that does not answer while nothing runs there', () => {
    const pulse = new Pulse()
    const verdicts = watch(pulse, 0, 4_000, { head: 6, started: 5 })
    expect(verdicts[0]).toEqual([500, 'ask'])
    expect(verdicts[1]![1]).toBe('dead')
    expect(verdicts[1]![0]).toBeGreaterThanOrEqual(2_500)
    expect(verdicts[1]![0]).toBeLessThanOrEqual(3_000)
  })

  it('finds none dead at its first look after the supervisor was held up itself', () => {
    const pulse = new Pulse()
    watch(pulse, 0, 500, { head: 6, started: 5 })
    expect(pulse.feel({ now: 60_000, head: 6, started: 5 })).toBe('carry on')
    expect(pulse.answered(true, { now: 60_001, head: 6, started: 5 })).toBe('carry on')
  })

  it('compares sequences that wrapped', () => {
    const last = 2 ** 31 - 1
    const verdicts = watch(new Pulse(), 0, 4_000, { head: -(2 ** 31), started: last })
    expect(verdicts.map(([, verdict]) => verdict)).toContain('dead')
  })
})
