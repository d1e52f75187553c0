import type { Actor } from '../contract/actor.ts'
import { isComponentDefinition } from '../contract/component.ts'
import { TroupeError } from '../contract/errors.ts'
import type { ServicePlan } from '../contract/plan.ts'
import type { ExposedEndpoint } from '../kernel/comlink.ts'
import { exposedMethods } from '../kernel/exposed-methods.ts'
import { importModule } from '../kernel/import-module.ts'
import { resolveModule } from '../kernel/module-path.ts'
import { describeThrown } from '../kernel/thrown.ts'
import { exportOf, isConstructor, loadError } from './component-loader.ts'

/** An instance of an actor's class; whatever methods it has are called by name. */
export type ActorObject = Actor & Record<string, (...args: readonly unknown[]) => unknown>

/** A service of actors in one lane: its class, loaded, and the endpoint that all of its instances share. */
export interface ActorType {
  readonly plan: ServicePlan
  readonly file: string
  readonly warnings: readonly string[]
  readonly methods: readonly string[]
  readonly endpoint: ExposedEndpoint
  make(): ActorObject
}

/**
 * Imports the class of an actor's service.
 *
 * @param open Makes the endpoint for the methods of the class.
 * @throws {TroupeError} `COMPONENT_LOAD_FAILED`, `COMPONENT_PATH_FORBIDDEN`
 */
export async function loadActorType(
  plan: ServicePlan,
  root: string,
  attempt: number,
  open: (methods: readonly string[]) => Promise<ExposedEndpoint>,
): Promise<ActorType> {
  const step = plan.steps[0]!
  const { kind, file } = resolveModule(step.module, root)
  if (kind === 'absent') throw loadError(step, file, 'there is no such file')
  try {
    const { namespace, warnings } = await importModule(file, attempt)
    const exported = exportOf(namespace, step, file)
    if (isComponentDefinition(exported) || !isConstructor(exported)) {
      throw loadError(step, file, 'an actor is a class, whose own methods are its messages')
    }
    const declared = exported as unknown as { readonly prototype: object }
    const methods = exposedMethods(declared)
    const endpoint = await open(methods)
    const make = () => new exported(structuredClone(step.config)) as unknown as ActorObject
    return { plan, file, warnings, methods, endpoint, make }
  } catch (error) {
    if (error instanceof TroupeError && error.code === 'COMPONENT_LOAD_FAILED') throw error
    throw loadError(step, file, describeThrown(error).message, error)
  }
}
