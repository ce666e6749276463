import type { Program } from '../scalar/instructions'
import type { PerInput } from '../types/arity'
import type { Shape } from '../types/shapes'
import type { DType, TypedArray } from '../values/dtype'
import type { IdentityNumbers } from '../values/identity-numbers'

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

/**
 * One regular region of a move: output element `start + index · step` reads `input` at `offset + Σ index · strides`.
 */
export interface MovePart {
  readonly input: number
  readonly start: Shape
  readonly size: Shape
  readonly step: readonly number[]
  readonly offset: number
  readonly strides: readonly number[]
}

/** A move by index arithmetic: the output is zero wherever no part writes. */
export type Move = readonly MovePart[]

/**
 * Reductions to the position of the first extreme, in row-major order of the reduced axes. NaN is more extreme than
 * any number.
 */
export type Position = 'argmaximum' | 'argminimum'

/** How the elements along the reduced axes are combined. */
export type Combine = 'sum' | 'product' | 'maximum' | 'minimum' | Position

/**
 * How int32 indices select along `axis`, whose length is `size`. With `along`, they have the rank of what they select
 * from, and each selects one element; without, each selects a whole slice.
 */
export interface Indexing {
  readonly axis: number
  readonly along: boolean
  readonly size: number
}

/** A kernel over typed arrays: reads `inputs`, writes every element of the zero-filled `output`, keeps neither. */
export type Kernel<A, N extends number = number> = (inputs: PerInput<N, Buffer>, output: Buffer, attributes: A) => void

/** The closed set of kinds of work that a backend does, each with its parameters. */
export interface Works {
  /** One scalar program for every element; inputs are broadcast. */
  readonly map: { readonly program: Program }
  /** The axes are combined and dropped. */
  readonly reduce: { readonly combine: Combine; readonly axes: readonly number[] }
  /** Cumulative sums along an axis, kept in float64 and rounded once an element; of int32 modulo 2^32. */
  readonly cumsum: { readonly axis: number }
  /** The int32 positions that sort along an axis: ascending, stable, NaN last, -0 equal to 0. */
  readonly argsort: { readonly axis: number }
  /** `[...batch, m, k] x [...batch, k, n] -> [...batch, m, n]`. */
  readonly contract: object
  /** Elements change their place. */
  readonly move: { readonly parts: Move }
  /** Selects from the first input by the indices in the second. */
  readonly gather: Indexing
  /** Adds the first input into zeros at the indices in the second; the transpose of `gather`. */
  readonly scatter: Indexing
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

/** Every kind of work. */
export const kinds = [
  'map',
  'reduce',
  'cumsum',
  'argsort',
  'contract',
  'move',
  'gather',
  'scatter',
  'opaque',
] as const satisfies Kind[]

/** Whether a reduction is to the position of an extreme. */
export function isPosition(combine: Combine): combine is Position {
  return combine === 'argmaximum' || combine === 'argminimum'
}

type ResultDType<K extends Kind> = (work: Work<K>, inputs: readonly TensorType[]) => DType | undefined

const allOne = (_: Work, inputs: readonly TensorType[]) =>
  inputs.every(({ dtype }) => dtype === inputs[0].dtype) ? inputs[0]?.dtype : undefined

const resultDTypes = {
  map: ({ program }) => program.dtype,
  reduce: ({ combine }, [{ dtype }]) => (isPosition(combine) ? 'int32' : dtype),
  cumsum: (_, [{ dtype }]) => (dtype === 'bool' ? 'int32' : dtype),
  argsort: () => 'int32',
  contract: allOne,
  move: allOne,
  gather: (_, [{ dtype }]) => dtype,
  scatter: (_, [{ dtype }]) => dtype,
  opaque: () => undefined,
} satisfies { [K in Kind]: ResultDType<K> }

/** The dtype of the result; undefined where the work gives any dtype that it is asked for. */
export function resultDType(work: Work, inputs: readonly TensorType[]): DType | undefined {
  return (resultDTypes[work.kind] as ResultDType<Kind>)(work, inputs)
}

/** A key that is equal for equal work; null for opaque work, which cannot be compared. */
export function workKey(work: Work, numbers: IdentityNumbers): string | null {
  switch (work.kind) {
    case 'map':
      return `map ${numbers.of(work.program)}`
    case 'reduce':
      return `reduce ${work.combine} ${work.axes.join()}`
    case 'cumsum':
    case 'argsort':
      return `${work.kind} ${work.axis}`
    case 'contract':
      return 'contract'
    case 'move':
      return `move ${JSON.stringify(work.parts)}`
    case 'gather':
    case 'scatter':
      return `${work.kind} ${work.axis} ${work.along} ${work.size}`
    case 'opaque':
      return null
  }
}
