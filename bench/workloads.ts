import type { Context } from '../src/component.ts'
import { drawShapes } from './shapes/draw-shapes.ts'
import { compileShape, type Workload } from './shapes/compile-shape.ts'
import { nestedShape, plainShape, type Shape } from './shapes/shape.ts'
import { spinning } from './spin.ts'

// Every thread of every side gets a copy of this process's environment when it starts.
const seedVariable = 'TROUPE_BENCH_SEED'

/** Says which shapes are drawn, here and in every thread that starts from now on. */
export function setSeed(seed: number): void {
  process.env[seedVariable] = String(seed)
}

/** The plain shape first, then those drawn. */
export function shapesOf(nested: boolean): readonly Shape[] {
  return [nested ? nestedShape : plainShape, ...drawShapes(Number(process.env[seedVariable] ?? 1), nested)]
}

const compiled = new Map<string, Workload>([[spinning.name, spinning]])

/** The workload of a service id; the same on every thread. */
export function workloadOf(serviceId: string): Workload {
  return compiled.get(serviceId) ?? compileAll(serviceId)
}

function compileAll(wanted: string): Workload {
  for (const shape of [...shapesOf(false), ...shapesOf(true)]) compiled.set(shape.name, compileShape(shape))
  const workload = compiled.get(wanted)
  if (workload === undefined) throw new Error(`No workload ${wanted}`)
  return workload
}

/** What the worker of every peer runs. */
export function runContext(context: Context): unknown {
  return workloadOf(context.service_id).run(context)
}
