import { fileURLToPath } from 'node:url'
import { Supervisor } from '../../src/index.ts'

/** Below it lie the components of the bench. */
export const componentRoot = fileURLToPath(new URL('../components/', import.meta.url))

/** A supervisor with a service for each workload, or for one under many names; only the number of workers is set. */
export async function openTroupe(workers: number, services: readonly string[], workload?: string): Promise<Supervisor> {
  const taskOf = (service: string): object => ({
    module: './task.js',
    class: 'Task',
    config: { service: workload ?? service },
  })
  return await Supervisor.start(
    { services: Object.fromEntries(services.map((service) => [service, taskOf(service)])) },
    { workers, root: componentRoot },
  )
}
