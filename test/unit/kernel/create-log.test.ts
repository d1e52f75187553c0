import { describe, expect, it, vi } from 'vitest'
import { type LogLevel, type LogThreshold, logLevels } from '../../../src/contract/log.ts'
import { createLog, thresholdNumber } from '../../../src/kernel/create-log.ts'

const levels = Object.keys(logLevels) as LogLevel[]
const thresholds: readonly LogThreshold[] = [...levels, 'silent']

describe('createLog', () => {
  it.each(thresholds)('at threshold %s keeps that level and those above, and says so', (threshold) => {
    const sink = vi.fn()
    const log = createLog(threshold, sink)
    for (const level of levels) log[level](`at ${level}`)
    const kept = threshold === 'silent' ? [] : levels.slice(levels.indexOf(threshold))
    expect(sink.mock.calls).toEqual(kept.map((level) => [level, {}, `at ${level}`]))
    expect(levels.filter((level) => log.isLevelEnabled(level))).toEqual(kept)
  })

  it('takes a message, fields, or fields and a message', () => {
    const sink = vi.fn()
    const log = createLog('trace', sink)
    const fields = { a: 1 }
    log.info('text')
    log.info(fields)
    log.info(fields, 'text')
    expect(sink.mock.calls).toEqual([
      ['info', {}, 'text'],
      ['info', { a: 1 }, ''],
      ['info', { a: 1 }, 'text'],
    ])
  })

  it.each([
    [7, '7'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
  ])('makes text of %s in place of a message', (given, text) => {
    const sink = vi.fn()
    createLog('trace', sink).warn(given as never)
    expect(sink).toHaveBeenCalledExactlyOnceWith('warn', {}, text)
  })

  it('has methods that work on their own', () => {
    const sink = vi.fn()
    const { error } = createLog('info', sink)
    error('text')
    expect(sink).toHaveBeenCalledOnce()
  })
})

describe('thresholdNumber', () => {
  it('rises with the level, and is out of reach for silent', () => {
    const numbers = thresholds.map(thresholdNumber)
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    expect(new Set(numbers).size).toBe(thresholds.length)
    expect(numbers.at(-1)).toBe(Infinity)
  })
})
