import { isTroupeError, type Context, type Supervisor } from '../index.ts'
import { openBatchInput, resolveBatchPaths, type BatchInput } from './batch-files.ts'
import { resultLine, toBatchItem, type BatchItem } from './batch-item.ts'
import { BatchOutput } from './batch-output.ts'
import { summaryJson, summaryText, type BatchSummary } from './batch-summary.ts'
import { wholeNumber, type CommandDefinition, type CommonOptions } from './command.ts'
import { counted } from './counted.ts'
import { exitCodes } from './exit-code.ts'
import { Interruption } from './interruption.ts'
import { readJsonLines } from './json-lines.ts'
import { createProgressBar } from './progress-bar.ts'
import { writeStderr, writeStdout } from './standard-streams.ts'
import { supervised } from './supervised.ts'

interface BatchOptions extends CommonOptions {
  readonly input: string
  readonly out: string
  readonly failures?: string
  readonly workers?: number
}

/** `troupe batch`: runs a service for every line of a file, and writes a line for each, in order. */
export const batch: CommandDefinition<BatchOptions> = {
  name: 'batch',
  description: 'Run a service for every context of a JSONL file',
  argument: { name: 'service', description: 'the service to run' },
  options: [
    { flags: '--input <file>', description: 'contexts, one JSON object a line; - for stdin', required: true },
    { flags: '--out <file>', description: 'results, one a line in input order; - for stdout', required: true },
    { flags: '--failures <file>', description: 'lines that failed, once more (default: <out>.failures.jsonl)' },
    { flags: '--workers <n>', description: 'workers of the default pool (default: the file’s)', parse: wholeNumber(1) },
  ],
  run,
}

async function run(options: BatchOptions, serviceId: string): Promise<number> {
  const paths = await resolveBatchPaths(options.input, options.out, options.failures)
  const input = await openBatchInput(paths.input)
  const interruption = new Interruption()
  // A read of a terminal or a pipe may otherwise wait for ever.
  interruption.signal.addEventListener('abort', () => input.bytes.destroy(), { once: true })
  const started = performance.now()
  const announce = () =>
    void writeStderr(`troupe: ${interruption.received}: what runs may end; once more to stop at once\n`)
  try {
    const start = options.workers === undefined ? {} : { workers: options.workers }
    const output = await supervised(options.config, start, interruption, async (supervisor) => {
      await requireService(supervisor, serviceId)
      const opened = await BatchOutput.open(paths)
      interruption.signal.addEventListener('abort', announce, { once: true })
      await runLines(supervisor, serviceId, input, opened, interruption)
      return opened
    })
    if (interruption.exitCode !== undefined) return interruption.exitCode
    const summary = { ...paths, lines: output.lines, failed: output.failed, elapsedMs: performance.now() - started }
    await report(summary, options)
    return output.failed === 0 ? exitCodes.done : exitCodes.failures
  } catch (error) {
    if (interruption.exitCode === undefined || !isTroupeError(error)) throw error
    await writeStderr(`troupe: interrupted by ${interruption.received} before it had started\n`)
    return interruption.exitCode
  } finally {
    interruption.stop()
    input.bytes.destroy()
  }
}

/** Runs every line and finishes the output; on a signal, or where it cannot write, the output stays partial. */
async function runLines(
  supervisor: Supervisor,
  serviceId: string,
  input: BatchInput,
  output: BatchOutput,
  interruption: Interruption,
): Promise<void> {
  const items = new Map<number, BatchItem>()
  const progress = createProgressBar(process.stderr, serviceId)
  const started = performance.now()
  interruption.signal.addEventListener('abort', () => progress.stop(), { once: true })
  try {
    const contexts = readContexts(input, serviceId, items)
    // A signal ends the source; what was taken from it may still end, within the limit of the shutdown.
    for await (const { index, outcome } of supervisor.stream(contexts)) {
      if (interruption.signal.aborted && !outcome.ok && outcome.error.code === 'SHUTTING_DOWN') break
      const item = items.get(index)
      if (item === undefined) throw new RangeError(`The stream answered for a context that it was not given: ${index}`)
      items.delete(index)
      await output.write(resultLine(item, outcome))
      const rate = Math.round(output.lines / ((performance.now() - started) / 1_000))
      const text = `${counted(output.lines, 'line')}, ${rate}/s, ${output.failed} failed`
      progress.update({ fraction: input.size === undefined ? 0 : item.end / input.size, text })
    }
    if (!interruption.signal.aborted) await output.finish()
  } catch (error) {
    if (!interruption.signal.aborted) {
      await output.abandon()
      throw error
    }
  } finally {
    progress.stop()
  }
  if (interruption.signal.aborted) await reportInterruption(output, interruption)
}

async function* readContexts(
  input: BatchInput,
  serviceId: string,
  items: Map<number, BatchItem>,
): AsyncGenerator<Context, void, undefined> {
  let index = 0
  for await (const line of readJsonLines(input.bytes)) {
    const item = toBatchItem(line, serviceId)
    items.set(index, item)
    index += 1
    yield item.context
  }
}

/** Without this, a misspelt service would be as many failures as there are lines. */
async function requireService(supervisor: Supervisor, serviceId: string): Promise<void> {
  if (supervisor.services().some(({ id }) => id === serviceId)) return
  // Refuses it, in the words that everybody hears.
  await supervisor.execute({ service_id: serviceId })
}

/** With `--json` the summary goes to stdout, unless the results do. */
async function report(summary: BatchSummary, { json }: BatchOptions): Promise<void> {
  if (!json) await writeStderr(summaryText(summary))
  else await (summary.out === '-' ? writeStderr : writeStdout)(summaryJson(summary))
}

async function reportInterruption(output: BatchOutput, interruption: Interruption): Promise<void> {
  const remaining = await output.abandon()
  const where = remaining === undefined ? '' : `; they are in ${remaining}`
  await writeStderr(`troupe: interrupted by ${interruption.received} after ${counted(output.lines, 'line')}${where}\n`)
}
