import { syncBuiltinESMExports } from 'node:module'
import { constants } from 'node:os'

/**
 * Makes a signal that JavaScript in this thread sends to its own process end this thread alone, with the exit code that
 * a shell would tell; the process belongs to the program. Other processes are sent theirs.
 */
export function containKill(exit: (code: number) => never): void {
  const kill = process.kill.bind(process)
  process.kill = (pid, signal = 'SIGTERM') => {
    const number = typeof signal === 'number' ? signal : constants.signals[signal as NodeJS.Signals]
    // 0 only asks whether a process is there; 0 and negative ids mean a group that this process is in.
    if (number > 0 && [process.pid, -process.pid, 0].includes(Number(pid))) exit(128 + number)
    return kill(pid, signal)
  }
  syncBuiltinESMExports()
}
