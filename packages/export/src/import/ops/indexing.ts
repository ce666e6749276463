import * as ct from '@cotangent/core'
import type { Tensor } from '@cotangent/core'
import { sizeOf, stridesOf } from '@cotangent/core/internal'
import { type NodeView, operator, type Operators } from '../node'
import { fromStart, sized } from '../values'

type Shape = readonly number[]

/** Indices from 0 on: negative ones count from the end. */
const wrapped = (indices: Tensor, size: number): Tensor => ct.where(ct.less(indices, 0), ct.add(indices, size), indices)

/** Positions among the elements of shape `sizes`, in row-major order, of the rows of `indices [n, axes]`. */
function rowPositions(indices: Tensor, sizes: Shape): Tensor {
  const strides = stridesOf(sizes)
  const parts = sizes.map((size, axis) => ct.mul(wrapped(ct.at(indices, null, axis), size), strides[axis]))
  return parts.reduce((a, b) => ct.add(a, b), ct.zeros([indices.shape[0] as number], { dtype: 'int32' }))
}

/** Positions among the elements of shape `shape` of entries that state their index along one axis. */
function entryPositions(indices: Tensor, shape: Shape, axis: number): Tensor {
  const strides = stridesOf(shape)
  const own = stridesOf(indices.shape as Shape)
  const elsewhere = Int32Array.from({ length: indices.size }, (_, i) =>
    own.reduce((sum, stride, at) => {
      const position = Math.floor(i / stride) % (indices.shape[at] as number)
      return at === axis ? sum : sum + position * strides[at]
    }, 0),
  )
  const along = ct.mul(wrapped(indices, shape[axis]), strides[axis])
  return ct.add(along.reshape([-1]), ct.tensor(elsewhere))
}

type Scatter = (x: Tensor, positions: Tensor, updates: Tensor) => Tensor

/** Scatters with an index for each element, made from one for each row. */
const byElement =
  (f: typeof ct.scatterSet): Scatter =>
  (x, positions, updates) => {
    const line = [positions.size, ...x.shape.slice(1).map(() => 1)]
    return f(x, ct.broadcastTo(positions.reshape(line), updates.shape as number[]), updates)
  }

/** What becomes of updates `[n, ...]` at positions `[n]` along the first axis, by the attribute `reduction`. */
const scatters = {
  none: byElement(ct.scatterSet),
  add: byElement(ct.scatterAdd),
  max: (x, positions, updates) => ct.maximum(x, ct.segmentMax(updates, positions, x.shape[0])),
  min: (x, positions, updates) => ct.minimum(x, ct.segmentMin(updates, positions, x.shape[0])),
} satisfies Record<string, Scatter>

const scatterOf = (node: NodeView): Scatter => scatters[node.choice('reduction', 'none', 'add', 'max', 'min')]

/** Indices into tensors. Of several updates for one element, the last one counts. */
export const indexing: Operators = {
  Gather: operator(2, (node) => {
    const axis = node.int('axis', 0)
    return (given) => {
      const x = given.tensor(0)
      const at = fromStart(axis, x.rank, node.label)
      return ct.take(x, wrapped(given.tensor(1), x.shape[at] as number), { axis: at })
    }
  }),
  GatherElements: operator(2, (node) => {
    const axis = node.int('axis', 0)
    return (given) => {
      const [x, indices] = given.all
      const at = fromStart(axis, x.rank, node.label)
      const ranges = x.shape.map((_: number, each: number) => (each === at ? null : [0, indices.shape[each]]))
      return ct.gather(ct.slice(x, ...ranges), wrapped(indices, x.shape[at] as number), { axis: at })
    }
  }),
  GatherND: operator(2, (node) => {
    const batchAxes = node.int('batch_dims', 0)
    return (given) => {
      const [x, indices] = given.all
      const [shape, asked] = [x.shape as Shape, indices.shape as Shape]
      const depth = asked.at(-1)!
      const [batch, rest] = [sizeOf(shape.slice(0, batchAxes)), shape.slice(batchAxes + depth)]
      const sizes = shape.slice(batchAxes, batchAxes + depth)
      const rows = sizeOf(asked.slice(batchAxes, -1))
      const within = rowPositions(indices.reshape([batch * rows, depth]), sizes).reshape([batch, rows])
      const starts = ct.tensor(Int32Array.from({ length: batch }, (_, i) => i * sizeOf(sizes))).reshape([batch, 1])
      const lines = x.reshape([batch * sizeOf(sizes), ...rest])
      return ct.take(lines, ct.add(within, starts).reshape(asked.slice(0, -1)))
    }
  }),
  ScatterElements: operator(3, (node) => {
    const axis = node.int('axis', 0)
    const scattered = scatterOf(node)
    return (given) => {
      const [x, indices, updates] = given.all
      const positions = entryPositions(indices, x.shape as Shape, fromStart(axis, x.rank, node.label))
      return scattered(x.reshape([-1]), positions, updates.reshape([-1])).reshape(x.shape as Shape)
    }
  }),
  ScatterND: operator(3, (node) => {
    const scattered = scatterOf(node)
    return (given) => {
      const [x, indices, updates] = given.all
      const shape = x.shape as Shape
      const depth = indices.shape.at(-1) as number
      const rows = sizeOf(indices.shape.slice(0, -1))
      const [sizes, width] = [shape.slice(0, depth), sizeOf(shape.slice(depth))]
      const positions = rowPositions(indices.reshape([rows, depth]), sizes)
      const lines = x.reshape([sizeOf(sizes), width])
      return scattered(lines, positions, updates.reshape([rows, width])).reshape(shape)
    }
  }),
  OneHot: operator(3, (node) => {
    const axis = node.int('axis', -1)
    return (given) => {
      const [indices, values] = [given.tensor(0), given.tensor(2)]
      const [depth] = sized([given.number(1)], node.label)
      const at = fromStart(axis, indices.rank + 1, node.label)
      const classes = ct.arange(depth).reshape([depth, ...indices.shape.slice(at).map(() => 1)])
      const hot = ct.equal(ct.expandDims(wrapped(indices.astype('int32'), depth), at), classes)
      return ct.where(hot, ct.at(values, 1), ct.at(values, 0))
    }
  }),
  Trilu: operator([1, 2], (node) => {
    const isUpper = node.flag('upper', true)
    return (given) => {
      const x = given.tensor(0)
      const offset = given.optionalNumbers(1)?.[0] ?? 0
      // A triangle of booleans is int32 here.
      return (isUpper ? ct.triu(x, { offset }) : ct.tril(x, { offset })).astype(x.dtype)
    }
  }),
}
