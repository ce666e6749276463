import { checkArguments, type Kind, kinds, type Tensor } from '@cotangent/core'
import { aCoefficients, aDecay, evaluated } from '../kinds'
import { mapParameters } from '../parameters'
import { averageGradients, type AverageGradientsState } from '../transforms/momentum'
import { orthogonalize, type OrthogonalizeOptions } from '../transforms/orthogonalize'
import { type GradientTransform, stateless } from '../transforms/transform'
import { descend, descentKinds, type DescentOptions, type DescentState } from './options'
import type { Optimizer } from './optimizer'

/** Options of `muon`. */
export interface MuonOptions<Clip = unknown> extends DescentOptions<Clip>, OrthogonalizeOptions {
  /** μ, the decay of the average of gradients. Default: 0.95. */
  readonly momentum?: number
  /** Whether to use Nesterov's look-ahead. Default: true. */
  readonly nesterov?: boolean
  /**
   * The factor for a matrix with m rows and n columns: `√max(1, m / n)` by default, or `0.2 √max(m, n)` with
   * `'adamw'`, which gives steps as large as those of AdamW (Liu et al. 2025).
   */
  readonly adjust?: 'original' | 'adamw'
}

/** The state of `muon`. */
export type MuonState<Clip = null> = DescentState<AverageGradientsState, Clip>

const muonParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({
    ...descentKinds,
    momentum: aDecay,
    nesterov: kinds.flag,
    steps: /* @__PURE__ */ kinds.integerFrom(1, 99),
    coefficients: aCoefficients,
    epsilon: kinds.positiveNumber,
    adjust: /* @__PURE__ */ kinds.oneOf('original', 'adamw'),
  } satisfies Record<keyof MuonOptions, Kind>),
])

/**
 * Muon: `θ ← θ - η (f O(u) + w θ)`, with `m ← μ m + (1 - μ) g`, `u = (1 - μ) g + μ m`, O(u) the matrix u with singular
 * values of about 1, see `orthogonalize`, and a factor f by its shape (Jordan et al. 2024). η is 0.001 and w 0.1 by
 * default, as in PyTorch. It updates matrices alone: give biases and embeddings another optimizer, with `perGroup`.
 *
 * @throws ValueError for options out of range; ShapeError, from `update`, for a parameter that is no matrix.
 */
export function muon<Clip = null>(options: MuonOptions<Clip> = {}): Optimizer<MuonState<Clip>> {
  checkArguments('muon', muonParameters, arguments)
  const { momentum = 0.95, nesterov = true, steps, coefficients, epsilon, adjust = 'original' } = options
  const scale = [
    averageGradients(momentum, { nesterov }),
    orthogonalize({ steps, coefficients, epsilon }),
    scaleByShape(adjust),
  ]
  return descend({ options, learningRate: 1e-3, weightDecay: 0.1, isDecoupled: true, scale })
}

function scaleByShape(adjust: 'original' | 'adamw'): GradientTransform<null> {
  const factor = ({ shape: [rows, columns] }: Tensor) =>
    adjust === 'original' ? Math.sqrt(Math.max(1, rows / columns)) : 0.2 * Math.sqrt(Math.max(rows, columns))
  return stateless('muon', (gradients, model) => mapParameters((_, __, g) => g.mul(factor(g)), model, gradients))
}
