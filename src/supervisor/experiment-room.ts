import type { ExperimentRoom } from '../contract/experiment-host.ts'

let load: (() => Promise<ExperimentRoom>) | undefined

/** Makes known who runs experiments; it is loaded with the first. */
export function registerExperiments(loader: () => Promise<ExperimentRoom>): void {
  load = loader
}

/** Loads what runs experiments. */
export async function experimentRoom(): Promise<ExperimentRoom> {
  if (load === undefined) throw new RangeError('Nothing is registered that runs experiments')
  return await load()
}
