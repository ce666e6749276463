export { checkGradients } from './gradients/check-gradients'
export type { CheckOptions } from './gradients/options'
export type { Progress } from './gradients/watch'
export { GradientCheckError, GradientReport } from './gradients/report'
export type { Failure, Inconclusive, OrderSummary } from './gradients/report'
export type { Blame, BlamedFrame, Kink } from './gradients/culprit'
export type { Note } from './graph/lint'
export type { Reason, Verdict } from './numeric/verdict'
export { checkOp } from './op/check-op'
export type { Checkable, CheckOpOptions } from './op/check-op'
export { OpCheckError, OpReport } from './op/report'
export type { LawSummary, OpFailure } from './op/report'
export type { LawName } from './op/laws'
export type { Uncompared } from './op/reach'
export { gradientCoverage } from './coverage/gradient-coverage'
export type { CoverageOptions } from './coverage/gradient-coverage'
export { coverageRecords } from './coverage/record'
export type { CoverageRecord } from './coverage/record'
export { CoverageError, CoverageReport } from './coverage/report'
export type { OpCoverage } from './coverage/report'
export { broadcastablePairs, forward, networks, shapes, tensors, trees } from './arbitraries'
export type {
  ActivationName,
  DrawnLayer,
  DrawnNetwork,
  NetworkOptions,
  ShapeOptions,
  TensorOptions,
} from './arbitraries'
export { explain } from './explain/explain'
export { Explanation } from './explain/explanation'
export type {
  ComparedExplanation,
  ExplanationData,
  Gradient,
  LayerExplanation,
  LayerParameter,
} from './explain/explanation-data'
export type { NodeExplanation } from './explain/nodes'
export { ruleFormulas } from './explain/formula'
