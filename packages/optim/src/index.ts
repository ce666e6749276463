export { optimizer } from './optimizers/optimizer'
export type { Optimizer } from './optimizers/optimizer'
export type { DescentOptions, DescentState } from './optimizers/options'
export { sgd } from './optimizers/sgd'
export type { SgdOptions, SgdState } from './optimizers/sgd'
export { adam, adamax, adamw, lamb, nadam, radam } from './optimizers/adam'
export type { AdamaxOptions, AdamaxState, AdamOptions, AdamState } from './optimizers/adam'
export type { NadamOptions, NadamState, RadamOptions, RadamState } from './optimizers/adam'
export { adadelta, adagrad, rmsprop } from './optimizers/rms'
export type { AdadeltaOptions, AdadeltaState, AdagradOptions, AdagradState } from './optimizers/rms'
export type { RmspropOptions, RmspropState } from './optimizers/rms'
export { lion } from './optimizers/lion'
export type { LionOptions, LionState } from './optimizers/lion'
export { muon } from './optimizers/muon'
export type { MuonOptions, MuonState } from './optimizers/muon'
export { adafactor } from './optimizers/adafactor'
export type { AdafactorOptions, AdafactorState } from './optimizers/adafactor'
export { lbfgs } from './lbfgs/lbfgs'
export type { Lbfgs, LbfgsOptions, LbfgsState } from './lbfgs/lbfgs'

export { perGroup } from './optimizers/groups'
export type { Group, GroupStates, StateOf } from './optimizers/groups'
export { accumulate, averageParameters, lookahead } from './optimizers/wrappers'
export type { AccumulateState, LookaheadState } from './optimizers/wrappers'

export { mapParameters } from './parameters'
export type { GradientTransform } from './transforms/transform'
export { chain, onlyWhere, scaleBy } from './transforms/chain'
export { clipAdaptively, clipByGlobalNorm, clipByNorm, clipByValue, globalNorm } from './transforms/clip'
export { addWeightDecay, scaleByLearningRate } from './transforms/learning-rate'
export type { RateState } from './transforms/learning-rate'
export { addMomentum, averageGradients } from './transforms/momentum'
export type { AddMomentumState, AverageGradientsState } from './transforms/momentum'
export { scaleByAdam, scaleByAdamax, scaleByNadam, scaleByRadam } from './transforms/adam'
export type { MomentOptions } from './transforms/adam'
export type { ScaleByAdamaxState, ScaleByAdamState, ScaleByNadamState, ScaleByRadamState } from './transforms/adam'
export { scaleByAdadelta, scaleByAdagrad, scaleByRms } from './transforms/rms'
export type { ScaleByAdadeltaState, ScaleByAdagradState, ScaleByRmsState } from './transforms/rms'
export { scaleByLion } from './transforms/lion'
export type { ScaleByLionState } from './transforms/lion'
export { scaleByTrustRatio } from './transforms/trust-ratio'
export { orthogonalize } from './transforms/orthogonalize'
export type { OrthogonalizeOptions } from './transforms/orthogonalize'
export { clipByRms, scaleByFactoredRms, scaleByParameterRms } from './transforms/adafactor'
export type { ScaleByFactoredRmsState } from './transforms/adafactor'

export {
  constantSchedule,
  cosineSchedule,
  exponentialSchedule,
  inverseTimeSchedule,
  linearSchedule,
  polynomialSchedule,
  stepSchedule,
} from './schedules/decay'
export { joinSchedules, oneCycleSchedule, restartSchedule } from './schedules/cycles'
export { plateau } from './schedules/plateau'
export type { Plateau, PlateauOptions, PlateauState } from './schedules/plateau'
export type { Schedule } from './schedules/schedule'
