import type { CotangentError } from '@cotangent/core'
import {
  checkpoint,
  compile,
  debugNaN,
  defineOp,
  type DefinedOp,
  grad,
  jvp,
  tensor,
  type Tensor,
  trace,
  vjpRule,
  where,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'

const f64 = (data: number[]) => tensor(data, { dtype: 'float64' }) as Tensor

function errorOf(call: () => unknown): CotangentError {
  try {
    call()
  } catch (error) {
    return error as CotangentError
  }
  throw new Error('nothing was thrown')
}

/** sqrt with a rule that divides before anything selects. */
const root: DefinedOp = defineOp({
  name: 'root',
  inputs: 1,
  infer: ([x]) => x,
  kernel: ([x], y) => x.data.forEach((value, i) => (y.data[i] = Math.sqrt(value))),
  law: vjpRule({ pullback: ([g], { output }) => [g.div(output.mul(2))] }),
  domain: (draw) => ({ inputs: [{ shape: draw.shape(), min: 0.1 }], attributes: undefined }),
})

describe('debugNaN', () => {
  it('stops at the first op that leaves the finite numbers, with the line and the ranges', () => {
    const error = errorOf(() => debugNaN((x: Tensor) => x.sub(1).log().mul(0).sum())(f64([2, 1, 3])))
    expect(error.code).toBe('non-finite')
    expect(error.message).toMatch(/^\[log\] gave -Infinity at \[1\] at .*debug-nan\.test\.ts:\d+/)
    expect(error.message).toContain('input 0 float64[3] in [0, 2]')
  })

  it('leaves the trap where(x > 0, sqrt(x), 0) alone, whose mask keeps it finite', () => {
    const f = (x: Tensor) => where(x.greater(0), x.sqrt(), 0).sum()
    expect(debugNaN(grad(f))(f64([0, 4])).toArray()).toEqual([0, 0.25])
  })

  it('leaves it alone where the root has a rule of its own', () => {
    const f = (x: Tensor) => where(x.greater(0), root(x), 0).sum()
    expect(debugNaN(grad(f))(f64([0, 4])).toArray()).toEqual([0, 0.25])
  })

  it('names the rule that makes NaN of a zero that is there by coincidence, and the line of the forward op', () => {
    const f = (x: Tensor) => root(x).mul(x).sum()
    const error = errorOf(() => debugNaN(grad(f))(f64([0, 4])))
    expect(error.code).toBe('non-finite-derivative')
    expect(error.message).toMatch(/^\[root\] its rule, in reverse mode, gave a cotangent with NaN at \[0\]/)
    expect(error.message).toMatch(/root was applied at .*debug-nan\.test\.ts:\d+/)
    expect(error.message).toContain('input 0 float64[2] in [0, 4]')
  })

  it('follows forward mode and second derivatives', () => {
    expect(errorOf(() => debugNaN(() => jvp((x: Tensor) => x.sqrt(), [f64([0])], [f64([1])]))()).message).toContain(
      'in forward mode, gave a tangent with Infinity at [0]',
    )
    // The first derivative of x^1.5 is finite at 0, the second is not.
    const f = (x: Tensor) => x.pow(1.5).sum()
    expect(debugNaN(grad(f))(f64([0])).item()).toBe(0)
    expect(errorOf(() => debugNaN(grad((x: Tensor) => grad(f)(x).sum()))(f64([0]))).code).toBe('non-finite-derivative')
  })

  it('follows checkpoints and compiled functions, with the lines inside', () => {
    const f = (x: Tensor) => x.sqrt().sum()
    for (const region of [checkpoint(f), compile(f)]) {
      const { code, message } = errorOf(() => debugNaN(grad(region))(f64([0])))
      expect(code).toBe('non-finite-derivative')
      expect(message).toMatch(/sqrt was applied at .*debug-nan\.test\.ts/)
    }
  })

  it('refuses to look where there are no values, and only there', () => {
    const f = debugNaN((x: Tensor) => x.log().sum())
    const closure = (x: Tensor) => debugNaN(() => x.log().sum())()
    for (const g of [compile(f), checkpoint(f), compile(grad(f)), compile(closure)])
      expect(errorOf(() => g(f64([1]))).code).toBe('debug-symbolic')
    expect(errorOf(() => trace(f, f64([1]))).message).toMatch(
      /^\[debugNaN\] log at .*debug-nan\.test\.ts:\d+:\d+ has no value/,
    )
    // Inside of a trace there are constants as well, and inside of f there may be traces.
    expect(compile((x: Tensor) => x.mul(debugNaN(() => f64([2]).log().sum())()))(f64([1])).item()).toBe(Math.log(2))
    expect(debugNaN((x: Tensor) => trace((y: Tensor) => y.log(), x).nodes.length)(f64([1]))).toBe(1)
    expect(grad(f)(f64([2])).toArray()).toEqual([0.5])
  })

  it('passes values on, accepts infinities that were given, and ends with the call', () => {
    expect(debugNaN((x: Tensor) => x.exp())(f64([0])).item()).toBe(1)
    expect(debugNaN((x: Tensor) => x.mul(2))(f64([Infinity])).item()).toBe(Infinity)
    errorOf(() => debugNaN((x: Tensor) => x.log())(f64([0])))
    expect(f64([0]).log().item()).toBe(-Infinity)
  })
})

describe('the origin of what a rule records', () => {
  it('is the application whose rule it was', () => {
    const { nodes } = trace(
      grad((x: Tensor) => x.exp().sum()),
      f64([1]),
    )
    const exp = nodes.find(({ op }) => op.name === 'exp')!
    expect(exp.origin).toBe(null)
    expect(nodes.filter(({ origin }) => origin?.id === exp.id).map(({ op }) => op.name)).toContain('mul')
  })
})
