import { type Tensor, trace } from '@cotangent/core'
import { diagnosisOf } from '../gradients/diagnosis'
import { graphSubject } from '../graph/subject'
import { numbersFrom } from '../numeric/random'
import type { LawName } from './laws'
import type { OpFailure } from './report'
import type { Failing } from './simplify'
import { madeFrom } from './subject'

/** The report of a failing case. */
export function failureOf(law: LawName, { given, detail }: Failing): OpFailure {
  const { inputs, attributes, seed, sample } = given
  const structures = sample.map(({ structure }) => structure)
  // The report shows the inputs of the op, not the free numbers that they are made from.
  const shown = madeFrom(sample, inputs)
  return { law, detail, diagnosis: diagnosisOfCase(law, given), inputs: shown, attributes, seed, structures }
}

/** The pattern of the wrong derivatives, on the smallest case. That case may be too small to show one. */
function diagnosisOfCase(law: LawName, { f, xs, seed, subject }: Failing['given']): string | undefined {
  if (law !== 'reverse mode agrees with differences, and forward mode with reverse mode') return undefined
  try {
    const checked = graphSubject(trace(f, ...xs), xs)
    const labels = xs.map((_: Tensor, i) => `input ${i}`)
    return diagnosisOf({ ...checked, labels, isStrict: subject.law?.kind === 'elementwise' }, numbersFrom(seed), 1e-7)
  } catch {
    // The failure itself may be that the op throws.
    return undefined
  }
}
