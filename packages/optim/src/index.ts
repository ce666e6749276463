export { optimizer, sgd } from './sgd'
export type { Optimizer, SgdOptions } from './sgd'
export {
  addMomentum,
  addWeightDecay,
  chain,
  clipByGlobalNorm,
  clipByValue,
  globalNorm,
  onlyWhere,
  scaleByLearningRate,
} from './transforms'
export type { GradientTransform } from './transforms'
export { constantSchedule, cosineSchedule, exponentialSchedule, stepSchedule } from './schedules'
export type { Schedule } from './schedules'
