import { type Kind, options } from '../../arguments/arguments'
import { DTypeError } from '../../errors'
import { weakOperand } from '../../recording/operands'

// Who comes from another library may call an operation as the layer of its name: `conv2d(1, 8, 3)`.

const layers = 'a layer that has its kernel, made from sizes, is in a package of layers: @cotangent/nn'

/** A tensor. A number in its place is a size. */
export const notASize: Kind = {
  ...weakOperand,
  accepts: (value) => typeof value !== 'number' && weakOperand.accepts(value),
  error: (operation, value, given, remedy) =>
    typeof value === 'number'
      ? new DTypeError(
          'not-a-tensor',
          `[${operation}] takes tensors, got the number ${value}; pass x and a kernel: ${operation}(x, w, options); ${layers}`,
        )
      : weakOperand.error!(operation, value, given, remedy),
}

/** The options of a convolution. */
/* @__NO_SIDE_EFFECTS__ */
export function convolutionOptions(fields: Readonly<Record<string, Kind>>): Kind {
  const names = Object.keys(fields).join(', ')
  return { ...options(fields), surplus: `pass options by name, as { ${names} }; ${layers}` }
}
