import { trace, type Tensor } from '@cotangent/core'
import { diagnosisOf } from '../gradients/diagnosis'
import { graphSubject } from '../graph/subject'
import { numbersFrom } from '../numeric/random'
import type { LawName } from './laws'
import type { OpFailure } from './report'
import type { Failing } from './simplify'

/** What is said of a failing case. */
export function failureOf(law: LawName, { given, detail }: Failing): OpFailure {
  const { inputs, attributes, seed, sample } = given
  const structures = sample.map(({ structure }) => structure)
  return { law, detail, diagnosis: diagnosisOfCase(law, given), inputs, attributes, seed, structures }
}

/** How the first derivative of the op differs from what it should be; of the smallest case, which may be too small to tell. */
function diagnosisOfCase(law: LawName, { f, xs, seed, subject }: Failing['given']): string | undefined {
  if (law !== 'reverse mode agrees with differences, and forward mode with reverse mode') return undefined
  try {
    const checked = graphSubject(trace(f, ...xs), xs)
    const labels = xs.map((_: Tensor, i) => `input ${i}`)
    return diagnosisOf({ ...checked, labels, isStrict: subject.law?.kind === 'elementwise' }, numbersFrom(seed), 1e-7)
  } catch {
    // What threw is the failure itself.
    return undefined
  }
}
