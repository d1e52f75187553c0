import { describe, expect, test } from 'vitest'
import { createProgressBar, line } from '../../../src/cli/progress-bar.ts'

function terminal(isTTY: boolean) {
  const written: string[] = []
  return { written, stream: { isTTY, columns: 80, write: (text: string) => written.push(text) } }
}

describe('createProgressBar', () => {
  test('writes nothing where there is no terminal', () => {
    const { written, stream } = terminal(false)
    const bar = createProgressBar(stream, 'Running')
    bar.update({ fraction: 0.5 })
    bar.stop()
    expect(written).toEqual([])
  })

  test('draws at once, then ten times a second at most, and always when done', () => {
    const { written, stream } = terminal(true)
    const bar = createProgressBar(stream, 'Running')
    for (let done = 0; done <= 1000; done++) bar.update({ fraction: done / 1000 })
    expect(written).toHaveLength(2)
    expect(written[1]).toContain('100%')
  })

  test('leaves an empty line behind', () => {
    const { written, stream } = terminal(true)
    const bar = createProgressBar(stream, 'Running')
    bar.update({ fraction: 0.5 })
    bar.stop()
    bar.stop()
    expect(written.slice(1)).toEqual(['\r\u001B[2K'])
  })
})

describe('line', () => {
  test('has label, bar, percentage and text', () => {
    expect(line('Running', 0.5, '5 of 10', 200)).toBe(`Running ${'█'.repeat(20)}${'░'.repeat(20)}  50%  5 of 10`)
  })

  test('is never wider than the terminal, without its last column', () => {
    for (let columns = 1; columns <= 120; columns++) {
      expect(line('Running', 0.333, '12,345 of 67,890', columns).length).toBeLessThan(columns)
    }
  })

  test('keeps to 0 and 100 per cent', () => {
    for (const [fraction, percent] of [
      [-1, '  0%'],
      [NaN, '  0%'],
      [0.999, ' 99%'],
      [7, '100%'],
    ] as const) {
      expect(line('Running', fraction, '', 80)).toContain(percent)
    }
  })
})
