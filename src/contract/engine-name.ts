/** The engines that a pool can run on. Each is registered in `src/index.ts`, and loaded when a pool first needs it. */
export const engineNames = ['threads', 'inline'] as const

/** Where a pool runs: worker threads, or inline on the program's own thread, for debugging. */
export type EngineName = (typeof engineNames)[number]
