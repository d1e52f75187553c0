import type { DesignPlan, Distribution, ExperimentPlan } from '../../../contract/experiment-plan.ts'
import { type Content, foreign, html, type Html } from './html.ts'
import { countText, numberText, timeText } from './number-text.ts'
import { pairs, table } from './table.ts'
import { leavesOf, valueText } from './value-text.ts'

const methods: Readonly<Record<DesignPlan['method'], string>> = {
  grid: 'grid: all combinations',
  list: 'list: points one by one',
  random: 'random: independent draws',
  'latin-hypercube': 'Latin hypercube: one draw in each stratum of every parameter',
  sobol: 'Sobol’ sequence',
}

/** What was varied, what was held, and how much was computed of each. */
export function designSection(plan: ExperimentPlan): Html {
  const { design, layout, stop, data, seed, serviceId } = plan
  const { leaves, more } = leavesOf(data, 60)
  const shared = Object.entries(plan.shared)
  return html`<section>
    <h2>Design</h2>
    ${parametersOf(design)}
    ${pairs([
      ['Service', foreign(serviceId)],
      ['Method', methods[design.method]],
      ['Points', countText(layout.points)],
      [
        'Replications',
        `at most ${countText(layout.replications)} a point, in blocks of ${countText(layout.blockSize)}`,
      ],
      ['Random numbers', randomOf(layout, seed)],
      ['A point stops', stopOf(stop)],
      ...(stop.budgetMs === undefined ? [] : [['Time', `at most ${timeText(stop.budgetMs)} of computing`] as const]),
      ...(plan.maxFailures === undefined
        ? []
        : [['Failures', `ended once ${countText(plan.maxFailures)} runs have failed`] as const]),
    ])}
    ${leaves.length > 0 && data !== undefined && Object.keys(data).length > 0 && heldOf(leaves, more)}
    ${
      shared.length > 0 &&
      html`<h3>Shared columns</h3>
        ${pairs(shared.map(([name, { csv, column }]) => [foreign(name, 60), html`${foreign(column, 60)} of ${foreign(csv, 200)}`]))}`
    }
  </section> `
}

function heldOf(leaves: readonly (readonly [string, string])[], more: boolean): Html {
  return html`<h3>The same in all runs</h3>
    ${pairs(leaves.map(([name, text]) => [foreign(name, 80), foreign(text, 160)]))} ${more && html`<p>And more.</p>`}`
}

function parametersOf(design: DesignPlan): Html | undefined {
  const columns = [{ heading: 'parameter' }, { heading: 'values' }]
  switch (design.method) {
    case 'grid':
      return table(
        columns,
        design.parameters.map(({ name, values }) => [foreign(name, 80), valuesOf(values)]),
      )
    case 'list': {
      const names = [...new Set(design.points.flatMap((point) => Object.keys(point)))]
      if (names.length === 0) return undefined
      const rows = names.slice(0, 100).map((name) => {
        const values = [...new Set(design.points.map((point) => point[name]))]
        return [foreign(name, 80), valuesOf(values)]
      })
      return table(columns, rows)
    }
    case 'random':
    case 'latin-hypercube':
    case 'sobol':
      return table(
        columns,
        design.parameters.map(({ name, distribution }) => [foreign(name, 80), distributionOf(distribution)]),
      )
  }
}

function valuesOf(values: readonly unknown[]): Content {
  if (values.length <= 12)
    return values.map((value, at): Content => html`${at > 0 && ', '}${foreign(valueText(value, 30), 60)}`)
  const numbers = values.filter((value) => typeof value === 'number')
  if (numbers.length < values.length) return foreign(valueText(values, 160), 200)
  const low = numbers.reduce((least, value) => Math.min(least, value))
  const high = numbers.reduce((most, value) => Math.max(most, value))
  return `${countText(values.length)} values from ${numberText(low)} to ${numberText(high)}`
}

function distributionOf(distribution: Distribution): Content {
  switch (distribution.kind) {
    case 'uniform':
      return `uniform from ${numberText(distribution.from)} to ${numberText(distribution.to)}`
    case 'logUniform':
      return `log-uniform from ${numberText(distribution.from)} to ${numberText(distribution.to)}`
    case 'integer':
      return `a whole number from ${numberText(distribution.from)} to ${numberText(distribution.to)}`
    case 'normal':
      return `normal, mean ${numberText(distribution.mean)}, standard deviation ${numberText(distribution.sd)}`
    case 'choice':
      return html`one of ${valuesOf(distribution.values)}`
  }
}

function randomOf({ antithetic, commonRandomNumbers }: ExperimentPlan['layout'], seed: number): string {
  const parts = [`seed ${seed}`]
  if (antithetic) parts.push('antithetic pairs, each of which counts as one value')
  if (commonRandomNumbers) parts.push('the same for the same replication of every point')
  return parts.join('; ')
}

function stopOf({ interval }: ExperimentPlan['stop']): Content {
  if (interval === undefined) return 'after all its replications'
  const { metric, confidence, halfWidth, relative, minReplications } = interval
  const width = relative ? `${numberText(halfWidth * 100)} % of the mean` : numberText(halfWidth)
  return html`when half the ${numberText(confidence * 100)} % interval of ${foreign(metric, 60)} is at most ${width},
  not before ${countText(minReplications)} replications`
}
