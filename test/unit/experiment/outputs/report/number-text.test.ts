import { describe, expect, test } from 'vitest'
import {
  numberText,
  numberTextWithin,
  tickFormat,
  timeText,
} from '../../../../../src/experiment/outputs/report/number-text.ts'

describe('numberText', () => {
  test.each([
    [0, '0'],
    [-0.5, '−0.5'],
    [1234567, '1,234,567'],
    [3.14159265, '3.1416'],
    [0.000012345678, '1.2346e−5'],
    [-1.23456789e12, '−1.2346e12'],
    [1e300, '1e300'],
    [NaN, 'NaN'],
  ])('writes %d as %s', (value, text) => {
    expect(numberText(value)).toBe(text)
  })
})

describe('numberTextWithin', () => {
  test.each([
    [10.123456, 0.0234, '10.123'],
    [10.123456, 2.34, '10.1'],
    [1234.56, 56, '1,235'],
    [0, 0.5, '0.00'],
    [7.5, 0, '7.5'],
    [7.5, NaN, '7.5'],
  ])('writes %d ± %d as %s', (value, halfWidth, text) => {
    expect(numberTextWithin(value, halfWidth)).toBe(text)
  })
})

describe('tickFormat', () => {
  test.each([
    [0, 2_000_000, 1_500_000, '1.5M'],
    [100_000, 100_003, 100_001.5, '100,001.5'],
    [-0.3, 0.3, 5e-17, '0'],
    [0, 0.001, 0.0005, '0.0005'],
  ])('of an axis from %d to %d writes %d as %s', (low, high, value, text) => {
    expect(tickFormat(low, high)(value)).toBe(text)
  })
})

describe('timeText', () => {
  test.each([
    [0.0123, '0.0123 ms'],
    [999, '999 ms'],
    [8421, '8.42 s'],
    [65_000, '1 min 5 s'],
    [3_725_000, '1 h 2 min'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(timeText(ms)).toBe(text)
  })
})
