import type { Tensor } from '@cotangent/core'
import { type Blame, blame } from './blame'
import { compareDerivatives } from './compare'
import type { Effort } from './comparison'
import { type Graphed, graphSubject } from '../graph/subject'
import { signedWeight } from '../numeric/random'
import { isLibraryOp } from '../graph/library-ops'
import { float64, isFloat } from '../graph/evaluate'
import { describeFinding } from './wording'

/** A mistake that the derivative of the whole does not show at this point. */
export interface HiddenMistake {
  readonly detail: string
  readonly blame: readonly Blame[]
}

/** More than this is not worth a second look at every op. */
const mostFlops = 5e5
const mostNodes = 200

/**
 * Two mistakes can make up for each other, and a rule can be right at one point alone, if it uses a tensor from outside that was
 * computed there. Where it costs little, every op is looked at, and the whole once more two percent away.
 */
export function hiddenMistakes(
  { graph, values }: Graphed,
  leaves: readonly Tensor[],
  random: () => number,
  tolerance: number,
): HiddenMistake[] {
  if (graph.nodes.every(({ op, origin }) => isLibraryOp(op, origin))) return []
  if (graph.nodes.length > mostNodes || graph.cost().flops > mostFlops) return []
  const search = { order: 1, random, tolerance }
  // What is only saved for a derivative rule shows at order 2, and is told there.
  const culprits = blame(graph, values, search).culprits.filter(({ isHeldBack }) => !isHeldBack)
  if (culprits.length > 0)
    return culprits.map((culprit) => ({
      detail: `the whole is right at this point, but the rule of ${culprit.op} is not: ${culprit.detail}`,
      blame: [culprit],
    }))
  const moved = leaves.map((leaf) => {
    if (!isFloat(leaf)) return leaf
    const factors = Float64Array.from({ length: leaf.size }, () => 1 + 0.02 * signedWeight(random))
    return leaf.astype('float64').mul(float64(factors, leaf.shape))
  })
  const subject = graphSubject(graph, moved)
  const effort: Effort = { tolerance, everyEntryUpTo: 4, directions: 1, samples: 0 }
  const failed = compareDerivatives(subject, random, effort).findings.find(({ verdict }) => verdict === 'fail')
  if (failed === undefined) return []
  const near = blame(graph, subject.graphed.values, search)
  // Without an op to blame, a kink may have come near.
  if (near.culprits.length === 0) return []
  return [
    { detail: `right at this point, but not two percent from it: ${describeFinding(failed)}`, blame: near.culprits },
  ]
}
