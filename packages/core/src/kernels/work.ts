import { expanded } from '../scalar/expand'
import { countSteps, type Program } from '../scalar/instructions'
import type { PerInput } from '../types/arity'
import type { Shape } from '../types/shapes'
import type { DType, TypedArray } from '../values/dtype'
import type { IdentityNumbers } from '../values/identity-numbers'
import { sizeOf } from '../values/shape'
import type { Factorization } from './factor/factorization'
import { type AxisSpan, reducedSpace, spanOf } from './space'

/** Shape and dtype of a tensor: all that is known of one without its values. */
export interface TensorType {
  readonly shape: Shape
  readonly dtype: DType
}

/** Elements together with their type, as kernels receive them. */
export interface Buffer extends TensorType {
  /** Row-major elements. */
  readonly data: TypedArray
}

/** Element `index` is at `offset + Σ index · strides` of a tensor, in row-major order. Places may coincide. */
export interface Strided {
  readonly offset: number
  readonly strides: readonly number[]
}

/**
 * One regular region of a move: for each index below `size`, the element of `input` at `from` goes to the place `to` of
 * the output. Exchanging `from` and `to` transposes the move.
 *
 * A part that adds may write to a place several times. It adds in the row-major order of `size`, and booleans by `or`.
 */
export interface MovePart {
  readonly input: number
  readonly size: Shape
  readonly from: Strided
  readonly to: Strided
  readonly adds: boolean
}

/** A move by index arithmetic, part after part: the output is zero wherever no part writes. */
export type Move = readonly MovePart[]

/**
 * Reductions to the position of the first extreme, in row-major order of the reduced axes. NaN is more extreme than
 * any number.
 */
export type Position = 'argmaximum' | 'argminimum'

/** How elements are combined into one. */
export type Accumulation = 'sum' | 'product' | 'maximum' | 'minimum'

/** How the elements along the reduced axes are combined. */
export type Combine = Accumulation | Position

/**
 * How int32 indices select along `axis`, whose length is `size`. With `along`, they have the rank of what they select
 * from, and each selects one element; without, each selects a whole slice.
 */
export interface Indexing {
  readonly axis: number
  readonly along: boolean
  readonly size: number
}

/** How the elements that a scatter brings to one place are combined there. */
export type Meeting = 'sum' | 'maximum' | 'minimum'

/** A kernel over typed arrays: reads `inputs`, writes every element of the zero-filled `output`, keeps neither. */
export type Kernel<A, N extends number = number> = (inputs: PerInput<N, Buffer>, output: Buffer, attributes: A) => void

/** The closed set of kinds of work that a backend does, each with its parameters. */
export interface Works {
  /** One scalar program for every element; inputs are broadcast. */
  readonly map: { readonly program: Program }
  /** The axes are combined and dropped. */
  readonly reduce: { readonly combine: Combine; readonly axes: readonly number[] }
  /**
   * Each element combined with all before it along an axis, one after the other. Sums and products are kept in float64
   * and rounded once an element; those of int32 are modulo 2^32.
   */
  readonly accumulate: { readonly combine: Accumulation; readonly axis: number }
  /** The int32 positions that sort along an axis: ascending, stable, NaN last, -0 equal to 0. */
  readonly argsort: { readonly axis: number }
  /** `[...batch, m, k] x [...batch, k, n] -> [...batch, m, n]`. */
  readonly contract: object
  /** Elements change their place. */
  readonly move: { readonly parts: Move }
  /** Selects from the first input by the indices in the second. */
  readonly gather: Indexing
  /**
   * Combines the elements of the first input at the indices in the second, in row-major order. A place that none
   * reaches keeps the identity of `combine`. A sum is the transpose of `gather`.
   */
  readonly scatter: Indexing & { readonly combine: Meeting }
  /** A factorization of matrices, or what follows from one. */
  readonly factor: { readonly factorization: Factorization }
  /** Any code over typed arrays. */
  readonly opaque: { run(inputs: readonly Buffer[], output: Buffer): void }
}

/** The kinds of work. */
export type Kind = keyof Works

/** All that a backend is told of one application: the kind of work and its parameters. Backends know no ops. */
export type Work<K extends Kind = Kind> = { [Each in K]: { readonly kind: Each } & Works[Each] }[K]

/**
 * What an op computes: its kind of work, and the work for given types and attributes. The structural kind `region`,
 * which owns a subgraph, is defined where ops are recorded.
 */
export type Body<A = any, K extends Kind = Kind> = {
  [Each in K]: {
    readonly kind: Each
    work(inputs: readonly TensorType[], output: TensorType, attributes: A): Work<Each>
  }
}[K]

/** A body whose parameters follow from the attributes and types of an application. */
/* @__NO_SIDE_EFFECTS__ */
export function bodyOf<K extends Kind, A = any>(
  kind: K,
  parameters: (attributes: A, inputs: readonly TensorType[], output: TensorType) => Works[K],
): Body<A, K> {
  const work = (inputs: readonly TensorType[], output: TensorType, attributes: A) => ({
    kind,
    ...parameters(attributes, inputs, output),
  })
  return { kind, work }
}

