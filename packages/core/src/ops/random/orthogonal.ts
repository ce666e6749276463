import { ShapeError, ValueError } from '../../errors'
import { named, options } from '../../arguments/arguments'
import { checked } from '../../arguments/checked'
import { aDType, aKey, aShape } from '../../arguments/kinds'
import type { RandomSignature } from '../../types/random-signatures'
import type { Shape } from '../../types/shapes'
import { type DType, isFloat } from '../../values/dtype'
import { formatShape } from '../../values/shape'
import type { Tensor } from '../../values/tensor'
import { swapLast } from '../contraction'
import { qr } from '../linear-algebra/qr'
import { normal } from './basic'
import type { Key } from './keys'

/**
 * Random matrices `[..., m, n]` with orthonormal columns, or rows if there are more columns than rows, drawn uniformly
 * (from the Haar measure): the Q of normal numbers, where the diagonal of R is positive (F. Mezzadri, How to generate
 * random matrices from the classical compact groups, 2007).
 *
 * @throws ShapeError for fewer than two axes; ValueError unless `dtype` is floating point.
 */
export const orthogonal = /* @__PURE__ */ checked<RandomSignature<object>>(
  'orthogonal',
  [aKey, named('shape', aShape), options({ dtype: aDType })],
  (from: Key, shape: Shape, { dtype = 'float32' }: { dtype?: DType } = {}): Tensor => {
    if (shape.length < 2)
      throw new ShapeError(
        'orthogonal-rank',
        `[orthogonal] expected the shape of matrices, [..., m, n], got ${formatShape(shape)}; for one row write [1, n]`,
      )
    if (!isFloat(dtype))
      throw new ValueError(
        'needs-float',
        `[orthogonal] expected a floating-point dtype, got ${dtype}; pass 'float32' or 'float64'`,
      )
    const [m, n] = shape.slice(-2)
    const isTall = m >= n
    const drawn: Tensor = normal(from, isTall ? shape : [...shape.slice(0, -2), n, m], { dtype })
    const { q } = qr(drawn) as { q: Tensor }
    return isTall ? q : swapLast(q)
  },
)
