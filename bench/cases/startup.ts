import type { BenchCase, BenchSide } from '../bench-case.ts'
import { runChild } from '../children/run-child.ts'

/** How long a program takes to its first result. */
export const startup: BenchCase = {
  name: 'startup',
  what: 'from process start to first result, in a process of its own',
  targets: [{ what: "to bare Piscina's", variant: 'first result', against: 'Piscina', atMost: 1.6 }],
  async open({ workers }) {
    const side = (name: string, kind: BenchSide['kind'], script: string): BenchSide => ({
      name,
      kind,
      sample: async () => (await runChild(script, [], [workers])).milliseconds,
    })
    return {
      variants: [
        {
          name: 'first result',
          unit: 'ms',
          better: 'less',
          // Processes differ more among themselves than rounds of one process do.
          rounds: (asked) => 2 * asked - 1,
          sides: () => [
            side('Troupe', 'troupe', 'first-result-troupe'),
            side('Piscina', 'peer', 'first-result-piscina'),
            side('Node alone', 'limit', 'first-result-node'),
          ],
        },
      ],
      close: async () => {},
    }
  },
}
