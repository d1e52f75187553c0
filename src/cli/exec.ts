import {
  TroupeError,
  isTroupeError,
  type Context,
  type ExecuteOptions,
  type StartOptions,
  type Supervisor,
} from '../index.ts'
import { wholeNumber, type CommandDefinition, type CommonOptions } from './command.ts'
import { attachDebugger } from './debugger.ts'
import { exitCodes } from './exit-code.ts'
import { Interruption } from './interruption.ts'
import { readJsonArgument } from './json-argument.ts'
import { jsonText } from './json-text.ts'
import { createProgressBar } from './progress-bar.ts'
import { writeStderr, writeStdout } from './standard-streams.ts'
import { supervised } from './supervised.ts'

// A signal cancels the one context; there is nothing to wait for but its worker.
const CANCELLED_MS = 2_000

interface ExecOptions extends CommonOptions {
  readonly data?: string
  readonly context?: string
  readonly requestId?: string
  readonly seed?: number
  readonly timeoutMs?: number
  readonly workers?: number
  readonly inline?: boolean
  readonly inspect?: boolean
}

/** `troupe exec`: runs one context and prints its result. */
export const exec: CommandDefinition<ExecOptions> = {
  name: 'exec',
  description: 'Run a service once and print its result as JSON',
  argument: { name: 'service', description: 'the service to run' },
  options: [
    { flags: '--data <json>', description: 'data of the context: JSON, @file, or - for stdin' },
    { flags: '--context <json>', description: 'other fields of the context: JSON, @file, or - for stdin' },
    { flags: '--request-id <id>', description: 'request_id of the context' },
    { flags: '--seed <n>', description: 'seed of the context: makes its random numbers repeat', parse: wholeNumber(0) },
    {
      flags: '--timeout-ms <n>',
      description: 'end it after so many milliseconds',
      parse: wholeNumber(1, 2 ** 31 - 1),
    },
    { flags: '--workers <n>', description: 'workers of the default pool (default: 1)', parse: wholeNumber(1) },
    { flags: '--inline', description: 'run on the main thread, for debugging' },
    { flags: '--inspect', description: 'wait for a debugger, then run inline' },
  ],
  run,
}

async function run(options: ExecOptions, serviceId: string): Promise<number> {
  const context = await readContext(options, serviceId)
  const isInline = options.inline === true || options.inspect === true
  if (options.inspect) attachDebugger()
  // Inline code keeps this thread from hearing a signal; the system's default handling ends the process all the same.
  const interruption = isInline ? undefined : new Interruption()
  const progress = createProgressBar(process.stderr, serviceId)
  interruption?.signal.addEventListener('abort', () => progress.stop(), { once: true })
  const executeOptions: ExecuteOptions = {
    ...(interruption && { signal: interruption.signal }),
    ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
    onProgress: ({ fraction, note }) => progress.update({ fraction, ...(note !== undefined && { text: note }) }),
  }
  const start: StartOptions = isInline ? { engine: 'inline' } : { workers: options.workers ?? 1 }
  try {
    const work = (supervisor: Supervisor) => supervisor.execute(context, executeOptions).finally(() => progress.stop())
    const value = await supervised(options.config, start, interruption, work, CANCELLED_MS)
    await writeStdout(`${resultText(value, options, context)}\n`)
    return exitCodes.done
  } catch (error) {
    if (interruption?.exitCode === undefined || !isTroupeError(error)) throw error
    await writeStderr(`troupe: interrupted by ${interruption.received}; ${serviceId} was cancelled\n`)
    return interruption.exitCode
  } finally {
    progress.stop()
    interruption?.stop()
  }
}

async function readContext(options: ExecOptions, serviceId: string): Promise<Context> {
  if (options.data === '-' && options.context === '-') throw new Error('Only one of --data and --context can be stdin')
  const given = options.context === undefined ? {} : await readJsonArgument('--context', options.context)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new TroupeError('CONTEXT_INVALID', '--context must be a JSON object')
  }
  const named = (given as Partial<Context>).service_id
  if (named !== undefined && named !== serviceId) {
    throw new TroupeError('CONTEXT_INVALID', `--context names another service_id than ${serviceId}: ${String(named)}`)
  }
  return {
    ...given,
    service_id: serviceId,
    ...(options.requestId !== undefined && { request_id: options.requestId }),
    ...(options.seed !== undefined && { seed: options.seed }),
    ...(options.data !== undefined && { data: await readJsonArgument('--data', options.data) }),
  }
}

/** One line for programs, indented for people. */
function resultText(value: unknown, options: ExecOptions, context: Context): string {
  try {
    return jsonText(value, options.json ? {} : { indent: 2 })
  } catch (error) {
    if (!isTroupeError(error)) throw error
    throw new TroupeError(error.code, error.message, {
      details: error.details,
      serviceId: context.service_id,
      requestId: context.request_id,
    })
  }
}
