import { formatIndex, type Tensor } from '@cotangent/core'
import type { Case } from './subject'

/** Holds what the kind of a law says of the value: constant, linear or bilinear. */
export function statementLaw(given: Case): string | undefined {
  const { subject, xs, isPlain } = given
  if (xs.length === 0 || !isPlain) return undefined
  switch (subject.law?.kind) {
    case 'constant':
      return subject.law.held ? undefined : constantLaw(given)
    case 'linear': {
      const { arguments: positions } = subject.law
      const group = given.floats.flatMap((position, i) => ((positions?.includes(position) ?? true) ? [i] : []))
      return linearLaw(given, group)
    }
    case 'bilinear':
      return linearLaw(given, [0]) ?? linearLaw(given, [1])
    default:
      return undefined
  }
}

function constantLaw({ f, xs, like }: Case): string | undefined {
  const [here, near] = [f(...xs), f(...xs.map((x) => x.add(like(x).mul(1e-6)) as Tensor))]
  const at = Array.from(near.data).findIndex((value, i) => !Object.is(value, here.data[i]))
  return at < 0
    ? undefined
    : `it is stated to be constant, but near by the value at ${formatIndex(at, here.shape as number[])} is ${near.data[at]} instead of ${here.data[at]}`
}

/** f(2x - 3y) = 2 f(x) - 3 f(y) in the inputs of a group together, within a few dozen roundings. */
function linearLaw({ f, xs, like }: Case, group: readonly number[]): string | undefined {
  const others = xs.map((x, i) => (group.includes(i) ? like(x) : x))
  const mixed = f(...xs.map((x, i) => (group.includes(i) ? (x.mul(2).sub(others[i].mul(3)) as Tensor) : x)))
  const expected = f(...xs)
    .mul(2)
    .sub(f(...others).mul(3)) as Tensor
  const unit = mixed.dtype === 'float64' ? 2 ** -53 : 2 ** -24
  const at = Array.from(mixed.data).findIndex(
    (value, i) => Math.abs(value - expected.data[i]) > 64 * unit * (Math.abs(expected.data[i]) + 64),
  )
  return at < 0
    ? undefined
    : `it is stated to be linear, but f(2x - 3y) is ${mixed.data[at]} at ${formatIndex(at, mixed.shape as number[])}, and 2 f(x) - 3 f(y) is ${expected.data[at]}`
}
