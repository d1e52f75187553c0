/** Where a bar is drawn: `process.stdout` or `process.stderr`. */
export interface BarStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** One line that is drawn over until it is stopped. */
export interface ProgressBar {
  /** How far things are, from 0 to 1, with a short text behind the bar. */
  update(state: { readonly fraction: number; readonly text?: string }): void
  /** Takes the bar off the screen. */
  stop(): void
}

const eraseLine = '\r\u001B[2K'
const redrawMs = 100
const widestBar = 40
const narrowestBar = 8

/** A progress bar on `stream`, redrawn ten times a second at most; where that is no terminal it draws nothing. */
export function createProgressBar(stream: BarStream, label: string): ProgressBar {
  if (stream.isTTY !== true) return { update: () => undefined, stop: () => undefined }
  let drawnAt = -Infinity
  let drawn = false
  return {
    update({ fraction, text = '' }) {
      const now = performance.now()
      if (now - drawnAt < redrawMs && fraction < 1) return
      drawnAt = now
      drawn = true
      stream.write(eraseLine + line(label, fraction, text, stream.columns || 80))
    },
    stop() {
      if (drawn) stream.write(eraseLine)
      drawn = false
    },
  }
}

/** The longest text that a terminal of `columns` has room for beside the label and the narrowest bar. */
export function roomForText(label: string, columns: number): number {
  return columns - 1 - label.length - 1 - ' 100%'.length - 2 - narrowestBar
}

/** The line for a terminal of `columns`: the text goes first where all does not fit, then the bar, then the label. */
export function line(label: string, fraction: number, text: string, columns: number): string {
  const share = Math.min(Math.max(fraction, 0), 1) || 0
  const percent = ` ${String(Math.floor(share * 100)).padStart(3)}%`
  // The last column stays free: writing there makes some terminals wrap.
  const room = columns - 1 - label.length - 1 - percent.length
  const shownText = text !== '' && room - 2 - text.length >= narrowestBar ? `  ${text}` : ''
  const width = Math.min(room - shownText.length, widestBar)
  if (width < narrowestBar) return `${label}${percent}`.slice(0, Math.max(columns - 1, 0))
  const full = Math.round(share * width)
  return `${label} ${'█'.repeat(full)}${'░'.repeat(width - full)}${percent}${shownText}`
}
