import { isFloat, type DType } from '../values/dtype'
import type { Tensor } from '../values/tensor'
import { apply } from './apply'
import { elementwiseDomain } from './domain'
import { constant, elementwise } from './law'
import type { Op } from './op'
import { mapOf } from './programs'

// One op per dtype, rather than one op with a dtype attribute: the scalar program then depends on the input dtypes
// alone, as for every other map. The derivative of a conversion to int32 or bool is zero.
function castOp(name: string, to: DType): Op<undefined> {
  return {
    name,
    infer: ([input]) => ({ shape: input.shape, dtype: to }),
    body: mapOf((s, x) => s.convert(x, to)),
    law: isFloat(to) ? elementwise([(d, [x]) => castTo(d, d.dtype === to ? x.dtype : to)], [[0]]) : constant,
    domain: elementwiseDomain([{ min: -4, max: 4, avoid: isFloat(to) ? [] : [-4, -3, -2, -1, 0, 1, 2, 3, 4] }]),
  }
}

/**
 * The conversion to each dtype. Narrowing a float rounds to nearest, int32 truncates towards zero, bool compares with
 * 0.
 */
export const casts = {
  bool: /* @__PURE__ */ castOp('toBool', 'bool'),
  int32: /* @__PURE__ */ castOp('toInt32', 'int32'),
  float32: /* @__PURE__ */ castOp('toFloat32', 'float32'),
  float64: /* @__PURE__ */ castOp('toFloat64', 'float64'),
} satisfies Record<DType, Op<undefined>>

/** `x` converted to `dtype`. Returns `x` itself if it has that dtype. */
export function castTo(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : apply(casts[dtype], [x], undefined)
}
