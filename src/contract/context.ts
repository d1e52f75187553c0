/**
 * The input of one execution: a plain, structured-clonable object. `service_id` says where it goes; `request_id` is
 * filled in where it is absent; whatever else it holds reaches the component as it is.
 */
export interface Context {
  readonly service_id: string
  readonly request_id?: string
  readonly data?: unknown
  readonly [field: string]: unknown
}

/** A context on its way through the runtime: its `request_id` is there. */
export type RoutedContext = Context & { readonly request_id: string }
