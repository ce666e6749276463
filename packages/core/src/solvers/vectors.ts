import { DTypeError, ValueError } from '../errors'
import { abs, div, mul } from '../ops/arithmetic'
import { sumAxes } from '../ops/broadcasting'
import { equal, where } from '../ops/comparison'
import { onesLike } from '../ops/creation'
import { sqrt } from '../ops/exponential'
import { reshapeTo } from '../ops/movement'
import { maxAxes } from '../ops/reduction'
import { joinAlong, sliceWindow } from '../ops/slicing'
import type { TensorType } from '../recording/op'
import type { Flat } from '../trees/flat'
import { formatPath } from '../trees/places'
import { type DType, isFloat } from '../values/dtype'
import { formatType } from '../values/printing'
import { sizeOf } from '../values/shape'
import type { Tensor } from '../values/tensor'

/** Lists of tensors of certain types as vectors. */
export interface Vectors {
  readonly size: number
  readonly dtype: DType
  pack(list: readonly Tensor[]): Tensor
  unpack(vector: Tensor): readonly Tensor[]
}

/** The vectors for tensors of one floating-point dtype. */
export function vectorsOf(types: readonly TensorType[]): Vectors {
  const sizes = types.map(({ shape }) => sizeOf(shape))
  const size = sizes.reduce((a, b) => a + b, 0)
  return {
    size,
    dtype: types[0].dtype,
    pack(list) {
      const parts = list.map((x, i) => reshapeTo(x, { shape: [sizes[i]] }))
      return parts.length === 1 ? parts[0] : joinAlong(...parts, { axis: 0 })
    },
    unpack(vector) {
      let next = 0
      return types.map(({ shape }, i) => {
        const start = [next]
        next += sizes[i]
        const part = types.length === 1 ? vector : sliceWindow(vector, { start, size: [sizes[i]], step: [1] })
        return reshapeTo(part, { shape })
      })
    },
  }
}

/**
 * Checks the tree of a solver's unknowns.
 *
 * @throws ValueError if it holds no tensor; DTypeError if its tensors do not have one floating-point dtype.
 */
export function checkUnknowns(operation: string, name: string, { leaves, paths }: Flat): void {
  if (leaves.length === 0)
    throw new ValueError(
      'no-unknowns',
      `[${operation}] expected ${name} to hold tensors, got none; pass a tensor, or a tree of tensors`,
    )
  const [{ dtype: first }] = leaves
  const odd = leaves.findIndex(({ dtype }) => !isFloat(dtype) || dtype !== first)
  if (odd < 0) return
  const { dtype, shape } = leaves[odd]
  throw new DTypeError(
    'unknowns-dtype',
    `[${operation}] expected tensors of one floating-point dtype, got ${formatType(dtype, shape)} at ` +
      `${formatPath([name, ...paths[odd]])}${isFloat(dtype) ? ` and ${first} before it` : ''}; convert it with astype`,
  )
}

/** The inner product of two vectors. */
export function inner(a: Tensor, b: Tensor): Tensor {
  return sumAxes(mul(a, b), { axes: [0] })
}

/** The Euclidean norm of a vector. */
export function norm(a: Tensor): Tensor {
  return sqrt(inner(a, a))
}

/** The largest magnitude of a vector's entries, or 1 if they are zero. Divided by it, their squares do not vanish. */
export function scaleOf(a: Tensor): Tensor {
  if (a.size === 0) return onesLike(norm(a))
  const largest = maxAxes(abs(a), { axes: [0] })
  return where(equal(largest, 0), 1, largest)
}

/** `norm`, whose squares neither overflow nor vanish. */
export function scaledNorm(a: Tensor): Tensor {
  const scale = scaleOf(a)
  return mul(scale, norm(div(a, scale)))
}
