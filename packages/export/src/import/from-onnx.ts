import { checkArguments, type Kind, kinds, Tensor } from '@cotangent/core'
import { ExportError } from '../errors'
import { decodeModel } from '../onnx/proto/tables'
import { named } from './named'
import { type Choice, type OnnxValue, type Program, programOf } from './program'
import { compute } from './translation'
import { tensorOf, type Value } from './values'

/** Float tensors by their names in an ONNX file. Names with dots are plain keys. */
export type OnnxTensors = Readonly<Record<string, Tensor>>

/** Options of `fromONNX`. */
export interface FromONNXOptions {
  /**
   * Tells whether a float tensor of the file is a parameter, else it is a constant. Default: it is one if it has an
   * axis, except the running statistics of batch normalization and what an operator reads as numbers.
   */
  readonly parameters?: (name: string, value: Tensor) => boolean
}

/** A model from an ONNX file. */
export interface OnnxModel {
  /**
   * The output of the model for inputs in the order of `inputs`: a pure function, which is differentiated, traced,
   * compiled and batched as any other.
   *
   * @throws ExportError if the model has several outputs, if inputs do not fit, or if a node fails.
   */
  readonly forward: (parameters: OnnxTensors, ...inputs: readonly Tensor[]) => Tensor
  /**
   * All outputs by name, for inputs by name.
   *
   * @throws ExportError if inputs do not fit, or if a node fails.
   */
  readonly run: (parameters: OnnxTensors, inputs: Readonly<Record<string, Tensor>>) => Record<string, Tensor>
  /** The parameters by their names in the file. */
  readonly parameters: OnnxTensors
  /** The other float tensors of the file. They stay as they are. */
  readonly constants: OnnxTensors
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
}

const someBytes: Kind = {
  expected: 'the bytes of an ONNX file (a Uint8Array)',
  accepts: (value) => value instanceof Uint8Array,
  remedy: "pass await readFile('model.onnx'), or new Uint8Array(await response.arrayBuffer())",
}
const someTensors: Kind = {
  expected: 'the parameters (tensors by name)',
  accepts: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Tensor),
  remedy: 'pass the parameters that fromONNX returned, or trained ones',
}
const fromParameters = [someBytes, /* @__PURE__ */ kinds.options({ parameters: kinds.aFunction })]
const forwardParameters = [someTensors, /* @__PURE__ */ kinds.rest(kinds.aTensor)]
const runParameters = [someTensors, { ...someTensors, expected: 'the inputs (tensors by name)', remedy: undefined }]

/**
 * A function and its parameters from the bytes of an ONNX file: `const { forward, parameters } = fromONNX(bytes)`.
 * `forward(parameters, x)` is made of the ops of Cotangent, so that it can be trained further. Operators have the
 * semantics of versions 13 to 22. float32, float64 and bool keep their dtype; integers become int32. Shapes may
 * depend on the shapes of inputs, not on their elements.
 *
 * Nodes that depend on constants alone are computed once, here. Normalizations and dropout are those of evaluation.
 *
 * @throws ExportError for bytes that are no ONNX model; for elements in other files; for integers that int32 cannot
 * hold; one error that lists all operators without a counterpart, with their nodes. ValueError for wrong arguments.
 */
export function fromONNX(bytes: Uint8Array, options: FromONNXOptions = {}): OnnxModel {
  checkArguments('fromONNX', fromParameters, arguments)
  const program = named('fromONNX', () => programOf(decodeModel(bytes), options.parameters as Choice))
  const { inputs, outputs } = program
  return {
    forward(parameters, ...given) {
      checkArguments('forward', forwardParameters, arguments)
      return named('forward', () => {
        if (outputs.length !== 1)
          throw new ExportError('onnx-outputs', `the model has the outputs ${listed(outputs)}, and forward returns one; use run, which returns them by name`) // prettier-ignore
        if (given.length !== inputs.length)
          throw new ExportError('onnx-inputs', `expected the inputs ${listed(inputs)}, got ${given.length}; pass them in this order after the parameters`) // prettier-ignore
        return evaluated(program, parameters, given)[0]
      })
    },
    run(parameters, given) {
      checkArguments('run', runParameters, arguments)
      return named('run', () => {
        const unknown = Object.keys(given).find((name) => !inputs.some((input) => input.name === name))
        const missing = inputs.find(({ name }) => !(Object.hasOwn(given, name) && given[name] instanceof Tensor))
        if (unknown !== undefined || missing !== undefined)
          throw new ExportError('onnx-inputs', `expected tensors for the inputs ${listed(inputs)}, got ${unknown === undefined ? `none for '${missing!.name}'` : `'${unknown}'`}; pass each under its name`) // prettier-ignore
        const found = evaluated(program, parameters, inputs.map(({ name }) => given[name])) // prettier-ignore
        return Object.fromEntries(outputs.map(({ name }, at) => [name, found[at]]))
      })
    },
    parameters: Object.fromEntries(program.parameters),
    constants: Object.fromEntries(floats(program.constants)),
    inputs,
    outputs,
  }
}

const listed = (values: readonly OnnxValue[]) => values.map(({ name }) => `'${name}'`).join(', ') || 'none'

function* floats(values: ReadonlyMap<string, Value>): Generator<[string, Tensor]> {
  for (const [name, value] of values)
    if (value instanceof Tensor && (value.dtype === 'float32' || value.dtype === 'float64')) yield [name, value]
}

function evaluated(program: Program, parameters: OnnxTensors, given: readonly Tensor[]): Tensor[] {
  const values = new Map<string, Value>(program.constants)
  for (const name of program.parameters.keys()) {
    const value: unknown = Object.hasOwn(parameters, name) ? parameters[name] : undefined
    if (!(value instanceof Tensor))
      throw new ExportError('onnx-parameters', `expected a tensor for the parameter '${name}', got none; pass a tree like the parameters that fromONNX returned`) // prettier-ignore
    values.set(name, value)
  }
  program.inputs.forEach((input, at) => {
    checkInput(input, given[at])
    values.set(input.name, given[at])
  })
  for (const step of program.steps) compute(step, values)
  return program.outputs.map(({ name }) => tensorOf(values.get(name)!, `the output '${name}'`))
}

/** Floats may be wider or narrower than in the file: the model is then computed in their dtype. */
function checkInput({ name, dtype, shape }: OnnxValue, { dtype: given, shape: sizes }: Tensor): void {
  const isFloat = (each: string) => each.startsWith('float')
  const fits = shape === null || (sizes.length === shape.length && shape.every((size, at) => typeof size !== 'number' || size === sizes[at])) // prettier-ignore
  if (fits && (given === dtype || (isFloat(given) && isFloat(dtype)))) return
  const expected = shape === null ? dtype : `${dtype}[${shape.map((size) => size ?? '?').join(', ')}]`
  throw new ExportError(
    'onnx-input',
    `the input '${name}' is ${expected}, got ${given}[${sizes.join(', ')}]; convert it, or export the model with dynamic axes`,
  )
}
