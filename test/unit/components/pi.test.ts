import { describe, expect, test } from 'vitest'
import { createLocalScope } from '../../../bench/local-scope.ts'
import { Pi } from '../../../components/pi.ts'

function throwPoints(data?: unknown, config?: { readonly points: number }) {
  return new Pi(config).execute({ service_id: 'pi', data }, createLocalScope(1))
}

describe('Pi', () => {
  test('comes within 4 standard errors of π', () => {
    const { pi, inside, points } = throwPoints({ points: 1_000_000 })
    expect(pi).toBe((4 * inside) / points)
    expect(Math.abs(pi - Math.PI)).toBeLessThan(4 * Math.sqrt((Math.PI * (4 - Math.PI)) / 1_000_000))
  })

  test('throws as many points as data, else config, says', () => {
    expect(throwPoints({ points: 5 }, { points: 7 }).points).toBe(5)
    expect(throwPoints({}, { points: 7 }).points).toBe(7)
    expect(throwPoints().points).toBe(1_000)
  })

  test('says what is wrong', () => {
    expect(() => throwPoints({ points: 0 })).toThrow('data.points must be an integer from 1 to 1000000000, not 0')
    expect(() => new Pi({ points: 0.5 })).toThrow('config.points must be an integer')
  })
})
