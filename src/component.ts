export { defineComponent } from './contract/component.ts'
export { TroupeError, isTroupeError } from './contract/errors.ts'
export { transfer } from './contract/transfer.ts'
export type { Actor, ActorProxy, ActorScope, ActorStream, StopReason } from './contract/actor.ts'
export type {
  Component,
  ComponentClass,
  ComponentDefinition,
  ComponentOf,
  ComponentOptions,
} from './contract/component.ts'
export type { Context, RoutedContext } from './contract/context.ts'
export type { ErrorCode, ErrorFields, ErrorOutcome } from './contract/errors.ts'
export type { Log, LogLevel, LogMethod } from './contract/log.ts'
export type { Middleware, MiddlewareFactory, MiddlewareHost, Next } from './contract/middleware.ts'
export type { Schema, SchemaIssue, SchemaResult } from './contract/schema.ts'
export type { Scope, Side } from './contract/scope.ts'
