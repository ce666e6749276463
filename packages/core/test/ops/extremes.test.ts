import {
  abs,
  argmax,
  argmin,
  argsort,
  clip,
  cumsum,
  erfc,
  exp,
  expm1,
  gelu,
  grad,
  jvp,
  log1p,
  logSoftmax,
  logSumExp,
  max,
  maximum,
  mean,
  min,
  minimum,
  mul,
  pow,
  prod,
  relu,
  remainder,
  round,
  sigmoid,
  silu,
  softmax,
  softplus,
  sort,
  sqrt,
  sum,
  tanh,
  tensor,
  type Tensor,
  where,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { f64, numbers } from '../float64'

/** The derivative of an elementwise function at each number. */
const slope = (f: (x: Tensor) => Tensor, ...at: number[]) => numbers(grad((x: Tensor) => sum(f(x)))(f64(at)))

describe('far from zero', () => {
  it.each(['float32', 'float64'] as const)('activations neither overflow nor lose their tails, in %s', (dtype) => {
    const x = tensor([-1000, 1000], { dtype }) as Tensor
    expect(numbers(softplus(x))).toEqual([0, 1000])
    expect(numbers(sigmoid(x))).toEqual([0, 1])
    expect(numbers(tanh(x))).toEqual([-1, 1])
    expect(numbers(silu(x)).map(Math.abs)).toEqual([0, 1000])
    expect(numbers(gelu(x)).map(Math.abs)).toEqual([0, 1000])
    expect(numbers(grad((y: Tensor) => sum(softplus(y)))(x))).toEqual([0, 1])
    expect(numbers(grad((y: Tensor) => sum(sigmoid(y)))(x))).toEqual([0, 0])
  })

  it('keeps relative accuracy where results are tiny', () => {
    expect(sigmoid(f64(-700)).item() / Math.exp(-700)).toBeCloseTo(1, 12)
    expect(softplus(f64(-700)).item() / Math.exp(-700)).toBeCloseTo(1, 12)
    // σ'(40) = e^-40 to first order; y (1 - y) would be 0.
    expect(slope(sigmoid, 40)[0] / Math.exp(-40)).toBeCloseTo(1, 12)
    // erfc(10), Abramowitz & Stegun's asymptotic series summed to its smallest term.
    expect(erfc(f64(10)).item() / 2.088487583762545e-45).toBeCloseTo(1, 12)
    expect(gelu(f64(-10)).item()).toBeLessThan(0)
  })

  it('shifts sums of exponentials', () => {
    const x = f64([1e4, 1e4 - 1])
    expect(logSumExp(x).item()).toBeCloseTo(1e4 + Math.log1p(Math.exp(-1)), 9)
    expect(logSumExp(f64([-1e4, -1e4])).item()).toBeCloseTo(-1e4 + Math.LN2, 9)
    expect(logSumExp(f64([-Infinity, -Infinity])).item()).toBe(-Infinity)
    expect(logSumExp(f64([Infinity, 0])).item()).toBe(Infinity)
    expect(numbers(softmax(f64([1e4, -1e4])))).toEqual([1, 0])
    expect(numbers(logSoftmax(f64([1e4, -1e4])))).toEqual([0, -2e4])
    // log softmax of (1e6, 1e6 + 1): what they have in common must not cost digits.
    expect(numbers(logSoftmax(f64([1e6, 1e6 + 1])))).toEqual(numbers(logSoftmax(f64([0, 1]))))
    expect(sum(softmax(x)).item()).toBeCloseTo(1, 15)
    expect(numbers(grad((y: Tensor) => logSumExp(y))(f64([1e4, -1e4])))).toEqual([1, 0])
  })

  it('stays exact near zero', () => {
    for (const x of [1e-20, -1e-20, 1e-300]) {
      expect(log1p(f64(x)).item()).toBe(x)
      expect(expm1(f64(x)).item()).toBe(x)
      expect(tanh(f64(x)).item()).toBe(x)
    }
    expect([exp(f64(710)).item(), exp(f64(-746)).item(), exp(f64(-Infinity)).item()]).toEqual([Infinity, 0, 0])
  })
})

describe('kinks', () => {
  it('have the stated derivatives', () => {
    expect(slope(abs, -1, 0, 1)).toEqual([-1, 0, 1])
    expect(slope(relu, -1, 0, 1)).toEqual([0, 0, 1])
    expect(slope((x) => clip(x, -1, 1), -2, -1, 0, 1, 2)).toEqual([0, 1, 1, 1, 0])
  })

  it('share the derivative among ties, in both modes', () => {
    const x = f64([2, 5, 5, 1])
    expect(numbers(grad((y: Tensor) => max(y))(x))).toEqual([0, 0.5, 0.5, 0])
    expect(jvp((y: Tensor) => max(y), [x], [f64([1, 2, 4, 8])])[1].item()).toBe(3)
    expect(numbers(grad((y: Tensor) => min(y))(f64([1, 1, 1, 1])))).toEqual([0.25, 0.25, 0.25, 0.25])
    for (const f of [maximum, minimum]) {
      const [a, b] = grad((p: Tensor, q: Tensor) => sum(f(p, q)), { argument: [0, 1] })(f64([1, 2]), f64([1, 2]))
      expect([numbers(a), numbers(b)]).toEqual([[0.5, 0.5], [0.5, 0.5]]) // prettier-ignore
      expect(jvp(f, [f64(1), f64(1)], [f64(2), f64(4)])[1].item()).toBe(3)
    }
  })

  it('keep where(x > 0, √x, 0) finite at 0, at every order', () => {
    const f = (x: Tensor) => where(x.greater(0), sqrt(x), 0)
    expect(numbers(f(f64([0, 4])))).toEqual([0, 2])
    expect(slope(f, 0, 4)).toEqual([0, 0.25])
    const second = grad((x: Tensor) => sum(grad((y: Tensor) => sum(f(y)))(x)))(f64([0, 4]))
    expect(numbers(second)).toEqual([0, -1 / 32])
    expect(numbers(jvp(f, [f64([0, 4])], [f64([1, 1])])[1])).toEqual([0, 0.25])
  })
})

describe('reductions', () => {
  it('have a value of nothing where there is one', () => {
    expect([sum(tensor([])).item(), prod(tensor([])).item()]).toEqual([0, 1])
  })

  it('multiply through zeros', () => {
    expect(numbers(grad((x: Tensor) => prod(x))(f64([2, 0, 3])))).toEqual([0, 6, 0])
    expect(numbers(grad((x: Tensor) => prod(x))(f64([0, 0, 3])))).toEqual([0, 0, 0])
    const mixed = grad((x: Tensor) => sum(mul(grad((y: Tensor) => prod(y))(x), f64([1, 0, 0]))))(f64([0, 0, 3]))
    expect(numbers(mixed)).toEqual([0, 3, 0])
  })

  it('sum a million float32 numbers accurately', () => {
    const n = 1_000_000
    const exact = n * Math.fround(0.1)
    const x = tensor(new Float32Array(n).fill(0.1)) as Tensor
    // 3 + log₂(n / 128) + 16 roundings on the way to the total, u each: the bound of pairwise summation.
    const bound = (3 + Math.log2(n / 128) + 16) * 2 ** -24
    expect(Math.abs(sum(x).item() / exact - 1)).toBeLessThan(bound)
    expect(Math.abs(mean(x).item() / Math.fround(0.1) - 1)).toBeLessThan(bound + 2 ** -24)
    expect(Math.abs(cumsum(x).at(-1).item() / exact - 1)).toBeLessThan(2 ** -24)
  })

  it('count booleans', () => {
    const x = tensor([true, false, true])
    for (const [total, expected] of [
      [sum(x), 2],
      [cumsum(x), [1, 1, 2]],
    ] as const)
      expect([total.dtype, total.toArray()]).toEqual(['int32', expected])
  })

  it('see NaN', () => {
    const x = f64([1, NaN, 3])
    expect([max(x).item(), min(x).item()]).toEqual([NaN, NaN])
    expect([argmax(x).item(), argmin(x).item()]).toEqual([1, 1])
  })
})

describe('order', () => {
  it('is stable, with NaN last', () => {
    const x = f64([3, NaN, 1, 3, -Infinity])
    expect(numbers(sort(x))).toEqual([-Infinity, 1, 3, 3, NaN])
    expect(numbers(argsort(x))).toEqual([4, 2, 0, 3, 1])
    expect(numbers(grad((y: Tensor) => sum(mul(sort(y), f64([1, 2, 3, 4]))))(f64([7, 5, 7, 1])))).toEqual([3, 2, 4, 1])
  })

  it('of equal numbers goes to the first', () => {
    expect([argmax(f64([1, 2, 2])).item(), argmin(f64([1, 1, 2])).item()]).toEqual([1, 0])
  })
})

describe('remainders and rounding', () => {
  it('follow the sign of the divisor, exactly', () => {
    const [a, b] = [f64([7, -7, 7, -7, 5.5]), f64([3, 3, -3, -3, 2])]
    expect(numbers(remainder(a, b))).toEqual([1, 2, -2, -1, 1.5])
    expect(remainder(f64(1e17), f64(3)).item()).toBe(Number(BigInt(1e17) % 3n))
  })

  it('round halves to even', () => {
    expect(numbers(round(f64([0.5, 1.5, 2.5, -0.5, -1.5])))).toEqual([0, 2, 2, -0, -2])
  })
})

describe('powers', () => {
  it('have the special values of IEEE 754', () => {
    expect(numbers(pow(f64([0, 0, -2, -8, 2]), f64([0, 2, 3, 1 / 3, -1])))).toEqual([1, 0, -8, NaN, 0.5])
  })

  it('have derivatives where a factor vanishes', () => {
    expect(slope((x) => pow(x, 2), 0, 3)).toEqual([0, 6])
    expect(slope((x) => pow(x, 0), 0, 3)).toEqual([0, 0])
    expect(Math.abs(grad((y: Tensor) => pow(f64(0), y))(f64(2)).item())).toBe(0)
    // ∂²(a^b)/∂a∂b = a^(b-1) (1 + b ln a), which is 1/a at b = 0.
    const mixed = grad((b: Tensor) => grad((a: Tensor) => pow(a, b))(f64(2)))(f64(0))
    expect(mixed.item()).toBe(0.5)
  })
})
