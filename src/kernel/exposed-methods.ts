const RESERVED = new Set(['constructor', 'start', 'stop', 'snapshot', 'restore', 'dispose', 'then', '__proto__'])

/** The hidden methods by which a stream of an actor's is taken item by item. */
export const NEXT = '_next'
export const RETURN = '_return'

/** Whether a method of this name can be exposed: it is not of the lifecycle, not private by convention, no thenable's. */
export function mayExpose(name: string): boolean {
  return !RESERVED.has(name) && !name.startsWith('_')
}

/** The methods of a class that callers of its instances may use: its own, as declared. */
export function exposedMethods(declared: { readonly prototype: object }): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(declared.prototype)).flatMap(([name, { value }]) =>
    typeof value === 'function' && mayExpose(name) ? [name] : [],
  )
}
