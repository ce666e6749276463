// Against NumPy and PyTorch (scripts/references/fourier.py), and against sums with angles that are reduced in integers.

import * as core from '@cotangent/core'
import {
  type Complex,
  compile,
  convolve,
  fft,
  grad,
  hvp,
  ifft,
  rfft,
  sum,
  tensor,
  type Tensor,
  vmap,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import golden from './golden/fourier.json'
import { fixed } from './integers'

type Parts = readonly Tensor[]
type Transform = (x: Tensor | Complex, options?: object) => Tensor | Complex
type Row = (typeof golden.transforms)[number]

const transforms = core as object as Record<string, Transform>

/** A transform as a function of lists of parts. */
const callOf =
  ({ name, options }: { readonly name: string; readonly options: object }) =>
  ([real, imaginary]: Parts): Parts => {
    const result = transforms[name](imaginary === undefined ? real : { real, imaginary }, options)
    return 'real' in result ? [result.real, result.imaginary] : [result]
  }

const objectiveOf = (row: Row) => (xs: Parts) => {
  const [real, imaginary] = callOf(row)(xs)
  const own = sum(fixed(real.shape, 3).mul(real.square()))
  return imaginary === undefined ? own : own.add(sum(fixed(real.shape, 4).mul(imaginary.pow(3))))
}

const operandsOf = ({ dims, complex }: Row, phase = 0) =>
  [0, 1].slice(0, complex ? 2 : 1).map((i) => fixed(dims, i + phase))
const dataOf = (list: Parts) => list.flatMap(({ data }) => [...data])

function expectNear(actual: readonly number[], expected: readonly number[], bound: number, what: string): void {
  expect(actual.length, what).toBe(expected.length)
  const scale = Math.max(1, ...expected.map(Math.abs))
  actual.forEach((value, i) => expect(Math.abs(value - expected[i]) / scale, `${what}, ${i}`).toBeLessThan(bound))
}

describe('Fourier transforms', () => {
  it('have the values, gradients and Hessian-vector products of PyTorch', () => {
    for (const [i, row] of golden.transforms.entries()) {
      const what = `${row.name} ${JSON.stringify(row.options)} of ${row.dims.join()} ${row.complex}`
      const xs = operandsOf(row)
      const out = callOf(row)(xs)
      expect(out[0].shape, what).toEqual(row.shape)
      expectNear(dataOf(out), row.out, 1e-13, what)
      expectNear(dataOf(grad(objectiveOf(row), { disconnected: 'zeros' })(xs)), row.grad, 1e-12, `gradient of ${what}`)
      // Every other one, as a second derivative takes a thousand ops.
      if (i % 2 === 0) continue
      expectNear(dataOf(hvp(objectiveOf(row), xs, operandsOf(row, 7))), row.hvp, 1e-12, `hvp of ${what}`)
    }
  })

  it('give the same bits compiled', () => {
    for (const row of golden.transforms.filter((_, i) => i % 8 === 1)) {
      const xs = operandsOf(row)
      for (const f of [callOf(row), grad(objectiveOf(row), { disconnected: 'zeros' })])
        expect(dataOf(compile(f)(xs) as Parts)).toEqual(dataOf(f(xs) as Parts))
    }
  })

  /** The transform in float64, with angles that are reduced in integers. */
  function slow(real: Float64Array, imaginary: Float64Array): readonly [Float64Array, Float64Array] {
    const n = real.length
    const c = Float64Array.from({ length: n }, (_, m) => Math.cos((2 * Math.PI * m) / n))
    const s = Float64Array.from({ length: n }, (_, m) => -Math.sin((2 * Math.PI * m) / n))
    const out = [new Float64Array(n), new Float64Array(n)] as const
    for (let k = 0; k < n; k++)
      for (let j = 0; j < n; j++) {
        const m = (j * k) % n
        out[0][k] += real[j] * c[m] - imaginary[j] * s[m]
        out[1][k] += real[j] * s[m] + imaginary[j] * c[m]
      }
    return out
  }

  const numbers = (n: number, phase: number) =>
    Float64Array.from({ length: n }, (_, i) => Math.sin(1.7 * i * i + phase))

  // Factors of one kind and of several; primes below and above 128; and a square of a large prime.
  it.each([2, 3, 16, 30, 31, 37, 64, 97, 127, 128, 131, 262, 263, 360, 1000])('of length %i', (n) => {
    const [re, im] = [numbers(n, 0), numbers(n, 1)]
    const [x, y] = slow(re, im)
    const f64 = (data: Float64Array): Tensor => tensor(data, { shape: [n] })
    const own = fft({ real: f64(re), imaginary: f64(im) })
    // The size of a result is about √n. Each of both sums rounds n times.
    const bound = 1e-15 * n
    expectNear([...own.real.data], [...x], bound, 'real')
    expectNear([...own.imaginary.data], [...y], bound, 'imaginary')
    const back = ifft(own)
    expectNear([...back.real.data], [...re], 1e-13, 'back')
    expectNear([...back.imaginary.data], [...im], 1e-13, 'back')
    const half = rfft(f64(re))
    const [p, q] = slow(re, new Float64Array(n))
    expectNear([...half.real.data], [...p.slice(0, Math.floor(n / 2) + 1)], bound, 'rfft')
    expectNear([...half.imaginary.data], [...q.slice(0, Math.floor(n / 2) + 1)], bound, 'rfft')
  })

  it('are float32 for float32 and for integers', () => {
    const { real, imaginary } = fft(tensor([1, 2, 3]))
    expect([real.dtype, imaginary.dtype]).toEqual(['float32', 'float32'])
    expect(fft(tensor([1, 2, 3], { dtype: 'int32' })).real.data).toEqual(real.data)
  })

  it('of an impulse and of a constant are exact', () => {
    const impulse = fft(tensor([1, ...new Array<number>(23).fill(0)], { dtype: 'float64' }) as Tensor)
    expect([...impulse.real.data]).toEqual(new Array(24).fill(1))
    expect([...impulse.imaginary.data].map(Math.abs)).toEqual(new Array(24).fill(0))
  })

  it('take batches', () => {
    const rows = fixed([3, 6], 2)
    const each = vmap((x: Tensor) => fft(x).real)(rows)
    expectNear([...each.data], [...fft(rows).real.data], 1e-14, 'vmap')
  })
})

describe('convolve', () => {
  const row = ({ sizes: [n, m] }: (typeof golden.convolutions)[number], dtype: Tensor['dtype']) =>
    [fixed([n], 0, dtype), fixed([m], 1, dtype)] as const

  it('has the values of NumPy, exact where it adds products', () => {
    for (const each of golden.convolutions) {
      const mode = each.mode as 'full'
      expect([...convolve(...row(each, 'int32'), { mode }).data]).toEqual(each.out)
      const own = convolve(...row(each, 'float64'), { mode })
      // The error of transforms is relative to the norms of the vectors, which is 20 for the longest.
      expectNear(
        [...own.data],
        each.out,
        Math.min(...each.sizes) < 128 ? 1e-300 : 1e-14,
        `${each.sizes.join()} ${mode}`,
      )
    }
  })

  it('has the same gradient by products and by transforms', () => {
    const [a, b, w] = [fixed([140], 0), fixed([130], 1), fixed([269], 2)]
    const f = (x: Tensor, y: Tensor) => sum(w.mul(convolve(x, y)))
    const [da, db] = grad(f, { argument: [0, 1] })(a, b)
    // The gradient is a correlation with the weights.
    const correlated = (v: Tensor, n: number) =>
      Array.from({ length: n }, (_, i) => [...v.data].reduce((total, y, j) => total + y * w.data[i + j], 0))
    expectNear([...da.data], correlated(b, 140), 1e-13, 'da')
    expectNear([...db.data], correlated(a, 130), 1e-13, 'db')
  })
})

it('frequencies and shifts are those of NumPy', () => {
  for (const { n, spacing, fft: whole, rfft: half, shift, unshift } of golden.frequencies) {
    const options = { dtype: 'float64' } as const
    expect([...core.fftFrequencies(n, spacing, options).data]).toEqual(whole)
    expect([...core.rfftFrequencies(n, spacing, options).data]).toEqual(half)
    const x = tensor(
      Int32Array.from({ length: n }, (_, i) => i),
      { shape: [n] },
    ) as Tensor
    expect([...core.fftShift(x).data]).toEqual(shift)
    expect([...core.ifftShift(x).data]).toEqual(unshift)
  }
  expect(core.fftShift(fixed([2, 3], 0), { axis: 1 }).shape).toEqual([2, 3])
})
