import { parseHTML } from 'linkedom'
import { describe, expect, test } from 'vitest'
import type { ExperimentResult } from '../../../../../src/experiment/experiment-result.ts'
import { htmlReport } from '../../../../../src/experiment/outputs/report/html-report.ts'
import { type ExampleRun, europeanCall, gridExperiment, runExample } from '../example-result.ts'

const small = { ...gridExperiment, replications: 100, block_size: 25, outputs: ['report.html'] }
const { design: _, ...single } = small

async function pageOf(result: ExperimentResult, folder = 'runs/calls') {
  let text = ''
  for await (const piece of htmlReport(result, folder)) text += piece
  const { document } = parseHTML(text)
  const sections = new Map(
    [...document.querySelectorAll('section')].map((section) => [section.querySelector('h2')?.textContent, section]),
  )
  return { text, document, sections, section: (title: string) => wordsOf(sections.get(title)?.textContent ?? '') }
}

let page: ReturnType<typeof pageOf> | undefined
/** The page of the small grid. */
const gridPage = () => (page ??= pageOf(runExample(small, europeanCall).result))

/** Text as a reader sees it. */
function wordsOf(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

describe('htmlReport', () => {
  test('asks for nothing from elsewhere and runs nothing', async () => {
    const { text, document } = await gridPage()
    expect(text).not.toMatch(/\b(?:src|href|action|data)\s*=|url\(|@import|https?:/i)
    expect(document.querySelectorAll('script, link, iframe, object, embed, img, base, form').length).toBe(0)
    expect(document.querySelector('meta[http-equiv]')?.getAttribute('content')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'",
    )
  })

  test('is the same page for the same result', async () => {
    expect((await pageOf(runExample(small, europeanCall).result)).text).toBe((await gridPage()).text)
  })

  test('says what became of it, in a paragraph', async () => {
    const stop = { metric: 'payoff', half_width: 2, min_replications: 50 }
    const { result } = runExample({ ...small, replications: 400, stop }, europeanCall)
    const { document } = await pageOf(result)
    const early = result.summary.points.filter(({ stopped }) => stopped === 'interval').length
    const words = wordsOf(document.querySelector('.verdict')!.textContent)
    expect(early).toBeGreaterThan(3)
    expect(words).toContain('all 27 points have what was asked for')
    expect(words).toContain(`${early} points stopped as soon as the interval was narrow enough`)
    expect(words).toContain(`${27 - early} points went through all 400 replications`)
    expect(words).toContain('No run failed. The numbers are reproducible')
    const facts = [...document.querySelectorAll('.facts li')].map(({ textContent }) => wordsOf(textContent))
    expect(facts.slice(1)).toEqual(['27 points', '0 failed', '8.42 s of computing', 'yes reproducible'])
  })

  test('says why it ended early and what makes it irreproducible', async () => {
    const { result } = runExample(small, europeanCall)
    const { document } = await pageOf({
      ...result,
      summary: {
        ...result.summary,
        reproducible: false,
        irreproducible: ['run 13 was ended by a clock', 'the time budget ended it'],
        stopped_at: { reason: 'budget', block: 40, elapsed_ms: 65_000 },
      },
    })
    const words = wordsOf(document.querySelector('.verdict')!.textContent)
    expect(words).toContain('ended when its time was used up')
    expect(words).toContain('not reproducible: run 13 was ended by a clock; the time budget ended it.')
  })

  test('draws a metric of a grid as a line for each value of the second parameter', async () => {
    const { sections } = await gridPage()
    const estimates = sections.get('payoff')!.querySelector('figure')!
    expect([...estimates.querySelectorAll('.legend li')].map(({ textContent }) => wordsOf(textContent))).toEqual([
      'volatility',
      '0.1',
      '0.2',
      '0.4',
    ])
    const [drawing] = estimates.querySelectorAll('.large svg')
    expect(drawing!.getAttribute('aria-label')).toBe('payoff, mean with its 95 % interval over strike')
    expect(drawing!.querySelectorAll('[aria-label="line"] path').length).toBe(3)
    const marks = [...drawing!.querySelectorAll('[aria-label="dot"]')]
    expect(marks.map((group) => group.querySelectorAll('path, circle').length)).toEqual([9, 9, 9])
    expect(marks[0]!.querySelector('title')!.textContent).toMatch(/^Point 0: strike 80, volatility 0\.1\npayoff \S+ \[/)
    const colors = marks.map((mark) => mark.getAttribute('fill'))
    expect(colors).toEqual(['var(--series-1)', 'var(--series-2)', 'var(--series-3)'])
  })

  test('draws the convergence of the interval, and histograms of six points', async () => {
    const { sections } = await gridPage()
    const labelsOf = (title: string) =>
      [...sections.get(title)!.querySelectorAll('figure svg[role]')].map((svg) => svg.getAttribute('aria-label'))
    expect(labelsOf('payoff')).toContain('half width of the 95 % interval of payoff over the number of runs')
    expect(labelsOf('payoff').filter((label) => label?.startsWith('Histogram'))).toHaveLength(6)
    expect(labelsOf('price').filter((label) => label?.startsWith('Histogram'))).toHaveLength(6)
  })

  test('draws a sampled design as a scatter plot for each parameter', async () => {
    const parameters = {
      strike: { uniform: [80, 120] },
      volatility: { log_uniform: [0.1, 0.4] },
      rate: { normal: [0.03, 0.01] },
      years: { integer: [1, 5] },
    }
    const design = { method: 'sobol', samples: 40, parameters }
    const { sections } = await pageOf(runExample({ ...small, design }, europeanCall).result)
    const panels = [...sections.get('payoff')!.querySelector('figure')!.querySelectorAll('svg[role]')]
    expect(panels.map((svg) => svg.getAttribute('aria-label')!.split(' over ')[1])).toEqual(Object.keys(parameters))
    for (const panel of panels) {
      expect(panel.querySelectorAll('[aria-label="dot"] circle').length).toBe(40)
      expect(panel.querySelectorAll('[aria-label="line"]').length).toBe(0)
    }
  })

  test('gives the estimate of a single point in words', async () => {
    const { result } = runExample({ ...single, metrics: { payoff: ['mean', 'ci95'] } }, europeanCall)
    const { sections } = await pageOf(result)
    const { mean, ci95 } = result.summary.points[0]!.metrics['payoff']!
    const [low, high] = ci95 as [number, number]
    expect(wordsOf(sections.get('payoff')!.querySelector('.estimate')!.textContent)).toBe(
      `mean with its 95 % interval: ${(mean as number).toFixed(1)} [${low.toFixed(1)}, ${high.toFixed(1)}]`,
    )
  })

  test('has the first 200 points, and says how many more there are', async () => {
    const design = { method: 'random', samples: 1203, parameters: { strike: { uniform: [80, 120] } } }
    const { sections, section } = await pageOf(runExample({ ...small, replications: 2, design }, europeanCall).result)
    expect(sections.get('Points')!.querySelectorAll('tbody tr').length).toBe(200)
    expect(section('Points')).toContain('1,003 more points are in summary.json')
  })

  test('has the calibrated inputs, long lists by their ends', async () => {
    const prepared = {
      spot: 1310.61,
      fit: { converged: true },
      returns: Float64Array.from({ length: 2500 }, (_item, at) => at / 4),
    }
    const prepare = { service_id: 'pre-calibration', into: 'calibration' }
    const { section } = await pageOf(runExample({ ...small, prepare }, europeanCall, { prepared }).result)
    expect(section('Calibrated inputs')).toContain(
      'spot 1,310.61 fit.converged true returns [0, 0.25, 0.5, …, 624.75], 2,500 values',
    )
  })

  test('lists failed runs and slow ones with the command that runs one again', async () => {
    const failing: ExampleRun = (parameters, stream, run) =>
      run % 10 === 4
        ? { code: 'COMPONENT_FAILED', message: `no price for ${run}` }
        : europeanCall(parameters, stream, run)
    const { result } = runExample(small, failing)
    const { section } = await pageOf(result, "runs/it's here")
    expect(section('Failed runs')).toContain(
      "Run 14 COMPONENT_FAILED at point 0, strike 80, volatility 0.1 no price for 14 troupe replay 'runs/it'\\''s here' --run 14",
    )
    expect(section('Failed runs')).toContain('170 more: failures.jsonl has all of them')
    expect((await pageOf(result)).section('Slowest runs')).toContain('21.5 mstroupe replay runs/calls --run 7')
  })

  test('has what it takes to compute the same again', async () => {
    const { result } = runExample(small, europeanCall, { name: 'calls' })
    const { section, sections } = await pageOf(result)
    const words = section('To run it again')
    for (const needed of [
      'troupe run calls.json',
      result.summary.digest,
      result.summary.numbers,
      '20260101',
      'v22.0.0',
    ])
      expect(words).toContain(needed)
    const plan = sections.get('To run it again')!.querySelector('details pre')!.textContent
    expect(JSON.parse(plan)).toEqual(result.plan)
  })

  test.each([
    [
      'a metric without a value at any point',
      [{ strike: 100 }],
      () => ({ code: 'METRIC_INVALID' as const, message: 'NaN' }),
    ],
    ['values that are all the same', [{ strike: 100 }, { strike: 110 }], () => [5, -5]],
    ['values that are all 0', [{ strike: 100 }, { strike: 110 }], () => [0, 0]],
    [
      'values of any size',
      [{ strike: 1e300 }, { strike: -1e300 }],
      (_p: object, _s: object, run: number) => [run % 2 ? 1.7e308 : -1.7e308, 5e-324],
    ],
    ['objects as parameters', [{ model: { a: 1 } }, { model: { a: 2 } }], () => [1, 2]],
    ['points that have different parameters', [{ a: 1 }, { b: 2 }, {}], () => [1, 2]],
  ] as const)('can be made of %s', async (_what, points, execute) => {
    const design = { method: 'list', points }
    const { text } = await pageOf(runExample({ ...small, design, replications: 20 }, execute as ExampleRun).result)
    expect(text).not.toMatch(/NaN(?!<)|undefined|Infinity|\[object/)
  })
})

describe('what others wrote', () => {
  const hostile = `</title></style></script><script>alert(1)</script><img src=x onerror="alert(1)"> ]]> --> & " ' \u202E \0`

  test('is text wherever it stands', async () => {
    const failing: ExampleRun = (parameters, stream, run) =>
      run % 10 === 4 ? { code: 'COMPONENT_FAILED', message: hostile } : [1 + stream.random(), stream.random()]
    const written = {
      service_id: hostile,
      data: { [hostile]: hostile },
      shared: {},
      prepare: { service_id: hostile, into: hostile },
      design: {
        method: 'grid',
        parameters: {
          [hostile]: { values: [hostile, 'b'] },
          [`x${hostile}`]: { values: [1, 2] },
          z: { values: [hostile, 'c'] },
        },
      },
      metrics: { [hostile]: ['mean', 'ci95', 'p50'], other: ['mean'] },
      replications: 50,
    }
    const { result } = runExample(written, failing, { name: hostile, prepared: { [hostile]: hostile } })
    const { document, text, section } = await pageOf(
      { ...result, summary: { ...result.summary, reproducible: false, irreproducible: [hostile] } },
      hostile,
    )
    expect(document.querySelectorAll('script, img').length).toBe(0)
    expect(document.querySelectorAll('style').length).toBe(1)
    for (const element of document.querySelectorAll('*'))
      for (const { name } of element.attributes) expect(name).not.toMatch(/^on/)
    // Nothing but our own tags begins with a bracket: not even a parser with other rules can see another.
    expect(text).not.toMatch(/<(?:script|img)/i)
    expect(text).not.toContain('\0')
    const shown = hostile.replace('\0', '␀')
    expect(document.querySelector('h1 bdi')!.textContent).toBe(shown)
    expect(document.title).toBe(wordsOf(shown).slice(0, 99).trimEnd() + (shown.length > 99 ? '…' : ''))
    expect(section('Failed runs')).toContain(wordsOf(shown))
    expect(section('Calibrated inputs')).toContain(wordsOf(hostile.slice(0, 30)))
  })

  test('is cut where it is long', async () => {
    const long = 'long '.repeat(20_000)
    const written = {
      ...small,
      replications: 10,
      service_id: long,
      data: { long },
      design: { method: 'list', points: [{ long }, { long: 'b' }] },
    }
    const { result } = runExample(written, () => ({ code: 'COMPONENT_FAILED', message: long }), { name: long })
    expect((await pageOf(result)).text.length).toBeLessThan(120_000)
  })
})
