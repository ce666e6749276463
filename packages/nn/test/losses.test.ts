import {
  compile,
  debugNaN,
  grad,
  hessian,
  matmul,
  oneHot,
  tensor,
  type Tensor,
  trace,
  valueAndGrad,
} from '@cotangent/core'
import { l2, logLoss, mse, probabilityBound, softmaxCrossEntropy } from '@cotangent/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const f64 = (data: number | readonly number[] | readonly (readonly number[])[]): Tensor =>
  tensor(data, { dtype: 'float64' })
const f32 = (data: readonly number[] | readonly (readonly number[])[]): Tensor => tensor(data, { dtype: 'float32' })
const list = (x: Tensor) => Array.from(x.data)
const valueAndSlope = (f: (x: Tensor) => Tensor, x: Tensor) => {
  const [value, slope] = valueAndGrad(f)(x)
  return [value.item(), list(slope)] as const
}

describe('mse', () => {
  it('is the mean over all entries, with the gradient 2 (a - y)/(m K)', () => {
    const y = f64([
      [1, 0],
      [0, 5],
    ])
    const a = f64([
      [2, 0],
      [-2, 2],
    ])
    expect(valueAndSlope((x) => mse(x, y), a)).toEqual([(1 + 4 + 9) / 4, [0.5, 0, -1, -1.5]])
  })

  it('takes any one shape, a scalar too', () => {
    expect(mse(f64(3), f64(5)).item()).toBe(4)
    expect(mse(f64([1, 2, 3]), f64([1, 2, 6])).item()).toBe(3)
  })

  it('overflows to infinity and not to NaN', () => {
    expect(mse(f64([1e200]), f64([-1e200])).item()).toBe(Infinity)
  })
})

describe('logLoss', () => {
  it('sums over outputs and averages over examples', () => {
    const h = f64([
      [0.5, 0.25],
      [0.75, 0.5],
    ])
    const y = f64([
      [1, 0],
      [1, 0],
    ])
    const expected = -(Math.log(0.5) + Math.log(0.75) + Math.log(0.75) + Math.log(0.5)) / 2
    expect(logLoss(h, y).item()).toBeCloseTo(expected, 15)
    expect(logLoss(f64([0.5, 0.75]), f64([1, 1])).item()).toBeCloseTo(-(Math.log(0.5) + Math.log(0.75)) / 2, 15)
  })

  it.each([
    ['float32', f32, 2 ** -24, -Math.log(2 ** -24)],
    ['float64', f64, 2 ** -53, -Math.log(2 ** -53)],
  ] as const)('is finite for the probabilities 0 and 1 in %s, with the gradient 0', (dtype, make, bound, worst) => {
    expect(probabilityBound[dtype]).toBe(bound)
    const [wrong, wrongSlope] = valueAndSlope((h) => logLoss(h, make([1, 0])), make([0, 1]))
    // Both bounds, u and 1 - u, are floating-point numbers, so that log1p(-(1 - u)) is log u.
    expect(wrong).toBeCloseTo(worst, dtype === 'float32' ? 5 : 13)
    expect(wrongSlope).toEqual([0, 0])
    const [right, rightSlope] = valueAndSlope((h) => logLoss(h, make([0, 1])), make([0, 1]))
    expect(right).toBeGreaterThan(0)
    expect(right).toBeLessThan(2 * bound)
    expect(rightSlope).toEqual([0, 0])
  })

  it('keeps its gradient for every probability that is not clamped', () => {
    const [, slope] = valueAndSlope((h) => logLoss(h, f64([1, 0])), f64([2 ** -52, 1 - 2 ** -52]))
    expect(slope).toEqual([-(2 ** 52) / 2, 2 ** 52 / 2])
  })

  it.each([
    ['float32', f32],
    ['float64', f64],
  ] as const)('is exact from the logits ±1000 in %s: value 1000 or 0, gradient (h - y)/m', (_, make) => {
    const z = make([1000, -1000, 1000, -1000])
    const y = make([0, 1, 1, 0])
    expect(valueAndSlope((x) => logLoss(x, y, { fromLogits: true }), z)).toEqual([500, [0.25, -0.25, 0, 0]])
  })

  it('has its minimum at h = y for soft targets, where it is the entropy', () => {
    const y = f64([0.25, 0.5, 0.9])
    const entropy = [0.25, 0.5, 0.9].reduce((sum, p) => sum - p * Math.log(p) - (1 - p) * Math.log(1 - p), 0) / 3
    const [value, slope] = valueAndSlope((h) => logLoss(h, y), y)
    expect(value).toBeCloseTo(entropy, 15)
    for (const s of slope) expect(s).toBeCloseTo(0, 15)
  })

  it('has the curvature σ(z) (1 - σ(z)) from logits, and a trace of it runs', () => {
    const z = f64([0.3])
    const loss = (x: Tensor) => logLoss(x, f64([1]), { fromLogits: true })
    const h = 1 / (1 + Math.exp(-0.3))
    expect(hessian(loss)(z).item()).toBeCloseTo(h * (1 - h), 14)
    const graph = trace(grad(loss), z)
    expect(list(graph.run(f64([1000])))).toEqual([0])
  })

  it('leaves the targets their own gradient: logits of the other side', () => {
    const [value, slope] = valueAndSlope((y) => logLoss(f64([0.25]), y), f64([0.5]))
    expect(value).toBeCloseTo(-(Math.log(0.25) + Math.log(0.75)) / 2, 15)
    // ∂/∂y = -(log h - log(1 - h))
    expect(slope[0]).toBeCloseTo(Math.log(3), 15)
  })
})

