import {
  and,
  concat,
  div,
  isFinite,
  matmul,
  max,
  mul,
  slice,
  sub,
  sum,
  tensor,
  where,
  whileLoop,
  zerosLike,
} from '@cotangent/core'
import type { Tensor } from '@cotangent/core'
import { solveWith, triangles } from './lu'
import { areFinite, identityMask, largestOf, orNaN, type Program } from './matrices'

/** The coefficients of the numerator of the Padé approximant of degree 13 (Higham 2005, table 10.3 and page 1183). */
const coefficients = [
  64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
  670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
] // prettier-ignore

/** The 1-norm up to which this approximant is accurate in float64. */
const theta = 5.371920351148152

/**
 * `e^A` by scaling and squaring with the Padé approximant of degree 13 (Higham, The scaling and squaring method for the
 * matrix exponential revisited, SIAM J. Matrix Anal. Appl. 26, 2005, algorithm 2.3). NaN for a matrix with an entry
 * that is not finite.
 */
function exponentialOf(a: Tensor, range: Tensor): Tensor {
  const norm = max(sum(a.abs(), { axis: 0 }))
  const isSound = and(areFinite(a), isFinite(norm))
  const finite = where(isSound, norm, 0)
  const one: Tensor = tensor(1, { dtype: 'float64' })
  const halved = whileLoop(
    ([scale]) => mul(finite, scale).greater(theta),
    ([scale]) => [mul(scale, 0.5)] as const,
    [one] as const,
  )
  const x = mul(where(isSound, a, 0), halved.value[0])
  const x2 = matmul(x, x)
  const x4 = matmul(x2, x2)
  const x6 = matmul(x4, x2)
  const identity: Tensor = identityMask(range).astype('float64')
  const c = coefficients
  const powers = (p6: number, p4: number, p2: number, p0: number) =>
    mul(x6, p6).add(mul(x4, p4)).add(mul(x2, p2)).add(mul(identity, p0))
  const odd = matmul(x, matmul(x6, powers(c[13], c[11], c[9], 0)).add(powers(c[7], c[5], c[3], c[1])))
  const even = matmul(x6, powers(c[12], c[10], c[8], 0)).add(powers(c[6], c[4], c[2], c[0]))
  const approximant = solveWith(triangles(sub(even, odd), range), even.add(odd), range)
  const squared = whileLoop(
    ({ left }) => left.greater(0),
    ({ result, left }) => ({ result: matmul(result, result), left: sub(left, 1) }),
    { result: approximant, left: halved.steps as Tensor },
  )
  return orNaN(isSound, squared.value.result)
}

/** `[n, n] -> [n, n]`. */
export const exponential: Program<object> = ([a], { range }) => exponentialOf(a, range(a.shape[0]))

/**
 * A and E `[n, n] -> [n, n]`, the derivative of `e^A` along E: the upper right block of `exp [[A, E], [0, A]]`
 * (Mathias, A chain rule for matrix functions and applications, SIAM J. Matrix Anal. Appl. 17, 1996, theorem 2.1). The
 * derivative is linear in E, which is scaled to a norm of at most 1, as a large one would add squarings.
 */
export const exponentialDerivative: Program<object> = ([a, e], { range }) => {
  const n = a.shape[0]
  const size = mul(largestOf(e), n)
  const isZero = size.equal(0)
  const scaled = div(e, where(isZero, 1, size))
  const whole = concat([concat([a, scaled], { axis: 1 }), concat([zerosLike(a), a], { axis: 1 })])
  const upperRight = slice(exponentialOf(whole, range(2 * n)), [0, n], [n, 2 * n])
  return where(isZero, 0, mul(upperRight, size))
}
