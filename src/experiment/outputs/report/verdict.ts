import type { ExperimentSummary, PointSummary } from '../../../contract/experiment-summary.ts'
import { type Content, foreign, html, type Html } from './html.ts'
import { countText, timeText } from './number-text.ts'

/** What the experiment came to, in a paragraph, and its figures. */
export function verdict({
  experiment,
  points,
  stopped_at,
  failures,
  reproducible,
  irreproducible,
}: ExperimentSummary): Html {
  const runs = points.reduce((sum, point) => sum + point.runs, 0)
  const share = runs === 0 ? 0 : failures.count / runs
  return html`<p class="verdict">
      ${endOf(stopped_at.reason, points.length, experiment.points)} ${stopsOf(points, experiment.replications)}
      ${
        failures.count === 0
          ? 'No run failed.'
          : html`<strong>${many(failures.count, 'run')} of ${countText(runs)} failed</strong>${
                share >= 0.001 && ` (${(share * 100).toPrecision(2)} %)`
              };
              they are in no estimate.`
      }
      ${
        reproducible
          ? 'The numbers are reproducible: the same digest gives the same ones on any machine, with any number of workers.'
          : html`<strong>The numbers are not reproducible</strong>:
              ${irreproducible.length === 0 ? 'a clock or memory decided what counts' : listOf(irreproducible)}.`
      }
    </p>
    <ul class="facts">
      ${fact(countText(runs), runs === 1 ? 'run' : 'runs')}
      ${fact(countText(points.length), points.length === 1 ? 'point' : 'points')}
      ${fact(countText(failures.count), 'failed')} ${fact(timeText(stopped_at.elapsed_ms), 'of computing')}
      ${fact(reproducible ? 'yes' : 'no', 'reproducible')}
    </ul> `
}

function endOf(reason: ExperimentSummary['stopped_at']['reason'], reached: number, points: number): Content {
  const part = `${countText(reached)} of ${many(points, 'point')} ${reached === 1 ? 'was' : 'were'} reached.`
  switch (reason) {
    case 'complete':
      return `The experiment is complete: ${points === 1 ? 'its point has' : `all ${countText(points)} points have`} what was asked for.`
    case 'budget':
      return html`<strong>The experiment ended when its time was used up</strong>; ${part}`
    case 'max_failures':
      return html`<strong>The experiment was ended by its failed runs</strong>; ${part}`
  }
}

function stopsOf(points: readonly PointSummary[], replications: number): string {
  const early = points.filter(({ stopped }) => stopped === 'interval').length
  const whole = points.filter(({ stopped }) => stopped === 'replications').length
  const sentences = [
    early > 0 && `${many(early, 'point')} stopped as soon as the interval was narrow enough.`,
    whole > 0 && `${many(whole, 'point')} went through all ${many(replications, 'replication')}.`,
  ]
  return sentences.filter((sentence) => sentence !== false).join(' ')
}

function fact(value: string, name: string): Html {
  return html`<li><strong>${value}</strong> ${name}</li>`
}

function listOf(reasons: readonly string[]): Content {
  return reasons.map((reason, at) => html`${at > 0 && '; '}${foreign(reason)}`)
}

/** `1 run`, `1,000 runs`. */
function many(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`
}
