import { Supervisor, type StartOptions } from '../index.ts'
import type { Interruption } from './interruption.ts'
import { writeStderr } from './standard-streams.ts'

/** How long what runs may still take after a signal; a second one is there for those who do not want to wait. */
const DRAIN_MS = 10_000

let heldThreads = 0

/**
 * Starts a supervisor, hands it to `work`, and closes it whatever comes. A signal gives up the start, or closes it from
 * then on: what was accepted may end.
 */
export async function supervised<Result>(
  config: string | object,
  options: StartOptions,
  interruption: Interruption | undefined,
  work: (supervisor: Supervisor) => Promise<Result>,
  drainMs = DRAIN_MS,
): Promise<Result> {
  const signal = interruption?.signal
  const supervisor = await Supervisor.start(config, { ...options, ...(signal && { signal }) })
  const drain = () => void supervisor.close({ timeoutMs: drainMs })
  signal?.addEventListener('abort', drain, { once: true })
  try {
    if (signal?.aborted) drain()
    return await work(supervisor)
  } finally {
    signal?.removeEventListener('abort', drain)
    const { zombies } = await supervisor.close()
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
