import {
  checkArguments,
  div,
  formatPath,
  kinds,
  matmul,
  maximum,
  type Path,
  ShapeError,
  type Tensor,
  transpose,
} from '@cotangent/core'
import { aCoefficients, evaluated } from '../kinds'
import { mapParameters } from '../parameters'
import { normOf } from './norm'
import { type GradientTransform, stateless } from './transform'

/** Options of `orthogonalize`. */
export interface OrthogonalizeOptions {
  /** Iterations. Default: 5. */
  readonly steps?: number
  /** a, b and c of the polynomial. Default: 3.4445, -4.775 and 2.0315. */
  readonly coefficients?: readonly [number, number, number]
  /** Least norm to divide by. Default: 1e-7. */
  readonly epsilon?: number
}

const orthogonalizeParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({
    steps: /* @__PURE__ */ kinds.integerFrom(1, 99),
    coefficients: aCoefficients,
    epsilon: kinds.positiveNumber,
  }),
])

/**
 * Replaces each matrix by the nearest one whose singular values are about 1, by a Newton-Schulz iteration: `X ← a X +
 * (b A + c A²) X` with `A = X Xᵀ`, from `X = g / max(‖g‖, ε)` (Jordan et al. 2024, Muon; Bernstein & Newhouse 2024). A
 * matrix with more rows than columns is transposed first. PyTorch iterates in bfloat16; here X has the dtype of the
 * parameter.
 *
 * @throws ValueError for options out of range; ShapeError for a parameter that is no matrix.
 */
export function orthogonalize(options?: OrthogonalizeOptions): GradientTransform<null> {
  checkArguments('orthogonalize', orthogonalizeParameters, arguments)
  const { steps = 5, coefficients = [3.4445, -4.775, 2.0315], epsilon = 1e-7 } = options ?? {}
  const [a, b, c] = coefficients
  return stateless('orthogonalize', (gradients, model, operation) => {
    const orthogonal = (_: Tensor, path: Path, g: Tensor): Tensor => {
      if (g.rank !== 2)
        throw new ShapeError(
          'not-a-matrix',
          `[${operation}] expected a matrix at ${formatPath(path)}, got shape [${g.shape.join(', ')}]; ` +
            'give other leaves another optimizer, with perGroup',
        )
      const isTall = g.shape[0] > g.shape[1]
      const wide = isTall ? transpose(g) : g
      let x: Tensor = div(wide, maximum(normOf(g), epsilon).astype(g.dtype))
      for (let i = 0; i < steps; i++) {
        const gram = matmul(x, transpose(x))
        const polynomial = gram.mul(b).add(matmul(gram, gram).mul(c))
        x = x.mul(a).add(matmul(polynomial, x))
      }
      return isTall ? transpose(x) : x
    }
    return mapParameters(orthogonal, model, gradients)
  })
}
