import type { Scope } from '../contract/scope.ts'

/**
 * The scope that a worker gives to middleware: the schemas live in components, so the `validation` middleware can only
 * ask the worker to check them where it runs the component.
 */
export interface SchemaCheckingScope extends Scope {
  /** Has the input and output of this execution's components checked against their schemas. */
  checkSchemas(): void
}

/** Whether `scope` belongs to a side that can check schemas. */
export function canCheckSchemas(scope: Scope): scope is SchemaCheckingScope {
  return typeof (scope as Partial<SchemaCheckingScope>).checkSchemas === 'function'
}