/** Whether a reduction is to the position of an extreme. */
export function isPosition(combine: Combine): combine is Position {
  return combine === 'argmaximum' || combine === 'argminimum'
}

/** What the stages of the compiler and the backends ask of a kind of work. */
interface Facts<K extends Kind> {
  /** The dtype of the result: any that is asked for, or none where the inputs do not fit. */
  dtype(work: Work<K>, inputs: readonly TensorType[]): DType | 'any' | 'none'
  /** A key of the parameters that is equal for equal work; null if it cannot be compared. */
  key(work: Work<K>, numbers: IdentityNumbers): string | null
  /** Scalar operations, for the cost of graphs and programs. */
  operations(work: Work<K>, inputs: readonly TensorType[], output: TensorType): number
  /** Whether constant folding may compute it. Index errors belong to the call, and so does opaque work. */
  readonly folds: boolean
  /** Whether a bool result needs to be brought to 0 and 1, as it is not selected from inputs or compared. */
  readonly makesNumbers: boolean
  /** How `explain` prints a kernel of it; default: the kind. */
  label?(work: Work<K>, inputs: readonly TensorType[]): string
}

const one = (_: unknown, inputs: readonly TensorType[]) =>
  inputs.length > 0 && inputs.every(({ dtype }) => dtype === inputs[0].dtype) ? inputs[0].dtype : 'none'
const first = (_: unknown, [{ dtype }]: readonly TensorType[]) => dtype
const parameters = ({ axis, along, size }: Indexing) => `${axis} ${along} ${size}`
const nothing = () => 0
const eachInput = (_: unknown, [{ shape }]: readonly TensorType[]) => sizeOf(shape)
const eachOutput = (_: unknown, __: unknown, { shape }: TensorType) => sizeOf(shape)
const axisLabel = ({ outer, length, inner }: AxisSpan) => `axis ${outer}x${length}x${inner}`
const alongAxis = ({ axis }: { axis: number }, [{ shape }]: readonly TensorType[]) =>
  axisLabel(spanOf(shape, [axis, axis + 1]))

/** The facts of every kind of work. A kind that is missing here is a type error. */
export const kinds = {
  map: {
    dtype: ({ program }) => program.dtype,
    key: ({ program }, numbers) => String(numbers.of(program)),
    operations: ({ program }, _, { shape }) => sizeOf(shape) * countSteps(expanded(program).instructions),
    folds: true,
    makesNumbers: false,
  },
  reduce: {
    dtype: ({ combine }, [{ dtype }]) => (isPosition(combine) ? 'int32' : dtype),
    key: ({ combine, axes }) => `${combine} ${axes.join()}`,
    operations: eachInput,
    folds: true,
    makesNumbers: true,
    label({ axes }, [{ shape }]) {
      const space = reducedSpace(shape, axes)
      return space === null ? 'reduce' : axisLabel(spanOf(space.shape, space.reduced))
    },
  },
  accumulate: {
    dtype: (_, [{ dtype }]) => (dtype === 'bool' ? 'int32' : dtype),
    key: ({ combine, axis }) => `${combine} ${axis}`,
    operations: eachOutput,
    folds: true,
    makesNumbers: true,
    label: alongAxis,
  },
  argsort: {
    dtype: () => 'int32',
    key: ({ axis }) => String(axis),
    operations: eachOutput,
    folds: true,
    makesNumbers: false,
    label: alongAxis,
  },
  contract: {
    dtype: one,
    key: () => '',
    operations: (_, [{ shape }], output) => 2 * sizeOf(output.shape) * shape[shape.length - 1],
    folds: true,
    makesNumbers: true,
  },
  move: {
    dtype: one,
    key: ({ parts }) => JSON.stringify(parts),
    operations: nothing,
    folds: true,
    makesNumbers: false,
  },
  gather: { dtype: first, key: parameters, operations: nothing, folds: false, makesNumbers: false },
  scatter: {
    dtype: first,
    key: (work) => `${work.combine} ${parameters(work)}`,
    operations: eachInput,
    folds: false,
    makesNumbers: true,
  },
  factor: {
    dtype: one,
    key: ({ factorization: { name, parameters } }) => `${name} ${JSON.stringify(parameters)}`,
    // All of them are cubic; each is counted as one product of its first matrix with another.
    operations: (_, [{ shape }]) => 2 * sizeOf(shape) * Math.min(...shape.slice(-2)),
    folds: false,
    makesNumbers: false,
    label: ({ factorization }, [{ shape }]) => `${factorization.name} ${shape.slice(-2).join('x')}`,
  },
  opaque: { dtype: () => 'any', key: () => null, operations: eachOutput, folds: false, makesNumbers: true },
} satisfies { readonly [K in Kind]: Facts<K> }

/** The facts of the kind of a piece of work. */
export function factsOf(work: Work): Facts<Kind> {
  return kinds[work.kind] as Facts<Kind>
}

/** A key that is equal for equal work; null if it cannot be compared. */
export function workKey(work: Work, numbers: IdentityNumbers): string | null {
  const key = factsOf(work).key(work, numbers)
  return key === null ? null : `${work.kind} ${key}`
}
