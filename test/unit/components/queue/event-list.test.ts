import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EventList } from '../../../../components/queue/event-list.ts'
import { WaitingLine } from '../../../../components/queue/waiting-line.ts'

const steps = fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })), { maxLength: 400 })

test('EventList gives events in the order of their times, as a sorted list would', () => {
  fc.assert(
    fc.property(steps, (times) => {
      const list = new EventList()
      const model: number[] = []
      const kindOf = new Map<number, number>()
      times.forEach((time, kind) => {
        if (time !== null && !kindOf.has(time)) {
          list.schedule(time, kind)
          kindOf.set(time, kind)
          model.push(time)
        } else {
          model.sort((a, b) => a - b)
          expect(list.nextTime).toBe(model[0] ?? Infinity)
          const next = model.shift()
          expect(list.take()).toBe(next === undefined ? -1 : kindOf.get(next))
          if (next !== undefined) kindOf.delete(next)
        }
        expect(list.size).toBe(model.length)
      })
    }),
  )
})

describe('WaitingLine', () => {
  test('lets customers go in the order in which they came', () => {
    fc.assert(
      fc.property(steps, (arrivals) => {
        const line = new WaitingLine()
        const model: number[] = []
        for (const arrival of arrivals) {
          if (arrival !== null) {
            line.join(arrival)
            model.push(arrival)
          } else if (model.length > 0) expect(line.leave()).toBe(model.shift())
          expect(line.size).toBe(model.length)
        }
        while (model.length > 0) expect(line.leave()).toBe(model.shift())
      }),
    )
  })

  test('grows where its ring is full and has come round', () => {
    const line = new WaitingLine()
    for (let at = 0; at < 40; at++) line.join(at)
    for (let at = 0; at < 30; at++) expect(line.leave()).toBe(at)
    for (let at = 40; at < 300; at++) line.join(at)
    for (let at = 30; at < 300; at++) expect(line.leave()).toBe(at)
    line.clear()
    expect(line.size).toBe(0)
  })
})
