export { runContext as default } from '../workloads.ts'
