import { backend } from '../backends/backend'
import { repeatsOne } from '../kernels/moves'
import type { Buffer } from '../kernels/work'
import { kernelError, TraceError } from '../errors'
import { frozenShape } from '../values/shape'
import { runningOperation } from '../arguments/checked'
import { Tensor } from '../values/tensor'
import { uniform } from '../values/uniform'
import { atUserLine, CallSite } from '../values/call-site'
import { runningFrames } from './frames'
import { type Frame, Node, nodeOf, runningRepetition, runningRule } from './node'
import { observing } from './observer'
import type { Op, TensorType } from './op'
import { resolve } from './resolve'
import { noScopes, outermost, type Scope, type ScopeSet, unite } from './scope'
import { lifted } from './stage'

/**
 * Applies an op; every application goes through here. If all inputs are concrete, the value is computed at once. If an
 * input depends on an open scope, the application is recorded.
 */
export function applyAll<A>(op: Op<A>, operands: readonly Tensor[], given: A): readonly Tensor[] {
  const inputs = lifted(operands)
  const scopes = scopesOf(inputs)
  const attributes = op.followed !== undefined && scopes.some(isReverse) ? op.followed(given) : given
  const symbolic = anySymbolic(inputs)
  if (symbolic) rejectStale(op, inputs)
  const outputs = symbolic ? symbolicOutputs(op, inputs, attributes) : compute(op, inputs, attributes)
  if (scopes.length > 0) recordNode(op, attributes, inputs, outputs, scopes)
  observing()?.applied(op, inputs, outputs)
  return outputs
}

const isReverse = ({ kind }: Scope) => kind === 'reverse'

function anySymbolic(inputs: readonly Tensor[]): boolean {
  for (let i = 0; i < inputs.length; i++) if (inputs[i].isSymbolic) return true
  return false
}

/** `applyAll` for an op with one output. */
export function apply<A>(op: Op<A>, inputs: readonly Tensor[], attributes: A): Tensor {
  return applyAll(op, inputs, attributes)[0]
}

/** Links `outputs` to the application that produced them. */
export function recordNode(
  op: Op,
  attributes: unknown,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  scopes: ScopeSet,
): void {
  const isTraced = scopes.some((scope) => scope.kind === 'trace') || observing() !== null
  const origin = isTraced ? (runningRule() ?? runningRepetition()?.origin ?? null) : null
  // An application inside a derivative rule gets the call site of the application that is being differentiated.
  // Capturing a new call site is slow.
  const site = isTraced ? (origin?.site ?? runningRepetition()?.site ?? new CallSite()) : null
  const operation = runningOperation() ?? operationOfRule()
  const node = new Node(op, attributes, inputs, outputs, scopes, site, origin, operation, framesAround())
  for (const output of outputs) output.producer = node
  outermost(scopes).own(node)
}

/** An application of a rule stands where the application stands that it differentiates. */
function framesAround(): readonly Frame[] {
  const running = runningFrames()
  const repeated = runningRepetition()?.frames ?? []
  return runningRule()?.frames ?? (repeated.length === 0 ? running : [...running, ...repeated])
}

/** The name that errors use inside a derivative rule: the function that the user called. */
export function operationOfRule(): string | null {
  const rule = runningRule()
  return rule && (rule.operation ?? rule.op.name)
}

/** The open scopes that any of the tensors depends on. */
export function scopesOf(tensors: readonly Tensor[]): ScopeSet {
  let scopes = noScopes
  for (let i = 0; i < tensors.length; i++) {
    const node = nodeOf(tensors[i])
    if (node !== null) scopes = unite(node.scopes, scopes)
  }
  return scopes
}

/** A tensor with the type and value of `like`, which no transform tracks. */
export function detached(like: Tensor): Tensor {
  return new Tensor(like.shape, like.dtype, like.values)
}

function symbolicOutputs<A>(op: Op<A>, inputs: readonly Tensor[], attributes: A): readonly Tensor[] {
  const inferred = op.infer(inputs, attributes)
  const types = (Array.isArray(inferred) ? inferred : [inferred]) as readonly TensorType[]
  return types.map(({ shape, dtype }) => new Tensor(shape, dtype, null))
}

function compute<A>(op: Op<A>, inputs: readonly Tensor[], attributes: A): readonly Tensor[] {
  const { body } = op
  if (body.kind === 'region') {
    op.infer(inputs, attributes)
    // The region runs on detached values, so that only this one application is recorded.
    return body.run(inputs.map(detached), attributes)
  }
  const { type, work } = resolve(op, body, inputs, attributes)
  const { shape, dtype } = type
  // Cotangents of sums repeat one number, which need not be written.
  if (work.kind === 'move' && inputs.length === 1 && repeatsOne(work.parts, inputs[0].shape, shape))
    return [uniform(shape, dtype, inputs[0].values![0])]
  // Backends get plain copies of shapes because methods of frozen arrays are slow. User-defined kernels get frozen
  // shapes.
  const isOpaque = work.kind === 'opaque'
  const buffers = new Array<Buffer>(inputs.length)
  for (let i = 0; i < inputs.length; i++) {
    const { shape, dtype, values } = inputs[i]
    buffers[i] = { shape: isOpaque ? shape : [...shape], dtype, data: values! }
  }
  try {
    const values = backend().execute(work, buffers, { shape: isOpaque ? frozenShape(shape) : shape, dtype })
    return [new Tensor(shape, dtype, values)]
  } catch (error) {
    throw kernelError((runningOperation() === null ? operationOfRule() : null) ?? op.name, error)
  }
}

function rejectStale(op: Op, inputs: readonly Tensor[]): void {
  const isStale = (input: Tensor) =>
    input.isSymbolic && !nodeOf(input)?.scopes.some((scope) => scope.isOpen && scope.kind === 'trace')
  const position = inputs.findIndex(isStale)
  if (position >= 0)
    throw new TraceError(
      'symbolic-after-trace',
      `[${op.name}] input ${position} is a symbolic tensor of a trace that has ended${atUserLine()}; ` +
        'return what you need from the traced function instead of keeping its tensors',
    )
}
