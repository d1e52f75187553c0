const diskActions = ['crash', 'EIO', 'ENOSPC', 'EACCES'] as const

// Moments at which a fault does the most harm, to be tried one by one: nothing is done about them where none is planned.
export const faultPoints = {
  'lane:start': ['crash', 'throw'],
  'lane:before-reply': ['crash', 'throw', 'hang'],
  'lane:after-reply': ['crash', 'throw', 'hang'],
  'supervisor:before-post': ['crash'],
  'supervisor:after-post': ['crash'],
  // Where a lane is recycled, or ends with its supervisor.
  'supervisor:before-drain': ['crash'],
  'supervisor:after-drain': ['crash'],
  // Where files of a run are written.
  'journal:write': diskActions,
  'journal:sync': diskActions,
  'journal:rename': diskActions,
  'journal:folder-sync': diskActions,
  'output:write': diskActions,
  'output:sync': diskActions,
  'output:rename': diskActions,
  'output:folder-sync': diskActions,
} as const

/** A moment in the life of a lane, of what is sent to it, or of a file. */
export type FaultPoint = keyof typeof faultPoints
/** What happens then: the thread ends (on the disk: the process), the code there throws, it stands still, or the disk refuses. */
export type FaultAction = (typeof faultPoints)[FaultPoint][number]

/** One fault that is to happen once, in whichever thread comes to its point for the `at`-th time. */
export interface FaultPlan {
  readonly text: string
  readonly point: FaultPoint
  readonly at: number
  readonly action: FaultAction
  /** The pool it is for; any where there is none. */
  readonly pool: string | undefined
  /** How often the point was reached, in memory that all threads share. */
  readonly reached: Int32Array
}
