/** Takes the texts of values, in the order of their leaves. */
export interface TextSink {
  /**
   * `column` counts the text leaves of one value; `known` is a text that whoever takes this one knows. `false` where
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
