import * as ct from '@cotangent/core'
import type { Tensor } from '@cotangent/core'
import { sizeOf } from '@cotangent/core/internal'
import { operator, type Operators } from '../node'
import { fromStart, sized } from '../values'

type Shape = readonly number[]
type Range = readonly [number, number, number] | null

const integers = (values: Shape) => ct.tensor(Int32Array.from(values))

/** The shape to which two shapes broadcast: sizes of 1 give way. */
function broadcast(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const [left, right] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1]
    return left === 1 ? right : left
  })
}

/** Shapes and the order of elements. Shapes are computed in int32, which the shapes of inputs determine. */
export const shapes: Operators = {
  Shape: operator(1, (node) => {
    const [start, end] = [node.int('start', 0), node.int('end', Infinity)]
    return (given) => integers((given.tensor(0).shape as Shape).slice(start, end))
  }),
  Size: operator(1, () => (given) => ct.tensor(Int32Array.of(given.tensor(0).size), { shape: [] })),
  Reshape: operator(2, (node) => {
    const keepsZeros = node.flag('allowzero', false)
    return (given) => {
      const x = given.tensor(0)
      const sizes = given.numbers(1)
      return x.reshape(keepsZeros ? sizes : sizes.map((size, axis) => (size === 0 ? (x.shape[axis] as number) : size)))
    }
  }),
  Flatten: operator(1, (node) => {
    const axis = node.int('axis', 1)
    return (given) => {
      const x = given.tensor(0)
      // The axis may be the end.
      const at = axis === x.rank ? axis : fromStart(axis, x.rank, node.label)
      return x.reshape([sizeOf(x.shape.slice(0, at)), sizeOf(x.shape.slice(at))])
    }
  }),
  Transpose: operator(1, (node) => {
    const axes = node.ints('perm')
    return (given) => ct.transpose(given.tensor(0), axes)
  }),
  Squeeze: operator([1, 2], () => (given) => {
    const axes = given.optionalNumbers(1)
    return axes === undefined ? ct.squeeze(given.tensor(0)) : ct.squeeze(given.tensor(0), axes)
  }),
  Unsqueeze: operator(2, (node) => (given) => {
    const x = given.tensor(0)
    const axes = given.numbers(1)
    const rank = x.rank + axes.length
    // Axes are those of the result, so the first is inserted first.
    const inOrder = axes.map((axis) => fromStart(axis, rank, node.label)).sort((a, b) => a - b)
    return inOrder.reduce<Tensor>((y, axis) => ct.expandDims(y, axis), x)
  }),
  Concat: operator([1, Infinity], (node) => {
    const axis = node.int('axis')
    return (given) => ct.concat([...given.all], { axis })
  }),
  Split: operator(
    [1, 2],
    (node) => {
      const axis = node.int('axis', 0)
      const count = node.int('num_outputs', node.outputs.length)
      return (given) => {
        const x = given.tensor(0)
        const at = fromStart(axis, x.rank, node.label)
        const size = x.shape[at] as number
        sized([count], node.label)
        // Parts of equal size, of which the last may be smaller.
        const each = Math.ceil(size / count)
        const equal = Array.from({ length: count }, (_, i) => Math.min(each, size - i * each))
        const sizes = given.optionalNumbers(1) ?? equal
        const ends = sizes.reduce<number[]>((all, part) => [...all, (all.at(-1) ?? 0) + part], [])
        return ends.map((end, i) => {
          const range: Range = [end - sizes[i], end, 1]
          return ct.slice(x, ...x.shape.map((_: number, other: number) => (other === at ? range : null)))
        })
      }
    },
    { outputs: Infinity },
  ),
  Slice: operator([3, 5], (node) => (given) => {
    const x = given.tensor(0)
    const [starts, ends] = [given.numbers(1), given.numbers(2)]
    const listed = given.optionalNumbers(3) ?? starts.map((_, axis) => axis)
    const axes = listed.map((axis) => fromStart(axis, x.rank, node.label))
    const steps = given.optionalNumbers(4)
    const ranges: Range[] = x.shape.map(() => null)
    axes.forEach((axis, i) => (ranges[axis] = [starts[i], ends[i], steps?.[i] ?? 1]))
    return ct.slice(x, ...ranges)
  }),
  Expand: operator(2, (node) => (given) => {
    const x = given.tensor(0)
    return ct.broadcastTo(x, sized(broadcast(x.shape as Shape, given.numbers(1)), node.label))
  }),
  Tile: operator(2, (node) => (given) => {
    const [x, repeats] = [given.tensor(0), given.numbers(1)]
    sized(repeats.map((repeat, axis) => repeat * x.shape[axis]), node.label) // prettier-ignore
    return ct.tile(x, repeats)
  }),
}
