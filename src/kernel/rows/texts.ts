/** Takes the texts of values: those of their lists first, then those of their other leaves, both in order. */
export interface TextSink {
  /**
   * `column` counts the text leaves of one value, and then its lists; `known` is a text that whoever takes this one knows. `false` where
   * there is no room for it.
   */
  put(column: number, text: string, known?: string): boolean
  mark(): number
  /** Forgets what was put since. */
  reset(mark: number): void
}

/** Gives the texts back, in the order in which they were put. */
export interface TextSource {
  take(column: number, known?: string): string
}
