import { checkArguments, type Kind, kinds } from '@cotangent/core'
import { aDecay, evaluated } from '../kinds'
import {
  type MomentOptions,
  scaleByAdam,
  type ScaleByAdamState,
  scaleByAdamax,
  type ScaleByAdamaxState,
  scaleByNadam,
  type ScaleByNadamState,
  scaleByRadam,
  type ScaleByRadamState,
} from '../transforms/adam'
import { scaleByTrustRatio } from '../transforms/trust-ratio'
import { descend, descentKinds, type DescentOptions, type DescentState } from './options'
import type { Optimizer } from './optimizer'

/** Options of the optimizers that follow Adam. */
export interface AdamaxOptions<Clip = unknown> extends DescentOptions<Clip>, MomentOptions {}

/** Options of `adam` and `adamw`. */
export interface AdamOptions<Clip = unknown> extends AdamaxOptions<Clip> {
  /** Whether to divide by the largest average of squares so far. Default: false. */
  readonly amsgrad?: boolean
}

/** Options of `radam`. */
export interface RadamOptions<Clip = unknown> extends AdamaxOptions<Clip> {
  /** Whether weight decay stays out of the moments. Default: false. */
  readonly decoupled?: boolean
}

/** Options of `nadam`. */
export interface NadamOptions<Clip = unknown> extends RadamOptions<Clip> {
  /** ψ, the decay of the momentum schedule. Default: 0.004. */
  readonly momentumDecay?: number
}

/** The state of `adam`, `adamw` and `lamb`. */
export type AdamState<Clip = null> = DescentState<ScaleByAdamState, Clip>

/** The state of `nadam`. */
export type NadamState<Clip = null> = DescentState<ScaleByNadamState, Clip>

/** The state of `radam`. */
export type RadamState<Clip = null> = DescentState<ScaleByRadamState, Clip>

/** The state of `adamax`. */
export type AdamaxState<Clip = null> = DescentState<ScaleByAdamaxState, Clip>

const adamaxKinds = /* @__PURE__ */ evaluated(
  () =>
    ({
      ...descentKinds,
      beta1: aDecay,
      beta2: aDecay,
      epsilon: kinds.nonNegativeNumber,
    }) satisfies Record<keyof AdamaxOptions, Kind>,
)
const radamKinds = /* @__PURE__ */ evaluated(
  () => ({ ...adamaxKinds, decoupled: kinds.flag }) satisfies Record<keyof RadamOptions, Kind>,
)
const adamaxParameters = /* @__PURE__ */ evaluated(() => [/* @__PURE__ */ kinds.options(adamaxKinds)])
const adamParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({ ...adamaxKinds, amsgrad: kinds.flag }),
])
const radamParameters = /* @__PURE__ */ evaluated(() => [/* @__PURE__ */ kinds.options(radamKinds)])
const nadamParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({ ...radamKinds, momentumDecay: kinds.nonNegativeNumber }),
])

const momentsOf = ({ beta1, beta2, epsilon }: MomentOptions): MomentOptions => ({ beta1, beta2, epsilon })

/**
 * Adam: `θ ← θ - η m̂ / (√v̂ + ε)`, see `scaleByAdam` (Kingma & Ba 2015). η is 0.001, β₁ 0.9, β₂ 0.999 and ε 1e-8 by
 * default. Weight decay w, by default 0, replaces g by `g + w θ`, so that it enters the moments.
 *
 * @throws ValueError for options out of range.
 */
export function adam<Clip = null>(options: AdamOptions<Clip> = {}): Optimizer<AdamState<Clip>> {
  checkArguments('adam', adamParameters, arguments)
  const scale = [scaleByAdam({ ...momentsOf(options), amsgrad: options.amsgrad })]
  return descend({ options, learningRate: 1e-3, scale })
}

/**
 * Adam with decoupled weight decay: `θ ← θ - η (m̂ / (√v̂ + ε) + w θ)` (Loshchilov & Hutter 2019, algorithm 2). The
 * defaults are those of `adam`, and w is 0.01 by default.
 *
 * @throws ValueError for options out of range.
 */
export function adamw<Clip = null>(options: AdamOptions<Clip> = {}): Optimizer<AdamState<Clip>> {
  checkArguments('adamw', adamParameters, arguments)
  const scale = [scaleByAdam({ ...momentsOf(options), amsgrad: options.amsgrad })]
  return descend({ options, learningRate: 1e-3, weightDecay: 0.01, isDecoupled: true, scale })
}

/**
 * Adam with Nesterov's look-ahead, see `scaleByNadam` (Dozat 2016). η is 0.002 by default. Weight decay w, by default
 * 0, enters the moments, unless it is `decoupled`.
 *
 * @throws ValueError for options out of range.
 */
export function nadam<Clip = null>(options: NadamOptions<Clip> = {}): Optimizer<NadamState<Clip>> {
  checkArguments('nadam', nadamParameters, arguments)
  const scale = [scaleByNadam({ ...momentsOf(options), momentumDecay: options.momentumDecay })]
  return descend({ options, learningRate: 2e-3, isDecoupled: options.decoupled, scale })
}

/**
 * Rectified Adam, which needs no warm-up, see `scaleByRadam` (Liu et al. 2020). η is 0.001 by default. Weight decay w,
 * by default 0, enters the moments, unless it is `decoupled`.
 *
 * @throws ValueError for options out of range.
 */
export function radam<Clip = null>(options: RadamOptions<Clip> = {}): Optimizer<RadamState<Clip>> {
  checkArguments('radam', radamParameters, arguments)
  return descend({
    options,
    learningRate: 1e-3,
    isDecoupled: options.decoupled,
    scale: [scaleByRadam(momentsOf(options))],
  })
}

/**
 * Adam with the largest gradient in place of the average of squares, see `scaleByAdamax` (Kingma & Ba 2015). η is 0.002
 * by default. Weight decay w, by default 0, enters the moments.
 *
 * @throws ValueError for options out of range.
 */
export function adamax<Clip = null>(options: AdamaxOptions<Clip> = {}): Optimizer<AdamaxState<Clip>> {
  checkArguments('adamax', adamaxParameters, arguments)
  return descend({ options, learningRate: 2e-3, scale: [scaleByAdamax(momentsOf(options))] })
}

/**
 * LAMB: `θ ← θ - η r u` with `u = m̂ / (√v̂ + ε) + w θ` and `r = ‖θ‖ / ‖u‖` for each leaf, 1 where a norm is 0 (You et
 * al. 2020, algorithm 2). η is 0.001, ε 1e-6 and w 0.01 by default.
 *
 * @throws ValueError for options out of range.
 */
export function lamb<Clip = null>(options: AdamaxOptions<Clip> = {}): Optimizer<AdamState<Clip>> {
  checkArguments('lamb', adamaxParameters, arguments)
  const { epsilon = 1e-6, ...moments } = momentsOf(options)
  return descend({
    options,
    learningRate: 1e-3,
    weightDecay: 0.01,
    isDecoupled: true,
    scale: [scaleByAdam({ ...moments, epsilon })],
    after: [scaleByTrustRatio()],
  })
}
