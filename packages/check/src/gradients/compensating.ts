import type { Tensor } from '@cotangent/core'
import { isLibraryOp } from '../graph/library-ops'
import { type EvaluatedGraph, graphSubject } from '../graph/subject'
import { signedWeight } from '../numeric/random'
import { float64, isFloating } from '../numeric/tensors'
import { blame } from './blame'
import { compareDerivatives } from './compare'
import type { Effort } from './comparison-types'
import type { Blame } from './culprit'
import { describeFinding } from './wording'

/** A mistake that the derivative of the whole function does not show at this point. */
export interface CompensatingMistake {
  readonly detail: string
  readonly blame: readonly Blame[]
}

/** In larger graphs, a second look at every op costs too much. */
const mostFlops = 5e5
const mostNodes = 200

/**
 * Looks for compensating errors. Two mistakes can cancel, and a rule can be right at one point alone, because it uses a
 * tensor from outside that was computed there. In a small graph, every op is checked on its own, and the whole function
 * once more two percent away.
 */
export function compensatingMistakes(
  { graph, values }: EvaluatedGraph,
  leaves: readonly Tensor[],
  random: () => number,
  tolerance: number,
): CompensatingMistake[] {
  if (graph.nodes.every(({ op, origin }) => isLibraryOp(op, origin))) return []
  if (graph.nodes.length > mostNodes || graph.cost().flops > mostFlops) return []
  const search = { order: 1, random, tolerance }
  // A value that is only saved for a derivative rule shows at order 2, and is reported there.
  const culprits = blame(graph, values, search).culprits.filter(({ stopsGradient }) => !stopsGradient)
  if (culprits.length > 0)
    return culprits.map((culprit) => ({
      detail: `the whole is right at this point, but the rule of ${culprit.op} is not: ${culprit.detail}`,
      blame: [culprit],
    }))
  const moved = leaves.map((leaf) => {
    if (!isFloating(leaf)) return leaf
    const factors = Float64Array.from({ length: leaf.size }, () => 1 + 0.02 * signedWeight(random))
    return leaf.astype('float64').mul(float64(factors, leaf.shape))
  })
  const subject = graphSubject(graph, moved)
  const effort: Effort = { tolerance, everyEntryUpTo: 4, directions: 1, samples: 0 }
  const failed = compareDerivatives(subject, random, effort).findings.find(({ verdict }) => verdict === 'fail')
  if (failed === undefined) return []
  const near = blame(graph, subject.evaluated.values, search)
  // Without an op to blame, the cause may be a kink near the moved point.
  if (near.culprits.length === 0) return []
  return [
    { detail: `right at this point, but not two percent from it: ${describeFinding(failed)}`, blame: near.culprits },
  ]
}
