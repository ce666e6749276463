import { epsilon, lengthOf, tiny } from './numbers'
import type { RowMachine } from './rows'

/** More than enough steps of QR for one singular value. */
const mostSteps = 60

/** A bidiagonal matrix, and the transposed vectors that its rotations turn. */
interface Turned {
  readonly machine: RowMachine
  /** The diagonal. */
  readonly s: Float64Array
  /** The entries above it. */
  readonly e: Float64Array
  /** Vectors as rows, and their lengths. */
  readonly ut: Float64Array
  readonly m: number
  readonly vt: Float64Array
  readonly n: number
  /** Room for cosines and sines, in pairs. */
  readonly ofU: Float64Array
  readonly ofV: Float64Array
}

/**
 * Implicit QR of an upper bidiagonal matrix with diagonal s and entries e above it (Golub and Reinsch, Numerische
 * Mathematik 14, 1970). Rotations act on rows of the transposed vectors. Entries count as 0 relative to their
 * neighbours. Returns whether all values converged.
 */
export function diagonalize(
  machine: RowMachine,
  s: Float64Array,
  e: Float64Array,
  ut: Float64Array,
  m: number,
  vt: Float64Array,
  n: number,
): boolean {
  const turned = { machine, s, e, ut, m, vt, n, ofU: machine.take(2 * n), ofV: machine.take(2 * n) }
  let steps = 0
  for (let p = n; p > 0;) {
    // The last unreduced block: e[first - 1] is negligible.
    let first = p - 1
    for (; first > 0; first--)
      if (Math.abs(e[first - 1]) <= tiny + epsilon * (Math.abs(s[first - 1]) + Math.abs(s[first]))) {
        e[first - 1] = 0
        break
      }
    if (first === p - 1) {
      p--
      steps = 0
      continue
    }
    let zero = p - 1
    for (; zero >= first; zero--) {
      const beside = (zero < p - 1 ? Math.abs(e[zero]) : 0) + (zero > first ? Math.abs(e[zero - 1]) : 0)
      if (Math.abs(s[zero]) <= tiny + epsilon * beside) break
    }
    if (zero === p - 1) chaseUp(turned, first, p)
    else if (zero >= first) chaseDown(turned, zero, p)
    else {
      if (steps++ === mostSteps) return false
      step(turned, first, p)
    }
  }
  return true
}

/** The rotation that maps `(a, b)` to `(length, 0)` goes to place i of `turns`. Returns the length. */
function turn(turns: Float64Array, i: number, a: number, b: number): number {
  const length = lengthOf(a, b)
  turns[2 * i] = length === 0 ? 1 : a / length
  turns[2 * i + 1] = length === 0 ? 0 : b / length
  return length
}

/** The last singular value of a block is 0: its column becomes 0. */
function chaseUp({ machine, s, e, vt, n, ofV }: Turned, first: number, p: number): void {
  s[p - 1] = 0
  let f = e[p - 2]
  e[p - 2] = 0
  for (let j = p - 2; j >= first; j--) {
    s[j] = turn(ofV, 0, s[j], f)
    if (j > first) {
      f = -ofV[1] * e[j - 1]
      e[j - 1] *= ofV[0]
    }
    machine.rotateRows({ x: vt, at: j * n, step: (p - 1 - j) * n }, ofV, n, 1)
  }
}

/** A singular value inside of a block is 0: its row becomes 0, which splits the block. */
function chaseDown({ machine, s, e, ut, m, ofU }: Turned, zero: number, p: number): void {
  s[zero] = 0
  let f = e[zero]
  e[zero] = 0
  for (let j = zero + 1; j < p; j++) {
    s[j] = turn(ofU, 0, s[j], f)
    if (j < p - 1) {
      f = -ofU[1] * e[j]
      e[j] *= ofU[0]
    }
    machine.rotateRows({ x: ut, at: j * m, step: (zero - j) * m }, ofU, m, 1)
  }
}

/** One step with the shift of the last 2 x 2 block. Its rotations of rows follow at once. */
function step({ machine, s, e, ut, m, vt, n, ofU, ofV }: Turned, first: number, p: number): void {
  const scale = Math.max(
    Math.abs(s[p - 1]),
    Math.abs(s[p - 2]),
    Math.abs(e[p - 2]),
    Math.abs(s[first]),
    Math.abs(e[first]),
  )
  const [last, before, between] = [s[p - 1] / scale, s[p - 2] / scale, e[p - 2] / scale]
  const [top, beside] = [s[first] / scale, e[first] / scale]
  const b = ((before + last) * (before - last) + between * between) / 2
  const c2 = last * between * (last * between)
  let shift = 0
  if (b !== 0 || c2 !== 0) {
    const root = Math.sqrt(b * b + c2)
    shift = c2 / (b + (b < 0 ? -root : root))
  }
  let f = (top + last) * (top - last) + shift
  let g = top * beside
  for (let j = first; j < p - 1; j++) {
    const at = j - first
    const length = turn(ofV, at, f, g)
    const [c, sine] = [ofV[2 * at], ofV[2 * at + 1]]
    if (j > first) e[j - 1] = length
    f = c * s[j] + sine * e[j]
    e[j] = c * e[j] - sine * s[j]
    g = sine * s[j + 1]
    s[j + 1] *= c
    s[j] = turn(ofU, at, f, g)
    const [c1, sine1] = [ofU[2 * at], ofU[2 * at + 1]]
    f = c1 * e[j] + sine1 * s[j + 1]
    s[j + 1] = c1 * s[j + 1] - sine1 * e[j]
    g = j + 1 < p - 1 ? sine1 * e[j + 1] : 0
    if (j + 1 < p - 1) e[j + 1] *= c1
  }
  e[p - 2] = f
  machine.rotateRows({ x: vt, at: first * n, step: n }, ofV, n, p - 1 - first)
  machine.rotateRows({ x: ut, at: first * m, step: m }, ofU, m, p - 1 - first)
}
