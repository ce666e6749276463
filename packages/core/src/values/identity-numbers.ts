/** Numbers objects in the order of their first look-up, for keys that distinguish objects by identity. */
export class IdentityNumbers {
  readonly #numbers = new WeakMap<object, number>()
  #count = 0

  of(object: object): number {
    let number = this.#numbers.get(object)
    if (number === undefined) this.#numbers.set(object, (number = this.#count++))
    return number
  }
}
