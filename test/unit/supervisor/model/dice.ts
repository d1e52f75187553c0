/** Numbers in [0, 1), each other than those before: what `Math.random` says next is known. */
export class Dice {
  #rolled = 0

  get next(): number {
    return (this.#rolled * 0.618_033_988_749_895) % 1
  }

  roll(): number {
    const { next } = this
    this.#rolled++
    return next
  }
}
