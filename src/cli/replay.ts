import { Supervisor, type Replay } from '../index.ts'
import { wholeNumber, type CommandDefinition, type CommonOptions } from './command.ts'
import { attachDebugger } from './debugger.ts'
import { exitCodes } from './exit-code.ts'
import { failureJson } from './failure-json.ts'
import { failureText } from './failure-text.ts'
import { jsonText } from './json-text.ts'
import { writeStderr, writeStdout } from './standard-streams.ts'

interface ReplayOptions extends CommonOptions {
  readonly run: number
  readonly inspect?: boolean
}

/** `troupe replay`: computes one run of an experiment again, alone, on this thread, and prints its result. */
export const replay: CommandDefinition<ReplayOptions> = {
  name: 'replay',
  description: 'Compute one run of an experiment again, alone, on the main thread',
  argument: { name: 'folder', description: 'the folder that `troupe run` wrote' },
  options: [
    { flags: '--run <n>', description: 'the number of the run', parse: wholeNumber(0), required: true },
    { flags: '--inspect', description: 'wait for a debugger first' },
  ],
  run,
}

// No signal is listened for: inline code would keep this thread from hearing it, and the system's default ends it.
async function run(options: ReplayOptions, folder: string): Promise<number> {
  if (options.inspect) attachDebugger()
  const supervisor = await Supervisor.start(options.config, { engine: 'inline' })
  try {
    const replayed = await supervisor.replay(folder, options.run).catch((error: unknown) => {
      // Of a number beyond the last run: the user's mistake here, not this program's.
      throw error instanceof RangeError ? new Error(error.message, { cause: error }) : error
    })
    const differences = differencesOf(replayed)
    await writeStderr([...replayed.warnings, ...differences].map((warning) => `troupe: warning: ${warning}\n`).join(''))
    await writeStdout(options.json ? replayJson(options.run, replayed, differences) : replayText(options.run, replayed))
    if (replayed.error === undefined) return exitCodes.done
    if (!options.json) await writeStderr(failureText(replayed.error))
    return exitCodes.failures
  } finally {
    await supervisor.close()
  }
}

/** Where the run came to something else than it is recorded to have come to. */
export function differencesOf({ result, error, recorded }: Replay): string[] {
  if (recorded === undefined) return []
  if (recorded === null) return error === undefined ? ['it failed when it was recorded, and does not now'] : []
  if (error !== undefined) return ['it did not fail when it was recorded']
  const fields = (typeof result === 'object' && result !== null ? result : {}) as Readonly<Record<string, unknown>>
  return Object.entries(recorded)
    .filter(([metric, value]) => !Object.is(fields[metric], value))
    .map(([metric, value]) => `${metric} was recorded as ${value}, and is ${String(fields[metric])} now`)
}

function replayText(number: number, { context, result, error, recorded }: Replay): string {
  const { service_id: service, point, replication, data } = context
  const lines = [`run ${number} of ${service}: point ${String(point)}, replication ${String(replication)}`]
  lines.push(`data      ${jsonText(data)}`)
  if (error === undefined) lines.push(`result    ${jsonText(result, { indent: 2 })}`)
  if (recorded !== undefined) lines.push(`recorded  ${recorded === null ? 'as failed' : jsonText(recorded)}`)
  return `${lines.join('\n')}\n`
}

function replayJson(number: number, replayed: Replay, differences: readonly string[]): string {
  const { context, result, error, recorded, warnings } = replayed
  const ended = error === undefined ? { result } : { error: failureJson(error) }
  const record = recorded === undefined ? {} : { recorded, differences }
  return `${jsonText({ run: number, context, ...ended, ...record, warnings })}\n`
}
