import { integerFrom } from '../../arguments/kinds'
import { named } from '../../arguments/arguments'
import { exponentialDerivativeOf, exponentialOf } from '../../kernels/factor/exponential'
import { bodyOf } from '../../kernels/work'
import { defineOp, type DefinedOp } from '../../recording/define'
import { vjpRule } from '../../recording/law'
import { floatOperand, onTensor } from '../../recording/operands'
import type { MatrixPowerSignature, SquareSignature } from '../../types/matrices'
import type { Tensor } from '../../values/tensor'
import { contract, swapLast } from '../contraction'
import { zerosLike } from '../creation'
import { joinAlong, sliceWindow } from '../slicing'
import { batchOf, checkSquare, identities, sizesOf } from './matrices'
import { solveSystem } from './solve'

/** `e^A`. */
export const exponentialMatrix: DefinedOp<undefined> = /* @__PURE__ */ defineOp({
  name: 'matrixExponential',
  inputs: 1,
  infer: ([a]) => a,
  body: bodyOf('factor', () => ({ factorization: exponentialOf })),
  law: vjpRule<undefined, 1>({
    // The transpose of the derivative at A is the derivative at Aᵀ (Al-Mohy and Higham, Computing the Fréchet
    // derivative of the matrix exponential, SIAM J. Matrix Anal. Appl. 30, 2009, section 2).
    pullback: ([g], { inputs: [a] }) => [exponentialAlong(swapLast(a), g)],
    jvp: ([t], { inputs: [a] }) => [t && exponentialAlong(a, t)],
  }),
  lift: (attributes) => attributes,
  domain: (draw) => {
    const n = draw.integer(0, 3)
    return {
      inputs: [{ shape: [...draw.shape({ maxRank: 1, maxSize: 2 }), n, n], min: -1, max: 1 }],
      attributes: undefined,
    }
  },
  notation: ([a]) => `exp(${a})`,
})

/** The derivative of `e^A` along E. */
export const exponentialAlong: DefinedOp<undefined> = /* @__PURE__ */ defineOp({
  name: 'matrixExponentialDerivative',
  inputs: 2,
  infer: ([a]) => a,
  body: bodyOf('factor', () => ({ factorization: exponentialDerivativeOf })),
  law: vjpRule<undefined, 2>({
    // It is a block of exp [[A, E], [0, A]], so its own derivative is that of the exponential of this matrix.
    pullback: ([g], { inputs: [a, e] }) => {
      const none = zerosLike(a)
      const change = exponentialAlong(swapLast(blocks(a, e, none, a)), blocks(none, g, none, none))
      return [block(change, 0, 0).add(block(change, 1, 1)), exponentialAlong(swapLast(a), g)]
    },
    linearIn: [[1]],
  }),
  lift: (attributes) => attributes,
  domain: (draw) => {
    const n = draw.integer(0, 3)
    const shape = [...draw.shape({ maxRank: 1, maxSize: 2 }), n, n]
    return { inputs: [{ shape, min: -1, max: 1 }, { shape }], attributes: undefined }
  },
})

/** `[[a, b], [c, d]]`. */
function blocks(a: Tensor, b: Tensor, c: Tensor, d: Tensor): Tensor {
  const axis = a.rank - 1
  return joinAlong(joinAlong(a, b, { axis }), joinAlong(c, d, { axis }), { axis: axis - 1 })
}

/** One of four blocks of equal size. */
function block(x: Tensor, row: number, column: number): Tensor {
  const batch = batchOf(x)
  const n = sizesOf(x)[0] / 2
  return sliceWindow(x, {
    start: [...batch.map(() => 0), row * n, column * n],
    size: [...batch, n, n],
    step: x.shape.map(() => 1),
  })
}

/**
 * The exponential of square matrices, `e^A = I + A + A²/2 + ...`, `[..., n, n] -> [..., n, n]`, by scaling and squaring
 * with a Padé approximant of degree 13 (Higham, The scaling and squaring method for the matrix exponential revisited,
 * SIAM J. Matrix Anal. Appl. 26, 2005). The number of squarings follows the norm of each matrix. float32 is computed in
 * float64 and rounded once. A matrix with an entry that is not finite gives NaN.
 *
 * Derivatives of every order: blocks of exponentials of larger matrices (Mathias, A chain rule for matrix functions and
 * applications, SIAM J. Matrix Anal. Appl. 17, 1996).
 *
 * @throws ShapeError if the matrices are not square.
 */
export const matrixExponential = /* @__PURE__ */ onTensor<SquareSignature>(
  'matrixExponential',
  [floatOperand],
  (a: Tensor): Tensor => {
    checkSquare('matrixExponential', a)
    return exponentialMatrix(a)
  },
)

/**
 * The integer power of square matrices, `[..., n, n] -> [..., n, n]`, by repeated squaring; of the inverse for a
 * negative exponent. The power 0 is the identity.
 *
 * @throws ShapeError if the matrices are not square; ValueError for an exponent that is not an integer, or for a
 * negative exponent and a singular matrix, with its pivot and batch index.
 */
export const matrixPower = /* @__PURE__ */ onTensor<MatrixPowerSignature>(
  'matrixPower',
  [floatOperand, named('exponent', integerFrom(-2_147_483_647, 2_147_483_647))],
  (a: Tensor, exponent: number): Tensor => {
    checkSquare('matrixPower', a)
    const one = identities(batchOf(a), sizesOf(a)[0], a.dtype)
    if (exponent === 0) return one
    let square = exponent < 0 ? solveSystem('matrixPower', a, one, true) : a
    let result: Tensor | null = null
    for (let left = Math.abs(exponent); ;) {
      if (left % 2 === 1) result = result === null ? square : contract(result, square)
      left = Math.floor(left / 2)
      if (left === 0) return result!
      square = contract(square, square)
    }
  },
)
