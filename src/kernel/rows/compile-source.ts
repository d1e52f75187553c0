/**
 * Makes the function that a generated source returns, which knows what is in `scope` by its names. Nothing but keys of
 * values may have got into the source, as JSON.
 */
export function compileSource<F>(source: string, scope: Readonly<Record<string, unknown>> = {}): F {
  // oxlint-disable-next-line typescript/no-implied-eval
  return new Function(...Object.keys(scope), source)(...Object.values(scope)) as F
}
