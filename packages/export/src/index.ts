export { ExportError } from './errors'
export { exportFunction, exportTraining } from './bundle'
export type {
  BatchArguments,
  Bundle,
  FunctionOptions,
  Shardings,
  ShardingSpec,
  StepResult,
  TrainingOptions,
} from './bundle'
export { type StableHLOOptions, toStableHLO } from './stablehlo/to-stablehlo'
