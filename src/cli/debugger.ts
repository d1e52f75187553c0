import inspector from 'node:inspector'

/** Opens the inspector and stops this thread until a debugger has attached. */
export function attachDebugger(): void {
  // Already open where node itself was given --inspect.
  if (inspector.url() === undefined) inspector.open()
  if (inspector.url() === undefined) throw new Error('The inspector could not be opened; is its port in use?')
  inspector.waitForDebugger()
}
