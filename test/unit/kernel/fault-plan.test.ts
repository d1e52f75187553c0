import { describe, expect, it } from 'vitest'
import { isDue, readFaultPlan } from '../../../src/kernel/fault-plan.ts'

describe('readFaultPlan', () => {
  it('reads the point, how often it is to be reached, what happens then, and the pool', () => {
    expect(readFaultPlan('lane:before-reply:3')).toMatchObject({ point: 'lane:before-reply', at: 3, action: 'crash' })
    const hang = { point: 'lane:after-reply', at: 12, action: 'hang', pool: 'own' }
    expect(readFaultPlan('lane:after-reply:12:hang@own')).toMatchObject(hang)
    expect(readFaultPlan('journal:sync:2:EIO')).toMatchObject({ point: 'journal:sync', at: 2, action: 'EIO' })
    expect(readFaultPlan('output:rename:1')).toMatchObject({ action: 'crash' })
    expect(readFaultPlan('supervisor:after-drain:1@a pool')).toMatchObject({ action: 'crash', pool: 'a pool' })
  })

  it('plans nothing where nothing is asked for', () => {
    expect(readFaultPlan(undefined)).toBeUndefined()
    expect(readFaultPlan('')).toBeUndefined()
  })

  it.each([
    'lane',
    'lane:start',
    'lane:start:0',
    'lane:start:1:hang',
    'lane:start:x',
    'lane:constructor:1',
    'toString:1',
    'journal:sync:1:hang',
    'output:write:1:EIO@own',
  ])('refuses %s', (text) => {
    expect(() => readFaultPlan(text)).toThrow(/^TROUPE_FAULT names no fault: .*lane:start:N:crash\|throw/)
  })
})

describe('isDue', () => {
  it('says so once, at the n-th time that its point is reached, whoever comes there', () => {
    const plan = readFaultPlan('lane:before-reply:3')!
    const twin = structuredClone(plan)
    const due = [plan, twin, plan, twin, plan].map((one) => isDue(one, 'lane:before-reply'))
    expect(due).toEqual([false, false, true, false, false])
    expect(plan.reached[0]).toBe(5)
  })

  it('counts no other point', () => {
    const plan = readFaultPlan('lane:before-reply:1')!
    expect(isDue(plan, 'lane:after-reply')).toBe(false)
    expect(plan.reached[0]).toBe(0)
  })
})
