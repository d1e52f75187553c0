import type { ExperimentResult } from '../../experiment-result.ts'
import { convergenceFigure } from './convergence-figure.ts'
import { designSection } from './design-section.ts'
import { distributionFigure } from './distribution-figure.ts'
import { type Drawing, openDrawing } from './drawing.ts'
import { estimateFigure, estimateText } from './estimate-figure.ts'
import { estimatesOf } from './estimates.ts'
import { againSection } from './again-section.ts'
import { abbreviated, foreign, html, type Html, trusted } from './html.ts'
import { layoutOf } from './layout-of-points.ts'
import { pageStyle } from './page-style.ts'
import { pointsSection } from './points-section.ts'
import { runsSection } from './runs-section.ts'
import { pairs } from './table.ts'
import { leavesOf } from './value-text.ts'
import { verdict } from './verdict.ts'

/**
 * The report as one HTML page, in pieces. It needs no network and no script, and lets nothing in it ask for either.
 *
 * @param folder Of the run, for commands.
 */
export async function* htmlReport(result: ExperimentResult, folder: string): AsyncGenerator<string> {
  const { plan, summary } = result
  const { name } = summary.experiment
  // No page may load or run anything, whatever got into it.
  yield '<!doctype html>\n<html lang="en">\n'
  yield html`<head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${abbreviated(name, 100)}</title>
    <style>
      ${trusted(pageStyle)}
    </style>
  </head>`.html
  yield '<body>\n<main>\n'
  yield html`<header>
    <p class="kind">Experiment</p>
    <h1>${foreign(name, 200)}</h1>
  </header>`.html
  yield verdict(summary).html
  const drawing = await openDrawing()
  for (const metric of plan.metrics) yield metricSection(drawing, result, metric).html
  yield pointsSection(plan, summary).html
  yield designSection(plan).html
  yield inputsSection(result)?.html ?? ''
  yield runsSection(result, folder).html
  yield againSection(result).html
  yield '</main>\n</body>\n</html>\n'
}

function metricSection(
  drawing: Drawing,
  result: ExperimentResult,
  metric: ExperimentResult['plan']['metrics'][number],
): Html {
  const { plan, summary, pictures } = result
  const estimates = estimatesOf(result, metric)
  const layout = layoutOf(
    plan.design,
    summary.points.map(({ parameters }) => parameters),
  )
  return html`<section>
    <h2>${foreign(metric.name, 80)}</h2>
    ${estimates.list.length === 0 && html`<p>No point has an estimate.</p>`}
    ${estimates.list.length === 1 && estimateText(estimates)}
    ${estimates.list.length > 1 && estimateFigure(drawing, estimates, layout)}
    ${convergenceFigure(drawing, metric, pictures, plan.stop.interval, summary.points.length)}
    ${distributionFigure(drawing, metric, result)}
  </section> `
}

/** What `prepare` gave to all runs. */
function inputsSection({ plan, summary }: ExperimentResult): Html | undefined {
  if (plan.prepare === undefined) return undefined
  const { leaves, more } = leavesOf(summary.prepared, 100)
  return html`<section>
    <h2>Calibrated inputs</h2>
    <p>
      What ${foreign(plan.prepare.serviceId, 80)} gave before the first run; every run had it as
      ${foreign(plan.prepare.into, 80)}.
    </p>
    ${pairs(leaves.map(([path, text]) => [foreign(path === '' ? plan.prepare!.into : path, 80), foreign(text, 160)]))}
    ${more && html`<p class="note">summary.json has more.</p>`}
  </section> `
}
