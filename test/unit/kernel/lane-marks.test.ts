import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ASLEEP, AWAKE, LaneMarks, MAX_IN_FLIGHT, POLLING } from '../../../src/kernel/lane-marks.ts'

fc.configureGlobal({ seed: 20260104 })

const sequence = fc.oneof(
  fc.integer(),
  fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31)),
  fc.integer({ min: -20, max: 20 }),
)

/** The two sides of one memory. */
function sides() {
  const supervisor = new LaneMarks()
  return { supervisor, lane: new LaneMarks(supervisor.memory) }
}

describe('LaneMarks', () => {
  it('shows the supervisor what the lane started, in which stage, and the lane how many records were taken', () => {
    fc.assert(
      fc.property(sequence, fc.integer(), fc.nat(20), (started, stage, records) => {
        const { supervisor, lane } = sides()
        lane.start(started)
        lane.enter(stage)
        for (let count = 0; count < records; count++) supervisor.takeRecords()
        expect([supervisor.started(), supervisor.stage(), lane.recordsTaken()]).toEqual([started, stage, records])
      }),
    )
  })

  it('starts with nothing marked: no context has the sequence 0', () => {
    const { lane } = sides()
    expect([lane.started(), lane.stage(), lane.recordsTaken()]).toEqual([0, 0, 0])
    expect([1, 8192, -1].map((sequence) => lane.mustSkip(sequence))).toEqual([false, false, false])
  })

  it.each<['clear' | 'withdraw' | 'cancel', boolean, boolean]>([
    ['clear', false, false],
    ['withdraw', true, false],
    ['cancel', true, true],
  ])('after %s a context must be skipped: %j, and is cancelled: %j', (flag, mustSkip, isCancelled) => {
    fc.assert(
      fc.property(sequence, fc.constantFrom('clear', 'withdraw', 'cancel'), (sequence, before) => {
        const { supervisor, lane } = sides()
        supervisor[before](sequence)
        supervisor[flag](sequence)
        expect(lane.mustSkip(sequence)).toBe(mustSkip)
        expect(lane.isCancelled(sequence)).toBe(isCancelled)
      }),
    )
  })

  it('gives each context that can be in flight a flag of its own, where sequences wrap too', () => {
    fc.assert(
      fc.property(
        sequence,
        fc.integer({ min: 1, max: MAX_IN_FLIGHT - 1 }),
        fc.integer({ min: 1, max: MAX_IN_FLIGHT - 1 }),
        (first, before, after) => {
          const { supervisor, lane } = sides()
          supervisor.cancel(first)
          const others = [first - before, first + after, first - 1, first + 1].map((other) => other | 0)
          expect(others.map((other) => lane.mustSkip(other))).toEqual([false, false, false, false])
          for (const other of others) supervisor.clear(other)
          expect(lane.isCancelled(first)).toBe(true)
        },
      ),
    )
  })

  it('has a flag for each of MAX_IN_FLIGHT contexts in a row', () => {
    const { supervisor, lane } = sides()
    const first = 2 ** 31 - 10
    const all = Array.from({ length: MAX_IN_FLIGHT }, (_, index) => (first + index) | 0)
    for (const one of all.filter((_, index) => index % 3 === 0)) supervisor.withdraw(one)
    for (const one of all.filter((_, index) => index % 3 === 1)) supervisor.cancel(one)
    expect(all.map((one) => [lane.mustSkip(one), lane.isCancelled(one)])).toEqual(
      all.map((_, index) => [index % 3 !== 2, index % 3 === 1]),
    )
    expect([supervisor.started(), supervisor.stage(), supervisor.recordsTaken()]).toEqual([0, 0, 0])
  })

  it('uses a flag again for a later context once it is cleared', () => {
    const { supervisor, lane } = sides()
    supervisor.cancel(5)
    const later = 5 + 2 * MAX_IN_FLIGHT
    supervisor.clear(later)
    expect(lane.mustSkip(later)).toBe(false)
    supervisor.withdraw(later)
    expect(lane.mustSkip(later)).toBe(true)
  })

  it('says to the supervisor, once, that a lane was asleep', () => {
    const { supervisor, lane } = sides()
    // A lane that has not begun is to be woken too.
    expect([supervisor.rouse(), supervisor.rouse()]).toEqual([ASLEEP, AWAKE])
    lane.attend(POLLING)
    expect([supervisor.rouse(), supervisor.rouse()]).toEqual([POLLING, AWAKE])
    lane.attend(AWAKE)
    expect(supervisor.rouse()).toBe(AWAKE)
    lane.attend(ASLEEP)
    lane.attend(AWAKE)
    lane.attend(ASLEEP)
    expect([supervisor.rouse(), supervisor.rouse()]).toEqual([ASLEEP, AWAKE])
  })

  it('says to the lane whether the supervisor looks for results all the time', () => {
    const { supervisor, lane } = sides()
    expect(lane.isHeard()).toBe(false)
    supervisor.listen(true)
    expect(lane.isHeard()).toBe(true)
    supervisor.listen(false)
    expect(lane.isHeard()).toBe(false)
  })

  it('counts shared values that the lane has taken', () => {
    const { supervisor, lane } = sides()
    expect(supervisor.sharesTaken()).toBe(0)
    for (let count = 0; count < 3; count++) lane.takeShare()
    expect(supervisor.sharesTaken()).toBe(3)
  })

  it('has a word of its own for each of these', () => {
    const { supervisor, lane } = sides()
    lane.start(-1)
    lane.enter(77)
    lane.attend(POLLING)
    lane.takeShare()
    supervisor.listen(true)
    supervisor.takeRecords()
    expect([supervisor.started(), supervisor.stage(), supervisor.sharesTaken()]).toEqual([-1, 77, 1])
    expect([lane.isHeard(), lane.recordsTaken(), supervisor.rouse()]).toEqual([true, 1, POLLING])
    expect(lane.mustSkip(0)).toBe(false)
  })
})
