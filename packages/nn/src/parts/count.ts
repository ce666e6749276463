import { checkArguments, runAs, treeParameters } from '@cotangent/core'
import { aModel } from '../kinds'

/**
 * How many numbers a model learns: the elements of its distinct floating-point tensors, without state such as running
 * statistics.
 */
export function countParameters(model: unknown): number {
  checkArguments('countParameters', [aModel], arguments)
  return runAs('countParameters', () => treeParameters(model), [model]).reduce((sum, { size }) => sum + size, 0)
}
