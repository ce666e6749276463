import { tensor } from '@cotangent/core'
import { numbersFrom } from '../numeric/random'
import { isFloating } from '../numeric/tensors'
import { smallIntegers } from './draw'
import { type Case, drawCase, makeCase, type OpSubject } from './subject'
import { isAway, type Variety } from './values'

/** A case in which a law does not hold, and what is wrong. */
export interface Failing {
  readonly given: Case
  readonly detail: string
}

const mostEntries = 16
const fewEntries = 2
const attempts = 200
const patienceMs = 1500

const elementCount = ({ inputs }: Case) => inputs.reduce((sum, { size }) => sum + size, 0)

/**
 * A failing case with fewer elements. fast-check shrinks the draws of one case step by step, and stops where a smaller
 * case needs several changes at once. So this draws many new small cases.
 */
export function smaller(start: Failing, subject: OpSubject, wrong: (given: Case) => string | undefined): Failing {
  const end = Date.now() + patienceMs
  const random = numbersFrom(start.given.seed)
  const kinds: readonly Variety[] = ['plain', 'ties', 'extremes']
  let best = start
  for (let attempt = 0; attempt < attempts && elementCount(best.given) > fewEntries && Date.now() < end; attempt++) {
    const given = drawCase(subject, smallIntegers(random), kinds[attempt % kinds.length])
    if (elementCount(given) >= elementCount(best.given)) continue
    const detail = wrong(given)
    if (detail !== undefined) best = { given, detail }
  }
  return best
}

/** The same failing case with simpler numbers: 1, 2, 0.5, or fewer digits. */
export function simplified(start: Failing, wrong: (given: Case) => string | undefined): Failing {
  let best = start
  const { inputs } = start.given
  if (inputs.reduce((sum, { size }) => sum + size, 0) > mostEntries) return start
  inputs.forEach((input, i) => {
    // The numbers of a structured input depend on each other.
    if (!isFloating(input) || start.given.sample[i].structure !== undefined) return
    for (let at = 0; at < input.size; at++) {
      const { given } = best
      const value = given.inputs[i].data[at]
      const candidates = [1, 2, 0.5, -1, Number(value.toPrecision(1)), Number(value.toPrecision(2))]
      for (const candidate of candidates) {
        if (candidate === value) break
        if (given.isPlain && !isAway(candidate, given.sample[i])) continue
        const other = withEntry(given, i, at, candidate)
        const detail = wrong(other)
        if (detail === undefined) continue
        best = { given: other, detail }
        break
      }
    }
  })
  return best
}

function withEntry(given: Case, input: number, at: number, value: number): Case {
  const { subject, inputs, attributes, sample, seed, isPlain } = given
  const old = inputs[input]
  const data = Float64Array.from(old.data)
  data[at] = value
  const changed = tensor(data, { shape: [...old.shape] }).astype(old.dtype)
  return makeCase(subject, inputs.with(input, changed), { inputs: sample, attributes }, seed, isPlain)
}
