import type { Component, ComponentClass, Context } from '../../src/component.ts'
import type { Workload } from '../shapes/compile-shape.ts'
import { workloadOf } from '../workloads.ts'

/** Runs the function of one service, as the workers of the peers do. */
export const Task: ComponentClass = class implements Component {
  readonly #run: Workload['run']

  constructor(config: { readonly service: string }) {
    this.#run = workloadOf(config.service).run
  }

  execute(context: Context): unknown {
    return this.#run(context)
  }
}
