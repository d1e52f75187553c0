export { replayRun } from './replay-run.ts'
export { runExperiment } from './run-experiment.ts'
