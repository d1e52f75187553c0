import { types } from 'node:util'
import { type Component, type ComponentDefinition, isComponentDefinition } from '../contract/component.ts'
import { TroupeError } from '../contract/errors.ts'
import type { StepPlan } from '../contract/plan.ts'
import type { Schema } from '../contract/schema.ts'
import { importModule } from '../kernel/import-module.ts'
import { resolveModule } from '../kernel/module-path.ts'
import { checkSchema } from './schema-check.ts'

/** A component, made and ready. */
export interface LoadedComponent {
  readonly step: StepPlan
  readonly file: string
  readonly component: Component
  readonly input: Schema | undefined
  readonly output: Schema | undefined
  readonly warnings: readonly string[]
}

/**
 * Imports a step's module, takes its export and makes the component.
 *
 * @throws {TroupeError} `COMPONENT_LOAD_FAILED` naming file and export, with the original as `cause`;
 *   `COMPONENT_PATH_FORBIDDEN` where the file came to lie outside since the start.
 */
export async function loadComponent(step: StepPlan, root: string, attempt: number): Promise<LoadedComponent> {
  const { kind, file } = resolveModule(step.module, root)
  if (kind === 'absent') throw loadError(step, file, 'there is no such file')
  try {
    const { namespace, warnings } = await importModule(file, attempt)
    const exported = exportOf(namespace, step, file)
    const made = await make(exported, step, file)
    if (typeof made.component?.execute !== 'function')
      throw loadError(step, file, 'it has no method execute(context, scope)')
    return { step, file, warnings, ...made }
  } catch (error) {
    if (error instanceof TroupeError && error.code === 'COMPONENT_LOAD_FAILED') throw error
    throw loadError(step, file, messageOf(error), error)
  }
}

/** The export of a module that a step names. */
export function exportOf(namespace: Readonly<Record<string, unknown>>, step: StepPlan, file: string): unknown {
  if (!types.isModuleNamespaceObject(namespace)) {
    throw loadError(
      step,
      file,
      'its module exports a function called "then", which stands in for the module; rename it',
    )
  }
  if (!Object.hasOwn(namespace, step.class)) {
    const exported = Object.keys(namespace).join(', ') || 'nothing'
    throw loadError(step, file, `the module does not export it; it exports ${exported}`)
  }
  return namespace[step.class]
}

interface Made {
  readonly component: Component
  readonly input: Schema | undefined
  readonly output: Schema | undefined
}

async function make(exported: unknown, step: StepPlan, file: string): Promise<Made> {
  if (isComponentDefinition(exported)) {
    const config = await parseConfig(exported, step, file)
    return { component: await exported.create(config), input: exported.input, output: exported.output }
  }
  if (!isConstructor(exported)) {
    throw loadError(step, file, 'the export is neither a class nor made by defineComponent')
  }
  const component = new exported(step.config)
  if (types.isPromise(component)) {
    ;(component as Promise<unknown>).catch(() => {})
    throw loadError(step, file, 'its constructor returned a promise; await in defineComponent({ create }) instead')
  }
  return { component, input: undefined, output: undefined }
}

async function parseConfig(definition: ComponentDefinition, step: StepPlan, file: string): Promise<unknown> {
  if (!definition.config) return step.config
  const checked = await checkSchema(definition.config, step.config, 'config')
  if (checked.issues === undefined) return checked.value
  const listed = checked.issues.map(({ path, message }) => `${path}: ${message}`).join('; ')
  throw loadError(step, file, `its config is invalid: ${listed}`, undefined, { issues: checked.issues })
}

/** A class or constructor function; an arrow function or a method would throw a bare TypeError under `new`. */
export function isConstructor(value: unknown): value is new (config: unknown) => Component {
  try {
    Reflect.construct(Object, [], value as new () => unknown)
    return true
  } catch {
    return false
  }
}

/** The error for a component that could not be loaded. */
export function loadError(step: StepPlan, file: string, why: string, cause?: unknown, more?: object): TroupeError {
  return new TroupeError('COMPONENT_LOAD_FAILED', `Component ${step.class} of ${file} could not be loaded: ${why}`, {
    ...(cause !== undefined && { cause }),
    details: { step: step.name, module: step.module, class: step.class, file, ...more },
  })
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : `it threw ${String(error)}`
  } catch {
    return 'it threw a value that cannot be read'
  }
}
