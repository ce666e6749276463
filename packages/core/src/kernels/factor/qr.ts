import { scaleOf } from './numbers'
import { applyToRows, reflect, type Reflection } from './reflections'
import { copied, type RowMachine } from './rows'
import type { Factorization } from './factorization'

/** Q `[m, n]` and R `[n, n]` with `A = Q R`, for m >= n. */
export interface Orthogonal {
  readonly q: Float64Array
  readonly r: Float64Array
}

/** Householder QR (Golub and Van Loan, Matrix Computations, 5.2.2). The diagonal of R is not negative. */
export function orthogonal(machine: RowMachine, a: Float64Array, m: number, n: number): Orthogonal {
  const scale = scaleOf(a)
  const work = copied(
    machine,
    a.map((value) => value / scale),
  )
  const r = machine.take(n * n)
  const reflections: Reflection[] = []
  for (let k = 0; k < n; k++) {
    const { tau, first } = reflect(work, k * n + k, n, m - k)
    const reflection = { v: work, start: k * n + k, stride: n, tau, length: m - k }
    reflections.push(reflection)
    applyToRows(machine, reflection, work, n, k, k + 1)
    r[k * n + k] = first
  }
  const q = machine.take(m * n)
  for (let i = 0; i < n; i++) {
    q[i * n + i] = 1
    for (let j = i + 1; j < n; j++) r[i * n + j] = work[i * n + j]
  }
  for (let k = n - 1; k >= 0; k--) applyToRows(machine, reflections[k], q, n, k, k)
  for (let k = 0; k < n; k++) {
    const sign = r[k * n + k] < 0 ? -1 : 1
    for (let j = k; j < n; j++) r[k * n + j] *= sign * scale
    if (sign < 0) for (let i = 0; i < m; i++) q[i * n + k] = -q[i * n + k]
  }
  return { q, r }
}

/** Q, then R. */
export function packedOrthogonal(machine: RowMachine, a: Float64Array, m: number, n: number, out: Float64Array): void {
  const { q, r } = orthogonal(machine, a, m, n)
  out.set(q)
  out.set(r, m * n)
}

/** `[m, n] -> [m n + n n]` for m >= n: Q, R. */
export const qrOf: Factorization = {
  name: 'qr',
  parameters: {},
  run: ({ machine, inputs: [a], m, n, out }) => packedOrthogonal(machine, a, m, n, out),
}
