import type { Indexing, Kind } from '../kernels/work'
import { broadcastTo } from '../ops/broadcasting'
import { permuteAxes, reshapeTo } from '../ops/movement'
import { apply } from '../recording/apply'
import type { Batched, BatchedApplication, Lift, Op } from '../recording/op'
import type { Shape } from '../types/shapes'
import { sizeOf } from '../values/shape'
import type { Tensor } from '../values/tensor'

/** A batched application of an op that is not a region. */
export interface OneOutput<A = any> extends BatchedApplication<A> {
  readonly op: Op<A> & { readonly lift: Lift<A> }
  /** Number of axes of the output of one example. */
  readonly rank: number
}

/** The tensor with its batch axis. An unbatched one is repeated for each example. */
export function repeated({ tensor, isBatched }: Batched, size: number): Tensor {
  return isBatched ? tensor : broadcastTo(tensor, [size, ...(tensor.shape as Shape)])
}

/** A batched tensor with axes of size 1 behind its batch axis, so that one example has `rank` axes. */
function aligned(x: Tensor, rank: number): Tensor {
  const missing = rank + 1 - x.rank
  const [size, ...sizes] = x.shape as Shape
  return missing <= 0 ? x : reshapeTo(x, { shape: [size, ...Array.from({ length: missing }, () => 1), ...sizes] })
}

/** The op itself with the attributes for a batch, on inputs that are all batched. */
function lifted({ op, inputs, attributes, size, rank }: OneOutput): Tensor {
  const batch = inputs.map((input) => {
    const x = repeated(input, size)
    return op.broadcasts ? aligned(x, rank) : x
  })
  return apply(op, batch, op.lift(attributes, size))
}

// One rule for each kind of work: how an op does for all examples what it does for one. The batch axis is the first
// axis of inputs and outputs. Sums run along other axes, in the order of one example, so every bit is the same.
const rules: { readonly [K in Kind]: (application: OneOutput) => Tensor } = {
  map: ({ op, inputs, attributes, rank }) =>
    apply(
      op,
      inputs.map(({ tensor, isBatched }) => (isBatched ? aligned(tensor, rank) : tensor)),
      attributes,
    ),
  reduce: lifted,
  accumulate: lifted,
  argsort: lifted,
  contract: contracted,
  move: lifted,
  gather: gathered,
  scatter: scattered,
  factor: lifted,
  opaque: lifted,
}

/** Applies an op that states `lift`, or a map, to a batch. */
export function applyBatch(kind: Kind, application: OneOutput): Tensor {
  return rules[kind](application)
}

/**
 * With one matrix for all examples, their rows form one long matrix: one product in place of a batch of products. A
 * matrix on the left meets columns, which are the rows of the transposed product `(A B)ᵀ = Bᵀ Aᵀ`.
 */
function contracted(application: OneOutput): Tensor {
  const { op, attributes, size, inputs: [a, b] } = application // prettier-ignore
  const product = (left: Tensor, right: Tensor) => apply(op, [left, right], attributes)
  if (!b.isBatched && b.tensor.rank === 2) {
    const [, m, k] = a.tensor.shape as Shape
    const rows = reshapeTo(a.tensor, { shape: [size * m, k] })
    return reshapeTo(product(rows, b.tensor), { shape: [size, m, b.tensor.shape[1] as number] })
  }
  if (!a.isBatched && a.tensor.rank === 2) {
    const [, k, n] = b.tensor.shape as Shape
    const m = a.tensor.shape[0] as number
    const rows = reshapeTo(exchanged(b.tensor), { shape: [size * n, k] })
    const transposed = product(rows, permuteAxes(a.tensor, { axes: [1, 0] }))
    const isLine = m === 1 || n === 1
    return isLine
      ? reshapeTo(transposed, { shape: [size, m, n] })
      : exchanged(reshapeTo(transposed, { shape: [size, n, m] }))
  }
  return lifted(application)
}

/** A batch of matrices, transposed. The elements of a row or a column stay in order: a reshape follows. */
function exchanged(x: Tensor): Tensor {
  const [, m, n] = x.shape as Shape
  return m === 1 || n === 1 ? x : permuteAxes(x, { axes: [0, 2, 1] })
}

function gathered(application: OneOutput<Indexing>): Tensor {
  const { op, size, inputs: [x, indices], attributes } = application // prettier-ignore
  const { axis, along } = attributes
  if (along) return lifted(application)
  if (!indices.isBatched) return apply(op, [x.tensor, indices.tensor], op.lift(attributes, size))
  if (!x.isBatched) {
    const result = apply(op, [x.tensor, indices.tensor], attributes)
    const others = Array.from({ length: result.rank }, (_, at) => at).filter((at) => at !== axis)
    return axis === 0 ? result : permuteAxes(result, { axes: [axis, ...others] })
  }
  // Each example has its own indices. One index for each element keeps them within the example.
  const [, ...shape] = x.tensor.shape as Shape
  const [, ...picked] = indices.tensor.shape as Shape
  const found = apply(
    op,
    [x.tensor, eachLine(indices.tensor, shape, axis)],
    op.lift({ ...attributes, along: true }, size),
  )
  return reshapeTo(found, { shape: [size, ...shape.slice(0, axis), ...picked, ...shape.slice(axis + 1)] })
}

function scattered(application: OneOutput<Indexing>): Tensor {
  const { op, size, inputs: [updates, indices], attributes } = application // prettier-ignore
  const { axis, along } = attributes
  if (along) return lifted(application)
  if (!indices.isBatched) return apply(op, [updates.tensor, indices.tensor], op.lift(attributes, size))
  const picked = indices.tensor.rank - 1
  const [, ...shape] = repeated(updates, size).shape as Shape
  const count = sizeOf(shape.slice(axis, axis + picked))
  const lines = [...shape.slice(0, axis), count, ...shape.slice(axis + picked)]
  return apply(
    op,
    [reshapeTo(repeated(updates, size), { shape: [size, ...lines] }), eachLine(indices.tensor, lines, axis)],
    op.lift({ ...attributes, along: true }, size),
  )
}

/** Batched indices along `axis`, repeated for every line of an example of this shape. */
function eachLine(indices: Tensor, shape: Shape, axis: number): Tensor {
  const [size, ...picked] = indices.shape as Shape
  const count = sizeOf(picked)
  const sizes = (other: (at: number) => number) => [size, ...shape.map((_, at) => (at === axis ? count : other(at)))]
  return broadcastTo(
    reshapeTo(indices, { shape: sizes(() => 1) }),
    sizes((at) => shape[at]),
  )
}
