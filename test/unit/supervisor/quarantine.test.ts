import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NO_QUARANTINE, type Quarantine, admit, afterProbe, closeService } from '../../../src/supervisor/quarantine.ts'

fc.configureGlobal({ seed: 20260109 })

const closed: Quarantine = { state: 'closed', retryAt: 11_000 }
const probing: Quarantine = { state: 'probing' }

describe('closeService', () => {
  it('closes for ten seconds', () => {
    expect(closeService(1_000)).toEqual(closed)
  })
})

describe('admit', () => {
  it.each<[string, Quarantine, number, Quarantine, boolean, boolean]>([
    ['everyone without quarantine', NO_QUARANTINE, 0, NO_QUARANTINE, true, false],
    ['nobody while closed', closed, 10_999, closed, false, false],
    ['the probe once the time has come', closed, 11_000, probing, true, true],
    ['nobody beside the probe', probing, 1e9, probing, false, false],
  ])('lets in %s', (_, quarantine, now, next, admitted, probe) => {
    expect(admit(quarantine, now)).toEqual({ quarantine: next, admitted, probe })
  })
})

describe('afterProbe', () => {
  it.each([
    ['opens after one that ran', 'ran', NO_QUARANTINE],
    ['closes for ten seconds after one that took its worker down', 'crashed', closed],
    ['lets the next be the probe after one that never ran', 'never ran', { state: 'closed', retryAt: 1_000 }],
  ] as const)('%s', (_, ended, next) => {
    expect(afterProbe(ended, 1_000)).toEqual(next)
  })
})

describe('a quarantined service', () => {
  it('never has two probes, admits nobody before its time, and opens to all only after a probe that ran', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant('arrive' as const) },
      { weight: 3, arbitrary: fc.nat(8_000) },
      { weight: 2, arbitrary: fc.constantFrom('ran' as const, 'crashed' as const, 'never ran' as const) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        let now = 0
        let quarantine: Quarantine = closeService(now)
        let closedUntil = 10_000
        let probes = 0
        let trusted = false
        for (const one of steps) {
          if (typeof one === 'number') now += one
          else if (one === 'arrive') {
            const verdict = admit(quarantine, now)
            quarantine = verdict.quarantine
            expect(verdict.admitted).toBe(trusted || (probes === 0 && now >= closedUntil))
            expect(verdict.probe).toBe(verdict.admitted && !trusted)
            if (verdict.probe) probes++
          } else if (probes > 0) {
            quarantine = afterProbe(one, now)
            probes--
            trusted = one === 'ran'
            if (one === 'crashed') closedUntil = now + 10_000
          }
          expect(probes).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 500 },
    )
  })
})
