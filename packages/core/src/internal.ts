// Helpers that the other packages of this repository share with core. They are no public interface: any release may
// change them.
export { singleOp } from './batching/each-example'
export type { Choose, NestedIr, NestedValue, Repeat } from './compile/pipeline/ir'
export { lower } from './compile/pipeline/lower'
export { bodiesOf, feedsOf } from './graph/bodies'
export { elements, printAttributes } from './graph/print'
export { roundsToFloat32 } from './graph/widening'
export { expanded } from './scalar/expand'
export { isThrownByLibrary } from './values/call-site'
export { isFloat } from './values/dtype'
export { formatType } from './values/printing'
export { formatShape, sizeOf, stridesOf } from './values/shape'
