import { formatIndex, type Law, type LinearIn } from '@cotangent/core'
import type { Case } from './subject'

/** Checks that the values of an op agree with what its law states: constant, linear or bilinear. */
export function statementLaw(given: Case): { readonly wrong: string } | 'not applicable' | undefined {
  const { subject, xs, floats, isPlain, sample } = given
  const { law } = subject
  // Sums of structured inputs need not have the structure.
  if (xs.length === 0 || !isPlain || law === undefined || sample.some(({ structure }) => structure))
    return 'not applicable'
  if (law.kind === 'constant') return law.stopsGradient ? 'not applicable' : resultOf(constantLaw(given))
  if (law.kind === 'none' || law.kind === 'region') return 'not applicable'
  const sets = law.kind === 'linear' ? [law.arguments ?? floats] : linearIn(law, given.inputs.length)
  if (sets.length === 0) return 'not applicable'
  for (const set of sets) {
    const group = floats.flatMap((position, i) => (set.includes(position) ? [i] : []))
    const wrong = group.length === 0 ? undefined : linearLaw(given, group)
    if (wrong !== undefined) return { wrong }
  }
  return undefined
}

/** The result of a law from what is wrong. */
export function resultOf(wrong: string | undefined): { readonly wrong: string } | undefined {
  return wrong === undefined ? undefined : { wrong }
}

/** The sets of inputs in which a law states that its op is linear, though the law itself is another kind. */
function linearIn(law: StatedLaw, inputCount: number): LinearIn {
  const sets = law.kind === 'bilinear' ? [[0], [1]] : (law.linearIn ?? [])
  return sets.filter((set) => set.every((i) => i < inputCount))
}

type StatedLaw = Extract<Law, { kind: 'bilinear' | 'elementwise' | 'vjp' }>

function constantLaw({ f, xs, like }: Case): string | undefined {
  const [here, near] = [f(...xs), f(...xs.map((x) => x.add(like(x).mul(1e-6))))]
  const at = Array.from(near.data).findIndex((value, i) => !Object.is(value, here.data[i]))
  return at < 0
    ? undefined
    : `it is stated to be constant, but the value at ${formatIndex(at, here.shape)} is ${near.data[at]} nearby instead of ${here.data[at]}`
}

/** f(2x - 3y) = 2 f(x) - 3 f(y) in the inputs of a group together, within a few dozen roundings. NaN breaks the law. */
function linearLaw({ f, xs, like }: Case, group: readonly number[]): string | undefined {
  const others = xs.map((x, i) => (group.includes(i) ? like(x) : x))
  const mixed = f(...xs.map((x, i) => (group.includes(i) ? x.mul(2).sub(others[i].mul(3)) : x)))
  const expected = f(...xs)
    .mul(2)
    .sub(f(...others).mul(3))
  const unit = mixed.dtype === 'float64' ? 2 ** -53 : 2 ** -24
  const isFinite = [...xs, ...others].every(({ data }) => data.every(Number.isFinite))
  const at = Array.from(mixed.data).findIndex((value, i) => {
    const difference = Math.abs(value - expected.data[i])
    return difference > 64 * unit * (Math.abs(expected.data[i]) + 64) || (isFinite && Number.isNaN(difference))
  })
  return at < 0
    ? undefined
    : `it is stated to be linear, but f(2x - 3y) is ${mixed.data[at]} at ${formatIndex(at, mixed.shape)}, and 2 f(x) - 3 f(y) is ${expected.data[at]}`
}
