/** How often an execution's progress is passed on, at most. */
export const PROGRESS_INTERVAL_MS = 250

/** What a component or a middleware said of its progress, with the fraction brought between 0 and 1. */
export function progressReport(
  fraction: number,
  note: string | undefined,
): { readonly fraction: number; readonly note?: string } {
  const within = Math.min(1, Math.max(0, Number(fraction) || 0))
  return note === undefined ? { fraction: within } : { fraction: within, note: String(note) }
}
