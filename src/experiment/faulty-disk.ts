import type { FaultPlan, FaultPoint } from '../contract/fault-plan.ts'
import { isDue, readFaultPlan } from '../kernel/fault-plan.ts'
import { type Disk, type DiskFile, realDisk } from './disk.ts'

let plan: FaultPlan | undefined

/** The disk for the journal or the outputs of a run, with the fault that `TROUPE_FAULT` plans; counted over the life of the process. */
export function plannedDisk(use: 'journal' | 'output'): Disk {
  const text = process.env['TROUPE_FAULT'] ?? ''
  if ((plan?.text ?? '') !== text) plan = readFaultPlan(text)
  return plan?.point.startsWith(`${use}:`) ? faultyDisk(realDisk, use, plan) : realDisk
}

/** A disk where, as planned, the process is killed or the system refuses; of what was to be written, half arrives. */
export function faultyDisk(disk: Disk, use: 'journal' | 'output', fault: FaultPlan): Disk {
  const reach = async (point: FaultPoint, half?: () => Promise<unknown>): Promise<void> => {
    if (!isDue(fault, point)) return
    await half?.()
    return strike(fault)
  }
  return {
    async rename(from, to) {
      await reach(`${use}:rename`)
      await disk.rename(from, to)
    },
    async open(path, flags): Promise<DiskFile> {
      const file = await disk.open(path, flags)
      // Folders are opened for nothing but syncing.
      const sync = flags === 'r' ? (`${use}:folder-sync` as const) : (`${use}:sync` as const)
      return {
        async write(bytes, offset, length, position) {
          await reach(`${use}:write`, () => file.write(bytes, offset, length >> 1, position))
          return file.write(bytes, offset, length, position)
        },
        async sync() {
          await reach(sync)
          await file.sync()
        },
        async datasync() {
          await reach(sync)
          await file.datasync()
        },
        truncate: (length) => file.truncate(length),
        close: () => file.close(),
      }
    },
  }
}

function strike({ action, text }: FaultPlan): Promise<never> {
  if (action !== 'crash') {
    return Promise.reject(Object.assign(new Error(`${action}: fault ${text}`), { code: action, syscall: text }))
  }
  process.kill(process.pid, 'SIGKILL')
  // On a system where that takes a moment, nothing is done any more.
  return new Promise(() => {})
}
