import { checkArguments, type Kind, kinds, type Tensor } from '@cotangent/core'
import { traceFor } from '@cotangent/core/internal'
import { ExportError } from '../errors'
import { apart, type Argument, argumentOf, aTree, checkConcrete, checkNames, inputEntries } from './arguments'
import { type Bundle, bundleOf } from './bundle'
import { constantEntries, distinct, hoistConstants } from './constants'
import type { InputEntry, OutputEntry } from './manifest'
import { stepOutputs } from './results'
import { checkedShardings, type Shardings, someShardings } from './shardings'

/** The arguments behind model and state: the elements of a tuple, or one tree. */
export type BatchArguments<B> = B extends readonly unknown[] ? B : readonly [batch: B]

/** What a training step returns: its parts by name, or as a list. Metrics are any tree of tensors. */
export type StepResult<M, S> =
  | { readonly loss: Tensor; readonly model: M; readonly state: S; readonly metrics?: unknown }
  | readonly [loss: Tensor, model: M, state: S]
  | readonly [loss: Tensor, model: M, state: S, metrics: unknown]

/** What a training step begins with, and how it is spread over devices. */
export interface TrainingOptions<M, S, B> {
  /** The model before the first step. */
  readonly model: M
  /** What else a step gets from the one before: the optimizer's state, a random key, a counter. */
  readonly state: S
  /** A batch: its shapes and dtypes count, not its elements. An array is spread into arguments; else one argument. */
  readonly batch: B
  /** How model and state are split over a mesh of devices. Default: each device has all of them. */
  readonly shardings?: Shardings
}

const parameters = [
  kinds.aFunction,
  /* @__PURE__ */ kinds.options(
    { model: aTree, state: aTree, batch: aTree, shardings: someShardings } satisfies Record<
      keyof TrainingOptions<unknown, unknown, unknown>,
      Kind
    >,
    ['model', 'state', 'batch'],
  ),
]

/**
 * A training step as a bundle: a StableHLO module that XLA runs on one device or many, with the model and the state
 * that it begins with. The Python package `cotangent_xla` trains with it.
 *
 * The step is traced once, so it must depend on its arguments alone: what it uses besides becomes part of the module. A
 * learning rate given as a number does too; to change it later, put it into the state or the batch as a tensor. The
 * model and the state that the step returns have the tensors, shapes, dtypes and other values of those that it gets.
 * A tensor at two places of the model, of the state or of one argument is one input.
 *
 * The first axis of the first batch tensor with an axis is the batch. Batch tensors whose first axis has the same size
 * are split over devices with it; each device gets the others whole. The batch size is fixed.
 *
 * `model.safetensors` has the names of `save` and `load` of `@cotangent/io`. Constants of 4,096 bytes or more are in
 * `constants.safetensors`.
 *
 * @throws ExportError if the step returns another structure, shape or dtype than it gets, two tensors for a shared one,
 * or a loss that is no floating-point scalar; if the batch has no examples; if a tensor is symbolic; if two names are
 * equal; if a sharding fits no tensor; and for an op without a counterpart.
 */
export function exportTraining<M, S, const B>(
  step: (model: M, state: S, ...batch: BatchArguments<B>) => StepResult<M, S>,
  options: TrainingOptions<M, S, B>,
): Bundle {
  const operation = 'exportTraining'
  checkArguments(operation, parameters, arguments)
  const model = argumentOf(operation, 'model', options.model)
  const state = argumentOf(operation, 'state', options.state)
  const batch = batchArguments(operation, options.batch)
  if (model.flat.leaves.length === 0)
    throw new ExportError(
      'no-parameters',
      `[${operation}] expected a model with tensors, got one without; pass the model itself`,
    )
  const args = [model, state, ...batch]
  const inputs = inputEntries(args)
  const batchSize = batchSizeOf(operation, inputs)
  checkNames(operation, inputs)
  for (const each of [model, state]) checkConcrete(operation, each)
  const shardings = checkedShardings(
    options.shardings ?? {},
    inputs.filter(({ role }) => role === 'model' || role === 'state'),
  )
  let outputs: OutputEntry[] = []
  const graph = traceFor(
    operation,
    (...given) => {
      const all = stepOutputs(operation, [model, state], (step as (...given: unknown[]) => unknown)(...given))
      outputs = all.map(({ entry }) => entry)
      return distinct(all.map(({ tensor }) => tensor))
    },
    apart(args),
  )
  checkNames(operation, outputs)
  const hoisted = hoistConstants(operation, graph)
  return bundleOf({
    manifest: {
      kind: 'training',
      module: 'step.mlir',
      inputs: [
        ...inputs.map((input) =>
          input.role === 'batch' ? { ...input, batched: input.shape[0] === batchSize } : input,
        ),
        ...constantEntries(hoisted.constants),
      ],
      outputs,
      batchSize,
      shardings,
    },
    modules: { 'step.mlir': hoisted.graph },
    tensors: [...args.flatMap(({ flat }) => flat.leaves), ...hoisted.constants],
  })
}

function batchArguments(operation: string, batch: unknown): Argument[] {
  if (!Array.isArray(batch)) return [argumentOf(operation, 'batch', batch)]
  return Array.from(batch as unknown[], (each, i) => argumentOf(operation, 'batch', each, [i]))
}

/** The size of the first axis of the first batch tensor with an axis. */
function batchSizeOf(operation: string, inputs: readonly InputEntry[]): number {
  const batched = inputs.find(({ role, shape }) => role === 'batch' && shape.length > 0)
  if (batched === undefined || batched.shape[0] === 0)
    throw new ExportError(
      'no-examples',
      `[${operation}] expected a batch with a tensor whose first axis counts examples, got ` +
        `${batched === undefined ? 'no tensor with an axis' : `no examples in '${batched.name}'`}; ` +
        'pass the data of a step as batch: [x, y], because captured data are the same in each step',
    )
  return batched.shape[0]
}
