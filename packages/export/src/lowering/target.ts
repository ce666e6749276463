import type {
  Accumulation,
  Combine,
  Convolution,
  DType,
  Factorization,
  Indexing,
  Meeting,
  Move,
  Program,
  Tensor,
} from '@cotangent/core'

/** Shape and dtype of a value. */
export interface Type {
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** Where a value comes from. */
export interface Place {
  /** The op that computes it. */
  readonly op: string
  /** `file:line:column` of the call in the user's code, with an absolute path; undefined if it is not known. */
  readonly line: string | undefined
}

/** The body of a loop or branch: it is called each time that the target writes that body, with values of the body. */
export type Block<V> = (inputs: readonly V[]) => readonly V[]

/**
 * A loop. Let `limit` be `count`, clamped to `[0, length]`, or `length` without a count. In step `t = 0, 1 ...`, while
 * `t < limit` and the condition holds, `step` gets the carries and row `r` of each x. It gives the next carries and row
 * `r` of each stack; `r = t`, or `limit - 1 - t` if `reverse`. Rows of steps that were not taken are zero.
 */
export interface Loop<V> {
  /** The number of steps, an int32 scalar, if it is not fixed. */
  readonly count: V | null
  /** The number of rows, and the largest number of steps; null for no bound, without xs and stacks. */
  readonly length: number | null
  readonly reverse: boolean
  readonly carries: readonly V[]
  /** `[length, ...row]`. */
  readonly xs: readonly V[]
  /** The types of the stacked results, `[length, ...row]`. */
  readonly stacks: readonly Type[]
  /** Takes carries and rows of xs; returns carries and rows of stacks. Values from outside may be used in it. */
  readonly step: Block<V>
  /** Takes the carries; returns a bool scalar. */
  readonly condition: Block<V> | null
}

/** What a loop gives: the last carries, the stacks, and the number of steps that were taken, an int32 scalar. */
export interface LoopResult<V> {
  readonly carries: readonly V[]
  readonly stacks: readonly V[]
  readonly steps: V
}

/**
 * A language that programs are written in. Each method writes what computes one value and returns a handle to it, `V`,
 * which knows its type. Values may be used in the block where they were written and in the blocks inside of it.
 * Methods state what they compute as the kinds of work of core do (`Works` in `kernels/work.ts`).
 *
 * A target without a counterpart throws an ExportError; `place` of it tells the op and its line.
 */
export interface Target<V extends Type> {
  /** Tells where the values come from that are written next. */
  from(place: Place): void
  /** A concrete tensor. */
  constant(tensor: Tensor): V
  /** One scalar program for every element; inputs are broadcast to the shape of the result. */
  map(program: Program, inputs: readonly V[], type: Type): V
  /** Combines elements along axes, which are dropped; to positions, of the first extreme, in row-major order. */
  reduce(combine: Combine, x: V, axes: readonly number[], type: Type): V
  /** Each element combined with all before it along an axis; sums and products of floats in float64. */
  accumulate(combine: Accumulation, x: V, axis: number, type: Type): V
  /** The int32 positions that sort along an axis: ascending, stable, NaN last, -0 equal to 0. */
  argsort(x: V, axis: number, type: Type): V
  /** `[...batch, m, k] x [...batch, k, n] -> [...batch, m, n]`. */
  contract(a: V, b: V, type: Type): V
  /** A convolution as one operation; null where the target has none of this kind: it is then what it consists of. */
  convolve(convolution: Convolution, x: V, w: V, type: Type): V | null
  move(parts: Move, inputs: readonly V[], type: Type): V
  gather(indexing: Indexing, x: V, indices: V, type: Type): V
  scatter(indexing: Indexing & { readonly combine: Meeting }, updates: V, indices: V, type: Type): V
  /** A factorization as one operation; null where the target has none: it is then a program of other work. */
  factor(factorization: Factorization, inputs: readonly V[], type: Type): V | null
  loop(loop: Loop<V>): LoopResult<V>
  /** Runs the branch whose number is `index`, an int32 scalar, clamped to the branches. */
  branch(index: V, branches: readonly Block<V>[], types: readonly Type[]): readonly V[]
  /** The same values, behind a fence: what is computed from them is merged with nothing that was computed before. */
  fence(values: readonly V[]): readonly V[]
}
