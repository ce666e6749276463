export { ExportError } from './errors'
export type { Connection, Machine } from './scaling/machine'
export { scalingPlan } from './scaling/plan'
export type { ScalingOptions, ScalingRow, Strategy } from './scaling/plan'
