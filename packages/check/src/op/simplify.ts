import { tensor, type Tensor } from '@cotangent/core'
import { isFloat } from '../replay'
import { type Case, makeCase } from './subject'
import { isAway } from './values'

interface Failing {
  readonly given: Case
  readonly detail: string
}

const mostEntries = 16

/** The same failing case with numbers as simple as they can be: 1, 2, 0.5, or fewer digits. */
export function simplified(start: Failing, wrong: (given: Case) => string | undefined): Failing {
  let best = start
  const { inputs } = start.given
  if (inputs.reduce((sum, { size }) => sum + size, 0) > mostEntries) return start
  inputs.forEach((input, i) => {
    if (!isFloat(input)) return
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
  const changed = tensor(data, { shape: [...(old.shape as number[])] }).astype(old.dtype) as Tensor
  return makeCase(subject, inputs.with(input, changed), { inputs: sample, attributes }, seed, isPlain)
}
