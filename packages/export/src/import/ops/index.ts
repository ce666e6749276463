import type { Operators } from '../node'
import { activations } from './activations'
import { constants } from './constants'
import { elementwise } from './elementwise'
import { indexing } from './indexing'
import { logic } from './logic'
import { normalization } from './normalization'
import { products } from './products'
import { recurrence } from './recurrent'
import { reductions } from './reductions'
import { resampling } from './resampling'
import { shapes } from './shapes'
import { windows } from './windows'

/** All operators of ONNX that are known here, by their types. */
export const operators: Operators = {
  ...elementwise,
  ...activations,
  ...logic,
  ...products,
  ...reductions,
  ...windows,
  ...normalization,
  ...shapes,
  ...resampling,
  ...indexing,
  ...constants,
  ...recurrence,
}
