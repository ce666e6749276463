export { ExportError } from './errors'
export { type StableHLOOptions, toStableHLO } from './stablehlo/to-stablehlo'
