/** One T for each input of an op that states how many it has. */
export interface Lists<T> {
  readonly 0: readonly []
  readonly 1: readonly [T]
  readonly 2: readonly [T, T]
  readonly 3: readonly [T, T, T]
  readonly 4: readonly [T, T, T, T]
  readonly 5: readonly [T, T, T, T, T]
  readonly 6: readonly [T, T, T, T, T, T]
  readonly 7: readonly [T, T, T, T, T, T, T]
  readonly 8: readonly [T, T, T, T, T, T, T, T]
}

/** A number of inputs that types can count. */
export type Arity = keyof Lists<unknown>

/** One T for each of N inputs: a tuple where N is a literal up to 8, otherwise an array. */
export type PerInput<N extends number, T> = N extends Arity ? Lists<T>[N] : readonly T[]
