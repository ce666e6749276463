import type { Operators } from '../node'
import { activations } from './activations'
import { bits } from './bits'
import { constants } from './constants'
import { control } from './control'
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
  ...bits,
  ...products,
  ...reductions,
  ...windows,
  ...normalization,
  ...shapes,
  ...resampling,
  ...indexing,
  ...constants,
  ...control,
  ...recurrence,
}
