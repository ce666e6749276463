import type { AxesFit } from './axes'
import type {
  Chunks,
  Diagonal,
  DiagonalMatrix,
  ElementsRepeated,
  Grid,
  Moved,
  Split,
  Swapped,
  Tiled,
  Unstacked,
} from './pieces'
import type { Mismatch, Shape, Show } from './shapes'
import type { CreationOptions } from './signatures'
import type { Tensor } from '../values/tensor'

// The types of the functions that cut, repeat and rearrange.

/** Equal sections, or sections between positions, along an axis (default: 0). */
export type SplitSignature = <
  S extends Shape,
  const Sections extends number | readonly number[],
  const Axis extends number = 0,
>(
  x: Tensor<S>,
  sections: Sections,
  options?: { readonly axis?: Axis & AxesFit<S, Axis> },
) => Split<S, Sections, Axis>

/** Chunks of equal size, except for the last, along an axis (default: 0). */
export type ChunkSignature = <S extends Shape, const Count extends number, const Axis extends number = 0>(
  x: Tensor<S>,
  count: Count,
  options?: { readonly axis?: Axis & AxesFit<S, Axis> },
) => Chunks<S, Count, Axis>

/** One slice for each position of an axis (default: 0), which is dropped. */
export type UnstackSignature = <S extends Shape, const Axis extends number = 0>(
  x: Tensor<S>,
  options?: { readonly axis?: Axis & AxesFit<S, Axis> },
) => Unstacked<S, Axis>

/** Copies side by side; sizes times repetitions, aligned at the last axis. */
export type TileSignature = <S extends Shape, const R extends Shape | number>(
  x: Tensor<S>,
  repetitions: R,
) => Tensor<Tiled<S, R extends Shape ? R : [R & number]>>

/** Each element several times along an axis; by default over all elements in row-major order. */
export type RepeatElementsSignature = <
  S extends Shape,
  const Count extends number | readonly number[],
  const Axis extends number | undefined = undefined,
>(
  x: Tensor<S>,
  count: Count,
  options?: { readonly axis?: Axis & AxesFit<S, Axis> },
) => Tensor<ElementsRepeated<S, Count, Axis>>

/** Keeps the shape; by default all elements in row-major order. */
export type RollSignature = <S extends Shape, const Axes extends number | readonly number[] | undefined = undefined>(
  x: Tensor<S>,
  shift: number | readonly number[],
  options?: { readonly axis?: Axes & AxesFit<S, Axes> },
) => Tensor<S>

/** Exchanges two axes. */
export type SwapAxesSignature = <S extends Shape, const A extends number, const B extends number>(
  x: Tensor<S>,
  first: A & AxesFit<S, A>,
  second: B & AxesFit<S, B>,
) => Tensor<Swapped<S, A, B>>

/** Moves axes to other places. */
export type MoveAxisSignature = <
  S extends Shape,
  const Source extends number | readonly number[],
  const Destination extends number | readonly number[],
>(
  x: Tensor<S>,
  source: Source & AxesFit<S, Source>,
  destination: Destination & AxesFit<S, Destination>,
) => Tensor<Moved<S, Source, Destination>>

/** The diagonals of the matrices in two axes (default: the first two). */
export type DiagonalSignature = <
  S extends Shape,
  const Offset extends number = 0,
  const Axes extends readonly [number, number] = readonly [0, 1],
>(
  x: Tensor<S>,
  options?: { readonly offset?: Offset; readonly axes?: Axes & AxesFit<S, Axes> },
) => Tensor<Diagonal<S, Offset, Axes>>

/** A matrix from its diagonal `[n]`, or the diagonal of a matrix `[m, n]`. */
export interface DiagSignature {
  <const S extends readonly [number], const Offset extends number = 0>(
    x: Tensor<S>,
    options?: { readonly offset?: Offset },
  ): Tensor<DiagonalMatrix<S, Offset>>
  <const S extends readonly [number, number], const Offset extends number = 0>(
    x: Tensor<S>,
    options?: { readonly offset?: Offset },
  ): Tensor<Diagonal<S, Offset, readonly [0, 1]>>
  <S extends Shape>(
    x: Tensor<S> & (number extends S['length'] ? unknown : Mismatch<`${Show<S>} is neither a vector nor a matrix`>),
    options?: { readonly offset?: number },
  ): Tensor<number[]>
}

/** `[..., n] -> [..., n + |offset|, n + |offset|]`. */
export type DiagEmbedSignature = <S extends Shape, const Offset extends number = 0>(
  x: Tensor<S>,
  options?: { readonly offset?: Offset },
) => Tensor<DiagonalMatrix<S, Offset>>

/** Keeps the shape of matrices `[..., m, n]`. */
export type TriangleSignature = <S extends Shape>(x: Tensor<S>, options?: { readonly offset?: number }) => Tensor<S>

/** One tensor for each vector, which varies along one axis of the grid. */
export type MeshgridSignature = <const L extends readonly Tensor[], const Indexing extends 'xy' | 'ij' = 'xy'>(
  vectors: L,
  options?: { readonly indexing?: Indexing },
) => { -readonly [K in keyof L]: Tensor<Grid<L, Indexing>> }

/** `rows, columns -> [rows, columns]`; `columns` defaults to `rows`. */
export interface EyeSignature {
  <const N extends number>(rows: N, options?: CreationOptions & { readonly offset?: number }): Tensor<[N, N]>
  <const M extends number, const N extends number = M>(
    rows: M,
    columns?: N,
    options?: CreationOptions & { readonly offset?: number },
  ): Tensor<[M, N]>
}
