import type { DType } from '../../values/dtype'
import { sizeOf } from '../../values/shape'
import type { Tensor } from '../../values/tensor'
import { add, mul } from '../arithmetic'
import { contract } from '../contraction'
import { flipAxes, permuteAxes, reshapeTo } from '../movement'
import { embed, sliceWindow } from '../slicing'
import { factorsOf, isDense, smoothLength } from './factors'
import { constantOf, rootsOf } from './roots'

// Complex tensors have shape [2, n, c]: real and imaginary parts, the axis that is transformed, and all other axes. So
// a dense transform is one real matrix product, `[2a, 2a] x [2a, c]`, and a product with roots of unity is
// `z C + flip(z) S`, where `flip` exchanges the parts and S has the sign of `i² = -1`.

/** -1 for `e^(-2πi jk/n)`, 1 for the inverse without its factor 1/n. */
export type Sign = -1 | 1

interface Parts {
  readonly real: Float64Array
  readonly imaginary: Float64Array
}

/** Elementwise product with complex constants of a shape that broadcasts. `make` writes their parts. */
function turned(z: Tensor, key: string, shape: readonly number[], make: (parts: Parts) => void): Tensor {
  const made = () => {
    const size = sizeOf(shape)
    const parts = { real: new Float64Array(size), imaginary: new Float64Array(size) }
    make(parts)
    return parts
  }
  const c = constantOf(`${key} real`, z.dtype, shape, () => made().real)
  const s = constantOf(`${key} imaginary`, z.dtype, [2, ...shape], () => {
    const { imaginary } = made()
    const both = new Float64Array(2 * imaginary.length)
    both.set(imaginary.map((y) => 0 - y))
    both.set(imaginary, imaginary.length)
    return both
  })
  return add(mul(z, c), mul(flipAxes(z, { axes: [0] }), s))
}

/** The matrix `[[C, -sS], [sS, C]]` with C and S the cosines and sines of `2π jk/a`. */
function denseMatrix(a: number, sign: Sign, dtype: DType, isReal: boolean): Tensor {
  const columns = isReal ? a : 2 * a
  return constantOf(`dense ${a} ${sign} ${isReal}`, dtype, [2 * a, columns], () => {
    const { cos, sin } = rootsOf(a)
    const all = new Float64Array(2 * a * columns)
    for (let k = 0; k < a; k++)
      for (let j = 0; j < a; j++) {
        const m = (j * k) % a
        all[k * columns + j] = cos[m]
        all[(a + k) * columns + j] = sign * sin[m] + 0
        if (isReal) continue
        all[k * columns + a + j] = -sign * sin[m] + 0
        all[(a + k) * columns + a + j] = cos[m]
      }
    return all
  })
}

function dense(z: Tensor, a: number, sign: Sign): Tensor {
  const isReal = z.shape[0] === 1
  const columns = z.shape[2] as number
  const product = contract(
    denseMatrix(a, sign, z.dtype, isReal),
    reshapeTo(z, { shape: [isReal ? a : 2 * a, columns] }),
  )
  return reshapeTo(product, { shape: [2, a, columns] })
}

/** Grows the first axis, or the second, with zeros. */
function padded(z: Tensor, shape: readonly number[]): Tensor {
  return embed(z, { start: [0, 0, 0], step: [1, 1, 1], shape })
}

/**
 * A transform of any length as a convolution: with `jk = (j² + k² - (k - j)²)/2` it is
 * `X[k] = w[k] Σ_j (x[j] w[j]) w̄[k - j]`, where `w[j] = e^(±πi j²/n)`; j² is reduced modulo 2n in integers. The
 * convolution is a product of transforms of a length without large prime factors (Bluestein, IEEE Trans. Audio
 * Electroacoustics 18(4), 451-455, 1970).
 */
function bluestein(given: Tensor, n: number, sign: Sign): Tensor {
  const columns = given.shape[2] as number
  const z = given.shape[0] === 1 ? padded(given, [2, n, columns]) : given
  const length = smoothLength(2 * n - 1)
  const chirp = ({ real, imaginary }: Parts) => {
    const { cos, sin } = rootsOf(2 * n)
    for (let j = 0; j < n; j++) {
      real[j] = cos[(j * j) % (2 * n)]
      imaginary[j] = sign * sin[(j * j) % (2 * n)] + 0
    }
  }
  const key = `${n} ${sign}`
  const spectrum = (parts: Parts) => {
    const { real, imaginary } = spectrumOfChirp(key, n, length, chirp)
    parts.real.set(real)
    parts.imaginary.set(imaginary)
  }
  const started = padded(turned(z, `chirp ${key}`, [n, 1], chirp), [2, length, columns])
  const product = turned(transformed(started, -1), `spectrum ${key}`, [length, 1], spectrum)
  const convolved = sliceWindow(transformed(product, 1), { start: [0, 0, 0], size: [2, n, columns], step: [1, 1, 1] })
  return turned(convolved, `chirp ${key}`, [n, 1], chirp)
}

/** The transform of `w̄[j]` for j from -(n - 1) to n - 1, cyclic, with the factor of the inverse transform. */
function spectrumOfChirp(key: string, n: number, length: number, chirp: (parts: Parts) => void): Parts {
  const w = { real: new Float64Array(n), imaginary: new Float64Array(n) }
  chirp(w)
  const cyclic = constantOf(`cyclic ${key}`, 'float64', [2, length, 1], () => {
    const all = new Float64Array(2 * length)
    for (let j = 0; j < n; j++)
      for (const at of [j, (length - j) % length]) {
        all[at] = w.real[j] / length
        all[length + at] = (0 - w.imaginary[j]) / length
      }
    return all
  })
  const { data } = transformed(cyclic, -1)
  return { real: Float64Array.from(data.slice(0, length)), imaginary: Float64Array.from(data.slice(length)) }
}

/**
 * The discrete Fourier transform along the second axis, `X[k] = Σ_j x[j] e^(±2πi jk/n)`, of a tensor `[2, n, c]`, or of
 * a real one, `[1, n, c]`. For `n = a m`, with `j = m j₁ + j₂` and `k = k₁ + a k₂`, it consists of transforms of length
 * a over j₁, products with `e^(±2πi j₂ k₁/n)`, and transforms of length m over j₂ (Cooley and Tukey, Math. Comp.
 * 19(90), 297-301, 1965).
 */
export function transformed(z: Tensor, sign: Sign): Tensor {
  const [parts, n, c] = z.shape as readonly [number, number, number]
  const [a] = factorsOf(n)
  if (a === undefined) return parts === 2 ? z : padded(z, [2, n, c])
  const m = n / a
  const folded = m === 1 ? z : reshapeTo(z, { shape: [parts, a, m * c] })
  const first = isDense(a) ? dense(folded, a, sign) : bluestein(folded, a, sign)
  if (m === 1) return first
  // Transposed before it is turned: the product writes it in the order that the next transform reads.
  const next = permuteAxes(reshapeTo(first, { shape: [2, a, m, c] }), { axes: [0, 2, 1, 3] })
  const twiddled = turned(next, `twiddle ${a} ${m} ${sign}`, [m, a, 1], ({ real, imaginary }) => {
    const { cos, sin } = rootsOf(n)
    for (let j = 0; j < m; j++)
      for (let k = 0; k < a; k++) {
        real[j * a + k] = cos[(j * k) % n]
        imaginary[j * a + k] = sign * sin[(j * k) % n] + 0
      }
  })
  return reshapeTo(transformed(reshapeTo(twiddled, { shape: [2, m, a * c] }), sign), { shape: [2, n, c] })
}
