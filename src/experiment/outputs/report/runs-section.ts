import { openDesign } from '../../../numerics/design.ts'
import { placeOfRun } from '../../../numerics/run-layout.ts'
import type { ExperimentResult } from '../../experiment-result.ts'
import { type Content, foreign, html, type Html } from './html.ts'
import { countText, timeText } from './number-text.ts'
import { table } from './table.ts'
import { valueText } from './value-text.ts'

const mostRows = 100

/** Failed runs and slow ones, each with the command that runs it again. */
export function runsSection(result: ExperimentResult, folder: string): Html {
  const { failures, slowest, summary } = result
  const rest = summary.failures.count - Math.min(failures.length, mostRows)
  const place = placeIn(result)
  return html`${
    summary.failures.count > 0 &&
    html`<section>
      <h2>Failed runs</h2>
      <ul class="runs">
        ${failures.slice(0, mostRows).map(({ run, code, message }) => {
          const command = replayCommand(folder, run)
          return html`<li>
            <div><strong>Run ${countText(run)}</strong> <code>${code}</code> at point ${place(run)}</div>
            <div class="message">${foreign(message, 1000)}</div>
            <code class="again">${command}</code>
          </li> `
        })}
      </ul>
      <p class="note">${rest > 0 && html`<strong>${countText(rest)} more</strong>: `}failures.jsonl has all of them.</p>
    </section>`
  }
  ${
    slowest.length > 0 &&
    html`<section>
      <h2>Slowest runs</h2>
      ${table(
        [
          { heading: 'run', isNumeric: true },
          { heading: 'point' },
          { heading: 'time', isNumeric: true },
          { heading: 'again' },
        ],
        slowest
          .slice(0, mostRows)
          .map(({ run, ms }) => [
            countText(run),
            place(run),
            timeText(ms),
            html`<code>${replayCommand(folder, run)}</code>`,
          ]),
      )}
      <p class="note">Times depend on the machine and on what else it did.</p>
    </section>`
  } `
}

function placeIn({ plan }: ExperimentResult): (run: number) => Content {
  const design = openDesign(plan.design, plan.seed)
  return (run) => {
    const { point } = placeOfRun(plan.layout, run)
    const parameters = Object.entries(design.parametersOf(point)).slice(0, 6)
    return html`${countText(point)}${parameters.map(
      ([name, value]): Content => html`, ${foreign(name, 30)} ${foreign(valueText(value, 30), 40)}`,
    )}`
  }
}

/** For a shell; a name that a shell would read otherwise is quoted. */
function replayCommand(folder: string, run: number): string {
  const path =
    /^[\w./:@%+,-]+$/.test(folder) && !folder.startsWith('-') ? folder : `'${folder.replaceAll("'", `'\\''`)}'`
  return `troupe replay ${path} --run ${run}`
}
