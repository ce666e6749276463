import { allocate, type DType } from '../../values/dtype'
import { Tensor } from '../../values/tensor'
import { cos, sin } from '../trigonometric'

/** Constant tensors of transforms, by what they are. They cost as much as a small transform. */
const known = /* @__PURE__ */ new Map<string, Tensor>()

/** All constants together keep at most this many elements. */
const keptElements = 2 ** 22
let elements = 0

/** A constant that is made once. `make` gives its elements in float64, which are rounded to `dtype`. */
export function constantOf(key: string, dtype: DType, shape: readonly number[], make: () => Float64Array): Tensor {
  const full = `${key};${dtype}`
  let constant = known.get(full)
  if (constant === undefined) {
    const values = make()
    const data = dtype === 'float64' ? values : allocate(dtype, values.length)
    if (data !== values) data.set(values)
    constant = new Tensor(shape, dtype, data)
    if (elements + constant.size > keptElements) {
      known.clear()
      elements = 0
    }
    if (constant.size <= keptElements) {
      known.set(full, constant)
      elements += constant.size
    }
  }
  return constant
}

/** Real and imaginary parts of `e^(2πi m/n)`. */
export interface Roots {
  readonly cos: Float64Array
  readonly sin: Float64Array
}

let last: { readonly n: number; readonly roots: Roots } | undefined

/**
 * The n-th roots of unity, `e^(2πi m/n)` for m from 0 to n - 1. Angles are reduced in integers to at most 45 degrees:
 * with `4m = q n + r`, the root is `i^q e^(πi r/(2n))`, and for `2r > n` sine and cosine of the complement are
 * exchanged. So roots at multiples of 90 degrees are exact, and mirror images are equal.
 */
export function rootsOf(n: number): Roots {
  if (last?.n === n) return last.roots
  const angles = new Float64Array(n)
  for (let m = 0; m < n; m++) {
    const r = (4 * m) % n
    angles[m] = (Math.PI / 2) * (Math.min(r, n - r) / n)
  }
  const angle = new Tensor([n], 'float64', angles)
  const [c, s] = [cos(angle).data, sin(angle).data]
  const roots = { cos: new Float64Array(n), sin: new Float64Array(n) }
  for (let m = 0; m < n; m++) {
    const r = (4 * m) % n
    const [x, y] = 2 * r > n ? [s[m], c[m]] : [c[m], s[m]]
    const turned = [[x, y], [-y, x], [-x, -y], [y, -x]] // prettier-ignore
    // + 0, so that there is no -0.
    roots.cos[m] = turned[Math.floor((4 * m) / n)][0] + 0
    roots.sin[m] = turned[Math.floor((4 * m) / n)][1] + 0
  }
  last = { n, roots }
  return roots
}
