/** Numbers objects in the order in which they are first asked for: for keys that tell objects apart by identity. */
export class IdentityNumbers {
  readonly #numbers = new WeakMap<object, number>()
  #count = 0

  of(object: object): number {
    let number = this.#numbers.get(object)
    if (number === undefined) this.#numbers.set(object, (number = this.#count++))
    return number
  }
}
