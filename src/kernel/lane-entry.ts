/** The module that a worker thread begins with. */
export const laneEntry = new URL('../../workers/lane.js', import.meta.url)
