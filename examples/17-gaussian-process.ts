import {
  cholesky,
  compile,
  countNonzero,
  diagonal,
  dot,
  exp,
  eye,
  grad,
  inverse,
  key,
  lessEqual,
  log,
  matmul,
  matrixTrace,
  normal,
  solve,
  splitKey,
  sqrt,
  square,
  sum,
  tensor,
  type Tensor,
  triangularSolve,
  uniform,
} from '@cotangent/core'
import { lbfgs } from '@cotangent/optim'
import assert from 'node:assert/strict'

// Regression with a Gaussian process (Rasmussen & Williams 2006). The covariance of two values falls with the distance
// of their places. How far it reaches, how high it is and how noisy the values are is learned from them: the gradient
// of their likelihood goes through a factorization of their covariance. All of it is in float64.

const dtype = 'float64'
type Vector = Tensor<[number]>

/** Logarithms, so that any number will do. */
interface Parameters {
  length: Tensor<[]>
  height: Tensor<[]>
  noise: Tensor<[]>
}
const logs = (length: number, height: number, noise: number): Parameters => ({
  length: tensor(Math.log(length), { dtype }),
  height: tensor(Math.log(height), { dtype }),
  noise: tensor(Math.log(noise), { dtype }),
})

/** `height² exp(-(a - b)² / (2 length²))` for all pairs. */
function kernel({ length, height }: Parameters, a: Vector, b: Vector): Tensor<[number, number]> {
  const distance = a.reshape([-1, 1]).sub(b).div(exp(length))
  return exp(square(distance).div(-2)).mul(square(exp(height)))
}
/** The covariance of noisy values. */
const covariance = (p: Parameters, x: Vector) =>
  kernel(p, x, x).add(eye(x.shape[0], { dtype }).mul(square(exp(p.noise))))

// The data are drawn from such a process: 80 values to learn from, and 20 to predict.
const [kx, ky] = splitKey(key(1))
const truth = logs(0.5, 1.5, 0.2)
const places = uniform(kx, [100], { min: 0, max: 4, dtype })
const values = matmul(cholesky(covariance(truth, places)), normal(ky, [100], { dtype }))
const [x, y, unseen, answers] = [places.slice([0, 80]), values.slice([0, 80]), places.slice([80]), values.slice([80])]

/** `-log p(y) = ½ yᵀ K⁻¹ y + ½ log |K| + (n/2) log 2π` (equation 2.30), with K = L Lᵀ. */
function surprise(p: Parameters): Tensor<[]> {
  const l = cholesky(covariance(p, x))
  const white = triangularSolve(l, y)
  return dot(white, white)
    .div(2)
    .add(log(diagonal(l)).sum())
    .add(40 * Math.log(2 * Math.PI))
}

// The gradient is that of equation 5.9, ½ tr((K⁻¹ - α αᵀ) ∂K/∂θ) with α = K⁻¹ y. For log noise, ∂K/∂θ is 2 noise² I.
let p = logs(1, 1, 1)
const alpha = solve(covariance(p, x), y)
const closed = matrixTrace(inverse(covariance(p, x)))
  .sub(dot(alpha, alpha))
  .item()
const slope = grad(surprise)(p).noise.item()
console.log(`the slope in the noise is ${slope.toFixed(6)}, in closed form ${closed.toFixed(6)}`)
assert.ok(Math.abs(slope - closed) < 1e-9 * Math.abs(closed))

const optimizer = lbfgs()
;[p] = optimizer.update(p, compile(surprise), optimizer.init(p))
const found = [p.length, p.height, p.noise].map((each) => exp(each).item())
console.log(`length, height and noise: ${found.map((each) => each.toFixed(2)).join(', ')}; drawn with 0.5, 1.5, 0.2`)
assert.ok(Math.abs(found[0] - 0.5) < 0.1 && Math.abs(found[1] - 1.5) < 0.5 && Math.abs(found[2] - 0.2) < 0.05)
assert.ok(surprise(p).item() < surprise(truth).item())

// Mean and variance of the values in between (algorithm 2.1).
const l = cholesky(covariance(p, x))
const across = kernel(p, x, unseen)
const mean = matmul(across.transpose(), solve(covariance(p, x), y))
const variance = diagonal(covariance(p, unseen)).sub(sum(square(triangularSolve(l, across)), { axis: 0 }))
const near = countNonzero(lessEqual(answers.sub(mean).abs(), sqrt(variance).mul(2))).item()
console.log(`${near} of 20 unseen values are within two deviations of their prediction`)
assert.ok(near >= 18)
