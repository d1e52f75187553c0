/** How long a lane is used: what it has been sent, how much more it may be, and whether another lane takes its place. */
export class Tenure {
  /** Contexts that it was sent, but for those it has passed over. */
  used = 0
  allowance = Infinity
  /** Takes nothing new: it is to be replaced once what is in flight has ended. */
  isLeaving = false
  /** Another lane is being opened in its place, or has been. */
  isReplaced = false

  get left(): number {
    return this.allowance - this.used
  }

  get isOver(): boolean {
    return this.isLeaving || this.used >= this.allowance
  }
}
