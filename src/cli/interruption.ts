import { exitCodes } from './exit-code.ts'

const signalNames = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

// A terminal sends SIGINT to all of its group, and npm sends it on to its child: what comes that soon is the same one.
const SAME_SIGNAL_MS = 250

/** Turns the first SIGINT, SIGTERM or SIGHUP into an abort; the second ends the process at once. */
export class Interruption {
  readonly #controller = new AbortController()
  readonly #listener = (name: (typeof signalNames)[number]): void => {
    if (this.#received) return
    // With the listeners gone, whatever signal comes next has its default effect: the system ends the process, even
    // where a thread hangs in native code and `process.exit` would wait for it.
    setTimeout(() => this.stop(), SAME_SIGNAL_MS).unref()
    this.#received = name
    this.#controller.abort()
  }
  #received: (typeof signalNames)[number] | undefined

  constructor() {
    for (const name of signalNames) process.on(name, this.#listener)
  }

  /** Aborts at the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The signal that came, if one did. */
  get received(): string | undefined {
    return this.#received
  }

  /** What to exit with, if a signal came. */
  get exitCode(): number | undefined {
    return this.#received && exitCodes[this.#received]
  }

  stop(): void {
    for (const name of signalNames) process.off(name, this.#listener)
  }
}