describe('softmaxCrossEntropy', () => {
  it.each([
    ['float32', f32],
    ['float64', f64],
  ] as const)('is exact for the logits ±1000 in %s', (_, make) => {
    const z = make([
      [1000, -1000],
      [1000, -1000],
    ])
    const [value, slope] = valueAndSlope((x) => softmaxCrossEntropy(x, tensor([0, 1], { dtype: 'int32' })), z)
    expect([value, slope]).toEqual([1000, [0, 0, 0.5, -0.5]])
  })

  it.each([
    ['softmaxCrossEntropy', (z: Tensor, y: Tensor) => softmaxCrossEntropy(z, y)],
    ['logLoss from logits', (z: Tensor, y: Tensor) => logLoss(z, y, { fromLogits: true })],
  ])('%s marks no entry as left out, so the products of a gradient read their operands unguarded', (_, loss) => {
    const [w, x, y] = [
      f64([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      f64([[1, 2, 3]]),
      f64([[0, 1]]),
    ]
    const slope = (w: Tensor, x: Tensor, y: Tensor) => grad((w: Tensor) => loss(matmul(x, w), y))(w)
    const { nodes, values } = trace(slope, w, x, y)
    const products = nodes.filter(({ op }) => op.name === 'matmul')
    const guards = nodes.filter(({ op, outputs }) => op.name === 'where' && values[outputs[0]].shape.join() === '1,3')
    expect([products.length, guards.length]).toEqual([2, 0])
  })

  it('is the same with class numbers and with one-hot rows', () => {
    const rows = fc.integer({ min: 2, max: 6 }).chain((classes) =>
      fc.array(
        fc.record({
          logits: fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: classes, maxLength: classes }),
          label: fc.integer({ min: 0, max: classes - 1 }),
        }),
        { minLength: 1, maxLength: 5 },
      ),
    )
    fc.assert(
      fc.property(rows, (examples) => {
        const z = f64(examples.map(({ logits }) => logits))
        const labels: Tensor = tensor(
          examples.map(({ label }) => label),
          { dtype: 'int32' },
        )
        const targets = oneHot(labels, z.shape[1], { dtype: 'float64' })
        const [value, slope] = valueAndSlope((x) => softmaxCrossEntropy(x, labels), z)
        const [other, otherSlope] = valueAndSlope((x) => softmaxCrossEntropy(x, targets), z)
        // One side adds m terms and the other m K of which all but m are zeros, grouped as the shape says: at most 30
        // roundings each. A gradient is at most 1, and its sum of K rounds as often.
        expect(Math.abs(other - value)).toBeLessThanOrEqual(30 * 2 ** -53 * value)
        slope.forEach((s, e) => expect(Math.abs(otherSlope[e] - s)).toBeLessThanOrEqual(8 * 2 ** -53))
        expect(value).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('takes soft targets: at the logits log y it is the entropy, with the gradient 0', () => {
    const y = [0.5, 0.3, 0.2]
    const [value, slope] = valueAndSlope((z) => softmaxCrossEntropy(z, f64([y])), f64([y.map(Math.log)]))
    expect(value).toBeCloseTo(-y.reduce((sum, p) => sum + p * Math.log(p), 0), 15)
    for (const s of slope) expect(s).toBeCloseTo(0, 15)
  })

  it('does not change when all logits of a row move together, but for rounding at their size', () => {
    const labels = tensor([2], { dtype: 'int32' })
    const loss = (shift: number) => softmaxCrossEntropy(f64([[shift, shift + 1, shift + 2]]), labels).item()
    // Two roundings of numbers up to |shift| + 4 = |log Σ e^z| and more, half a unit in the last place each.
    for (const shift of [-1e6, -8, 8, 1e6])
      expect(Math.abs(loss(shift) - loss(0))).toBeLessThanOrEqual(2 * 2 ** -53 * (Math.abs(shift) + 4))
  })
})

describe('infinite logits', () => {
  const inf = Infinity
  it.each([
    [[-inf, 0], [0, 1], 0, [0, 0]],
    [[inf, -inf, 0], [0.5, 0, 0.5], NaN, null],
    [[-inf, 0], [1, 0], inf, null],
    [[-inf, 0, 0], [0, 0.5, 0.5], Math.LN2, [0, 0, 0]],
  ])('softmaxCrossEntropy of %j and %j', (z, y, expected, slope) => {
    const [value, gradient] = valueAndSlope((logits) => softmaxCrossEntropy(logits, f64([y])), f64([z]))
    expect(value).toEqual(Number.isFinite(expected) ? expect.closeTo(expected, 15) : expected)
    if (slope !== null) expect(gradient.map((g) => g + 0)).toEqual(slope)
  })

  it.each([
    [inf, 1, 0, 0],
    [-inf, 0, 0, 0],
    [inf, 0, inf, 1],
    [-inf, 1, inf, -1],
    [1000, 1, 0, 0],
    [-1000, 1, 1000, -1],
  ])('logLoss of %d with the target %d', (z, y, expected, slope) => {
    const [value, gradient] = valueAndSlope((logits) => logLoss(logits, f64([y]), { fromLogits: true }), f64([z]))
    expect([value, gradient[0] + 0]).toEqual([expected, slope])
  })

  it('a target of 0 keeps its own gradient, and NaN stays', () => {
    const z = f64([[0, Math.log(3)]])
    expect(list(grad((y: Tensor) => softmaxCrossEntropy(z, y))(f64([[0, 1]])))[0]).toBeCloseTo(Math.log(4), 14)
    expect(softmaxCrossEntropy(f64([[NaN, 0]]), f64([[0, 1]])).item()).toBeNaN()
    expect(logLoss(f64([NaN]), f64([0]), { fromLogits: true }).item()).toBeNaN()
  })
})

it('losses of integers compute in floating point', () => {
  const ints = (values: number[]) => tensor(values, { dtype: 'int32' }) as Tensor
  expect(mse(ints([2e9, 0]), ints([-2e9, 0])).item()).toBe(Math.fround(8e18))
  expect(mse(f64([0.5, 1]), ints([1, 1])).item()).toBe(0.125)
  expect(logLoss(f64([0.5, 0.5]), ints([1, 0])).item()).toBeCloseTo(Math.LN2, 15)
  expect(softmaxCrossEntropy(tensor([[2e9, -2e9]], { dtype: 'int32' }), tensor([[1, 0]])).item() + 0).toBe(0)
})

describe('l2', () => {
  const model = { weight: f64([[1, 2]]), bias: f64([10]), count: tensor([[3]], { dtype: 'int32' }) }

  it('is (λ/2m) Σ θ² over what has two axes, with the gradient (λ/m) θ and 0 for biases', () => {
    const [value, slope] = valueAndGrad((m: typeof model) => l2(m, { lambda: 3, examples: 6 }))(model)
    expect(value.item()).toBe((3 / 12) * 5)
    expect([list(slope.weight), list(slope.bias)]).toEqual([[0.5, 1], [0]])
  })

  it('takes another selection by leaf or by path, and a tensor alone', () => {
    const options = { lambda: 2, examples: 1 }
    expect(l2(model, { ...options, select: () => true }).item()).toBe(105)
    expect(l2(model, { ...options, select: (_, path) => path[0] === 'bias' }).item()).toBe(100)
    expect(l2(f64([[1, 2]]), options).item()).toBe(5)
    expect(l2([f64([[1]]), f64([[2, 2]])], options).item()).toBe(9)
  })

  it('counts a shared tensor once', () => {
    const shared = f64([[3]])
    expect(l2({ a: shared, b: shared }, { lambda: 2, examples: 1 }).item()).toBe(9)
  })
})

describe('logLoss of what is no probability', () => {
  const inside = f64([0, 0.25, 1, 0.5])
  const targets = f64([0, 1, 1, 0.25])
  const outside = [-1e-300, -0.5, 1 + 2 ** -52, 3, -Infinity, Infinity]

  it.each(outside)('is an error for the prediction %d, which names the way for logits', (h) => {
    const call = (x: Tensor) => logLoss(x, f64([0.5, 1]))
    expect(() => call(f64([0.5, h]))).toThrow(
      /^\[logLoss\] .* got .* at \[1\]; for logits pass \{ fromLogits: true \}$/,
    )
    expect(() => grad(call)(f64([0.5, h]))).toThrow('[logLoss]')
  })

  it.each(outside)('is an error for the target %d', (y) => {
    for (const fromLogits of [false, true])
      expect(() => logLoss(f64([0.5, 0.5]), f64([0.5, y]), { fromLogits })).toThrow('[logLoss] expected numbers from 0 to 1 as targets') // prettier-ignore
  })

  it('is NaN in value and gradient where nothing can be read, and debugNaN finds it', () => {
    const loss = (h: Tensor, y: Tensor) => logLoss(h, y)
    for (const h of outside) {
      const [x, y] = [f64([0.5, h]), f64([0.5, 1])]
      const [value, [slope]] = compile(valueAndGrad(loss, { argument: [0] }))(x, y)
      expect(value.item()).toBeNaN()
      expect(slope.data[1]).toBeNaN()
      expect(() => debugNaN(loss)(x, y)).toThrow(
        Number.isFinite(h) ? '[logLoss] its logLossProbability gave NaN at [1]' : '[logLoss]',
      )
      expect(compile(loss)(f64([0.5, 0.5]), x).item()).toBeNaN()
    }
  })

  it('leaves what is one as it was, bit for bit, eager and compiled', () => {
    const [low, high] = [2 ** -53, 1 - 2 ** -53]
    const clamped = Array.from(inside.data, (h) => Math.min(Math.max(h, low), high))
    const expected = (h: number, y: number) => -(y * Math.log(h) + (1 - y) * Math.log1p(-h))
    const mean = clamped.reduce((total, h, i) => total + expected(h, targets.data[i]), 0) / 4
    const both = valueAndGrad((h: Tensor) => logLoss(h, targets))
    const [value, slope] = both(inside)
    expect(value.item()).toBeCloseTo(mean, 14)
    // 0 at the clamped ends, (h - y) / (m h (1 - h)) between them.
    expect(Array.from(slope.data)).toEqual([0, (0.25 - 1) / (4 * 0.25 * 0.75), 0, (0.5 - 0.25) / (4 * 0.5 * 0.5)])
    const [other, otherSlope] = compile(both)(inside)
    expect([other.item(), ...otherSlope.data]).toEqual([value.item(), ...slope.data])
  })

  it('lets NaN through: it is no number to be in or out of a range', () => {
    expect(logLoss(f64([NaN]), f64([1])).item()).toBeNaN()
    expect(logLoss(f64([0.5]), f64([NaN])).item()).toBeNaN()
  })

  it('takes flags and whole numbers as targets', () => {
    const h = tensor([0.25, 0.5]) as Tensor
    const rows = [tensor([1, 0]), tensor([1, 0], { dtype: 'int32' }), tensor([true, false])] as Tensor[]
    const values = rows.map((y) => logLoss(h, y).item())
    expect(values).toEqual([values[0], values[0], values[0]])
  })
})

describe('targets of a choice', () => {
  const z = f64([[1, 2, 3], [4, 5, 6]]) // prettier-ignore

  it('are rows of probabilities', () => {
    for (const rows of [
      [
        [1, 0, 0],
        [0, 0, 1],
      ],
      [
        [0.2, 0.3, 0.5],
        [1 / 3, 1 / 3, 1 / 3],
      ],
      [
        [0.33, 0.33, 0.33],
        [1, 0, 0],
      ],
    ])
      // prettier-ignore
      expect(softmaxCrossEntropy(z, f64(rows)).item()).toBeGreaterThan(0)
    for (const rows of [
      [
        [1, 1, 0],
        [0, 0, 1],
      ],
      [
        [0, 0, 0],
        [0, 0, 1],
      ],
      [
        [1, 2, 3],
        [0, 0, 1],
      ],
      [
        [1.5, -0.5, 0],
        [0, 0, 1],
      ],
    ])
      // prettier-ignore
      expect(() => softmaxCrossEntropy(z, f64(rows))).toThrow('[softmaxCrossEntropy]')
  })

  it('are numbers of classes that there are', () => {
    const labels = (...values: number[]): Tensor => tensor(values, { dtype: 'int32' })
    for (const wrong of [labels(0, 3), labels(-1, 0)])
      expect(() => softmaxCrossEntropy(z, wrong)).toThrow('[softmaxCrossEntropy] expected class numbers from 0 to 2')
    expect(() => softmaxCrossEntropy(z, f64([0, 1]))).toThrow('class numbers as int32')
    expect(() => softmaxCrossEntropy(f64([[1], [2]]), labels(0, 0))).toThrow('at least 2 classes')
  })
})

describe('what cannot be right is refused', () => {
  const labels: Tensor = tensor([0, 1], { dtype: 'int32' })
  const two = f64([
    [1, 2],
    [3, 4],
  ])
  it.each([
    ['mse of other shapes', () => mse(two, f64([1, 2])), 'ShapeError', 'target-shape'],
    ['mse of no tensor', () => mse(two, [[1, 2]] as unknown as Tensor), 'ValueError', 'argument'],
    ['logLoss of other shapes', () => logLoss(f64([0.5]), two), 'ShapeError', 'target-shape'],
    ['logLoss of a scalar', () => logLoss(f64(0.5), f64(1)), 'ShapeError', 'batch-axis'],
    ['logLoss of no example', () => logLoss(f64([]), f64([])), 'ShapeError', 'batch-axis'],
    ['cross-entropy of a vector', () => softmaxCrossEntropy(f64([1, 2]), labels), 'ShapeError', 'logits-rank'],
    [
      'cross-entropy with too few labels',
      () => softmaxCrossEntropy(f64([[1, 2]]), labels),
      'ShapeError',
      'target-shape',
    ],
    ['cross-entropy with other targets', () => softmaxCrossEntropy(two, f64([1, 0])), 'ShapeError', 'target-shape'],
    ['l2 with λ < 0', () => l2(two, { lambda: -1, examples: 1 }), 'ValueError', 'argument'],
    ['l2 with λ not finite', () => l2(two, { lambda: NaN, examples: 1 }), 'ValueError', 'argument'],
    ['l2 of no examples', () => l2(two, { lambda: 1, examples: 0 }), 'ValueError', 'argument'],
    ['l2 of nothing', () => l2({ bias: f64([1]) }, { lambda: 1, examples: 1 }), 'ValueError', 'l2-selects-nothing'],
  ] as const)('%s', (_, call, name, code) => {
    expect(call).toThrow(expect.objectContaining({ name, code }))
  })

  it.each([
    [2, 'above'],
    [-1, 'below'],
  ])('a class number %d, %s the range', (label) => {
    const call = () => softmaxCrossEntropy(two, tensor([0, label], { dtype: 'int32' }))
    expect(call).toThrow(expect.objectContaining({ name: 'ValueError' }))
  })
})
