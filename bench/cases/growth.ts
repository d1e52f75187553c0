import { bestSide, type BenchCase, type BenchSide, type Variant } from '../bench-case.ts'
import { checkOutcomes } from '../drive.ts'
import { perSecond } from '../measure.ts'
import { openTroupe } from '../peers/troupe.ts'
import { workloadOf } from '../workloads.ts'

const sizes = [1_000, 10_000, 100_000, 1_000_000]
const serviceCounts = [1, 10, 10_000]
/** Small batches are repeated until so many contexts have run. */
const contextsInSample = 100_000

const sideName = (size: number): string => `${size.toLocaleString('en-US')} contexts`
const variantName = (services: number): string => `${services.toLocaleString('en-US')} services`
const large = sizes.filter((size) => size >= 10_000).map(sideName)

/** Whether more of it makes it slower. */
export const growth: BenchCase = {
  name: 'growth',
  what: 'executeMany of the plain shape, contexts going to the services in turn',
  targets: serviceCounts.map((services) => ({
    what: `${variantName(services)}: rate to its best, from 10,000 contexts on`,
    variant: variantName(services),
    sides: large,
    against: bestSide,
    atLeast: 0.75,
  })),
  async open({ quick, workers }) {
    const plain = workloadOf('plain')
    const open = await Promise.all(
      serviceCounts.map(async (services) => {
        const ids = Array.from({ length: services }, (_, index) => `plain-${index}`)
        return { services, supervisor: await openTroupe(workers, ids, 'plain') }
      }),
    )
    const scale = quick ? 0.01 : 1
    const variants = open.map(({ services, supervisor }): Variant => {
      const side = (size: number): BenchSide => {
        const contexts = Array.from({ length: Math.ceil(size * scale) }, (_, index) => ({
          ...plain.contextAt(index),
          service_id: `plain-${index % services}`,
        }))
        const times = Math.max(1, Math.round((contextsInSample * scale) / contexts.length))
        return {
          name: sideName(size),
          kind: 'troupe',
          sample: () =>
            perSecond(contexts.length * times, async () => {
              for (let time = 0; time < times; time++) {
                checkOutcomes(plain, contexts, await supervisor.executeMany(contexts))
              }
            }),
        }
      }
      return {
        name: variantName(services),
        unit: 'contexts/s',
        better: 'more',
        rounds: (asked) => Math.max(1, asked - 2),
        sides: () => sizes.map(side),
      }
    })
    return { variants, close: async () => void (await Promise.all(open.map(({ supervisor }) => supervisor.close()))) }
  },
}
