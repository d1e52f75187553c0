import type { ExperimentResult } from '../../experiment-result.ts'
import { readableJson } from '../readable-json.ts'
import { foreign, html, type Html } from './html.ts'
import { countText } from './number-text.ts'
import { pairs } from './table.ts'

const mostCharacters = 20_000

/** All that it takes to compute the same numbers again, and to see that they are the same. */
export function againSection({ plan, summary }: ExperimentResult): Html {
  const { digest, numbers, environment, experiment } = summary
  return html`<section>
    <h2>To run it again</h2>
    <p>
      The same experiment, files and components give the same digest, and
      ${
        summary.reproducible
          ? 'the same digest gives the same numbers'
          : 'but for the clock, the same digest would give the same numbers'
      }. <code>troupe verify</code> computes them on one worker and on many, and compares.
    </p>
    <pre>troupe run ${foreign(fileOf(experiment.name), 100)}</pre>
    ${pairs([
      ['Digest', html`<code>${digest}</code>`],
      ['Digest of the numbers', html`<code>${numbers}</code>`],
      ['Seed', html`<code>${plan.seed}</code>`],
      ['Troupe', foreign(environment.troupe)],
      ['Node', foreign(environment.node)],
      [
        'Machine',
        html`${foreign(environment.platform)}, ${countText(environment.cpus)} CPUs, ${countText(environment.workers)}
        workers`,
      ],
    ])}
    <details>
      <summary>The whole experiment, with defaults</summary>
      <pre>${foreign(planText(plan), mostCharacters)}</pre>
    </details>
  </section> `
}

function fileOf(name: string): string {
  const file = name.endsWith('.json') ? name : `${name}.json`
  return /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`
}

/** No more of the plan than is shown: a list may have a million points. */
function planText(plan: ExperimentResult['plan']): string {
  let text = ''
  for (const piece of readableJson(plan)) {
    text += piece
    if (text.length > mostCharacters) break
  }
  return text
}
