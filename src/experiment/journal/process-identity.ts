import { randomBytes } from 'node:crypto'
import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'

/** Which process took part, in the name of a lock file: what it takes to know, later and elsewhere, whether it lives. */
export interface ProcessIdentity {
  readonly host: string
  readonly pid: number
  /** Where the system tells: when the process started, since which boot, and among which processes its number counts. */
  readonly start: string
  readonly boot: string
  readonly space: string
}

const unknown = '0'

export async function ownIdentity(): Promise<ProcessIdentity> {
  const [stat, boot, space] = await Promise.all([
    readStat(process.pid),
    readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ])
  return {
    host: hostname(),
    pid: process.pid,
    start: stat?.start ?? unknown,
    boot: boot.replaceAll(/\W/g, '').slice(0, 12) || unknown,
    space: /\d+/.exec(space)?.[0] ?? unknown,
  }
}

/** A name that no other process has, nor another call in this one. */
export function lockName({ host, pid, start, boot, space }: ProcessIdentity): string {
  return `lock-${encodeURIComponent(host)}-${pid}-${start}-${boot}-${space}-${randomBytes(4).toString('hex')}`
}

export function parseLockName(name: string): ProcessIdentity | undefined {
  const found = /^lock-(.+)-(\d+)-(\d+)-(\w+)-(\d+)-[\da-f]{8}$/.exec(name)
  if (!found) return undefined
  const [, host = '', pid, start = '', boot = '', space = ''] = found
  return { host: decodeURIComponent(host), pid: Number(pid), start, boot, space }
}

/**
 * Whether a process may be alive. Of another host, and of a container whose processes cannot be seen from here, nobody
 * can tell: they count as alive.
 */
export async function mayBeAlive(other: ProcessIdentity, own: ProcessIdentity): Promise<boolean> {
  if (other.host !== own.host) return true
  if (other.boot !== own.boot) return false
  if (other.space !== own.space) return true
  try {
    process.kill(other.pid, 0)
  } catch (error) {
    // Anything else, such as EPERM, says that it is there.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const stat = await readStat(other.pid)
  // A process that is told of but cannot be looked at may be hidden from this user.
  if (stat === undefined || other.start === unknown) return true
  // A number is given to another process in time; and one that has ended keeps its own until its parent has asked.
  return stat.start === other.start && !['Z', 'X'].includes(stat.state)
}

async function readStat(pid: number): Promise<{ readonly state: string; readonly start: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined)
  // The name of the program, in parentheses, may hold anything.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, start] = [fields?.[0], fields?.[19]]
  return state === undefined || start === undefined ? undefined : { state, start }
}
