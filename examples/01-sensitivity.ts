import { grad, mul, tensor, type Tensor } from '@cotangent/core'
import assert from 'node:assert/strict'

// A gradient says how much the result moves when an input is nudged. For f(x, y) = x · y at (3, 7) a nudge ε of x moves
// f by 7 ε, and a nudge of y moves it by 3 ε.

const f = (x: Tensor<[]>, y: Tensor<[]>) => mul(x, y)
const x = tensor(3, { dtype: 'float64' })
const y = tensor(7, { dtype: 'float64' })

const [dx, dy] = grad(f, { argument: [0, 1] })(x, y)
console.log(`f(3, 7) = ${f(x, y).item()}`)
console.log(`∂f/∂x = ${dx.item()}, ∂f/∂y = ${dy.item()}`)
assert.deepEqual([dx.item(), dy.item()], [7, 3])

const nudge = 0.001
const byX = f(x.add(nudge), y).sub(f(x, y)).item()
const byY = f(x, y.add(nudge)).sub(f(x, y)).item()
console.log(
  `nudging x by ${nudge} changes f by ${byX.toFixed(6)}, nudging y by ${nudge} changes it by ${byY.toFixed(6)}`,
)
assert.equal(byX.toFixed(6), (7 * nudge).toFixed(6))
assert.equal(byY.toFixed(6), (3 * nudge).toFixed(6))
