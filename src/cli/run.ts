import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isTroupeError, type EngineName, type RunOptions, type StartOptions } from '../index.ts'
import { oneOf, wholeNumber, type CommandDefinition, type CommonOptions } from './command.ts'
import { exitCodes } from './exit-code.ts'
import { Interruption } from './interruption.ts'
import { configOption, invocation } from './invocation.ts'
import { createFreshFolder, runFolderName, type FreshFolder } from './run-folder.ts'
import { createRunProgress } from './run-progress.ts'
import { runReport } from './run-report.ts'
import { shellWord } from './shell-word.ts'
import { writeStderr, writeStdout } from './standard-streams.ts'
import { summaryJson } from './summary-json.ts'
import { supervised } from './supervised.ts'

interface RunCommandOptions extends CommonOptions {
  readonly out?: string
  readonly resume?: boolean
  readonly failedOnly?: boolean
  readonly force?: boolean
  readonly workers?: number
  readonly engine?: EngineName
}

/** Where a run is said to go is said after so long, or with its first progress: not where it does not begin at all. */
const ANNOUNCED_MS = 500

/** `troupe run`: computes an experiment, and prints what it came to. */
export const run: CommandDefinition<RunCommandOptions> = {
  name: 'run',
  description: 'Compute an experiment: many runs of a service, over the points of a design',
  argument: { name: 'experiment', description: 'the experiment file' },
  options: [
    { flags: '--out <dir>', description: 'the folder of the run (default: a new one in runs/)' },
    { flags: '--resume', description: 'go on with the run in --out, or begin it' },
    { flags: '--failed-only', description: 'with --resume: compute again the runs that failed, and no others' },
    { flags: '--force', description: 'with --resume: go on although the experiment or its components have changed' },
    { flags: '--workers <n>', description: 'workers of the default pool (default: the file’s)', parse: wholeNumber(1) },
    { flags: '--engine <name>', description: 'threads, or inline for debugging', parse: oneOf(['threads', 'inline']) },
  ],
  run: runExperiment,
}

async function runExperiment(options: RunCommandOptions, experiment: string): Promise<number> {
  refuseContradictions(options)
  const folder = await openFolder(options, experiment)
  const out = folder.path
  // Inline code keeps this thread from hearing a signal; the system's default handling ends the process all the same.
  const interruption = options.engine === 'inline' ? undefined : new Interruption()
  const resume = resumeCommand(options, experiment, out)
  const announcement = announceOnce(`troupe: writing to ${out}; after an interruption go on with: ${resume}\n`)
  const progress = createRunProgress(process.stderr, basename(experiment, '.json'))
  interruption?.signal.addEventListener('abort', () => {
    progress.stop()
    void writeStderr(`troupe: ${interruption.received}: what runs may end; once more to stop at once\n`)
  })
  const runOptions: RunOptions = {
    out,
    resume: options.resume === true,
    failedOnly: options.failedOnly === true,
    force: options.force === true,
    ...(interruption && { signal: interruption.signal }),
    onProgress: (state) => {
      if (interruption?.signal.aborted) return
      announcement.now()
      progress.update(state)
    },
  }
  try {
    const summary = await supervised(options.config, startOptions(options), interruption, (supervisor) =>
      supervisor.run(experiment, runOptions),
    )
    progress.stop()
    await writeStdout(options.json ? `${summaryJson(summary)}\n` : runReport(summary, out, options.config))
    return summary.failures.count === 0 ? exitCodes.done : exitCodes.failures
  } catch (error) {
    if (interruption?.exitCode === undefined || !isTroupeError(error)) throw error
    const how = `troupe: interrupted by ${interruption.received}`
    const isKept = existsSync(join(out, 'journal'))
    await writeStderr(
      isKept ? `${how}; what was computed is in ${out}; go on with: ${resume}\n` : `${how} before it had started\n`,
    )
    return interruption.exitCode
  } finally {
    announcement.stop()
    progress.stop()
    interruption?.stop()
    await folder.removeIfEmpty()
  }
}

function refuseContradictions({ out, resume, failedOnly, force }: RunCommandOptions): void {
  if (out === '') throw new Error('--out needs the path of a folder')
  if (resume && out === undefined) throw new Error('--resume needs --out: the folder of the run to go on with')
  if (failedOnly && !resume) throw new Error('--failed-only needs --resume: it computes again what failed in a run')
  if (force && !resume) throw new Error('--force needs --resume: a new run has nothing that could have changed')
}

async function openFolder({ out }: RunCommandOptions, experiment: string): Promise<FreshFolder> {
  // A folder that the user named is the run's to make.
  if (out !== undefined) return { path: out, removeIfEmpty: async () => {} }
  return createFreshFolder('runs', runFolderName(experiment, new Date()))
}

function startOptions({ workers, engine }: RunCommandOptions): StartOptions {
  return { ...(workers !== undefined && { workers }), ...(engine !== undefined && { engine }) }
}

function resumeCommand({ config }: RunCommandOptions, experiment: string, out: string): string {
  return `${invocation()} run ${shellWord(experiment)}${configOption(config)} --out ${shellWord(out)} --resume`
}

/** Prints a line once: now, or when it has waited for a while. */
function announceOnce(line: string) {
  let isSaid = false
  const now = () => {
    if (!isSaid) void writeStderr(line)
    isSaid = true
  }
  const timer = setTimeout(now, ANNOUNCED_MS).unref()
  return { now, stop: () => clearTimeout(timer) }
}
