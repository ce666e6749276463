export { optimizer } from './optimizers/optimizer'
export type { Optimizer } from './optimizers/optimizer'
export type { DescentOptions } from './optimizers/options'
export { sgd } from './optimizers/sgd'
export type { SgdOptions } from './optimizers/sgd'
export { adam, adamax, adamw, lamb, nadam, radam } from './optimizers/adam'
export type { AdamaxOptions, AdamOptions, NadamOptions, RadamOptions } from './optimizers/adam'
export { adadelta, adagrad, rmsprop } from './optimizers/rms'
export type { AdadeltaOptions, AdagradOptions, RmspropOptions } from './optimizers/rms'
export { lion } from './optimizers/lion'
export type { LionOptions } from './optimizers/lion'
export { muon } from './optimizers/muon'
export type { MuonOptions } from './optimizers/muon'
export { adafactor } from './optimizers/adafactor'
export type { AdafactorOptions } from './optimizers/adafactor'
export { lbfgs } from './lbfgs/lbfgs'
export type { Lbfgs, LbfgsOptions, LbfgsState } from './lbfgs/lbfgs'

export { perGroup } from './optimizers/groups'
export type { Group } from './optimizers/groups'
export { accumulate, averageParameters, lookahead } from './optimizers/wrappers'
export type { AccumulateState, LookaheadState } from './optimizers/wrappers'

export { mapParameters } from './parameters'
export type { GradientTransform } from './transforms/transform'
export { chain, onlyWhere, scaleBy } from './transforms/chain'
export { clipAdaptively, clipByGlobalNorm, clipByNorm, clipByValue, globalNorm } from './transforms/clip'
export { addWeightDecay, scaleByLearningRate } from './transforms/learning-rate'
export { addMomentum, averageGradients } from './transforms/momentum'
export { scaleByAdam, scaleByAdamax, scaleByNadam, scaleByRadam } from './transforms/adam'
export type { MomentOptions } from './transforms/adam'
export { scaleByAdadelta, scaleByAdagrad, scaleByRms } from './transforms/rms'
export { scaleByLion } from './transforms/lion'
export { scaleByTrustRatio } from './transforms/trust-ratio'
export { orthogonalize } from './transforms/orthogonalize'
export type { OrthogonalizeOptions } from './transforms/orthogonalize'
export { clipByRms, scaleByFactoredRms, scaleByParameterRms } from './transforms/adafactor'

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
