import { Supervisor, type StartOptions } from '../index.ts'
import type { Interruption } from './interruption.ts'
import { writeStderr } from './standard-streams.ts'

/** After a signal, people wait for the prompt. */
const interruptedCloseMs = 2_000

let heldThreads = 0

/** Starts a supervisor, hands it to `work`, and closes it whatever comes. */
export async function supervised<Result>(
  config: string | object,
  options: StartOptions,
  interruption: Interruption | undefined,
  work: (supervisor: Supervisor) => Promise<Result>,
): Promise<Result> {
  const supervisor = await Supervisor.start(config, options)
  try {
    return await work(supervisor)
  } finally {
    const { zombies } = await supervisor.close(interruption?.signal.aborted ? { timeoutMs: interruptedCloseMs } : {})
    heldThreads += zombies
  }
}

/**
 * Ends the process where native code still holds a thread: it would otherwise hang at its end, `process.exit` included.
 * For when everything is printed, since the exit code is lost (137).
 */
export async function endHeldThreads(): Promise<void> {
  if (heldThreads === 0) return
  await writeStderr(`troupe: native code holds ${heldThreads} of the threads; the process ends with SIGKILL\n`)
  process.kill(process.pid, 'SIGKILL')
}
