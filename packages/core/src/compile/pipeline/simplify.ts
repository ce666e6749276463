import { type Buffer, factsOf, type TensorType, workKey } from '../../kernels/work'
import { backend } from '../../backends/backend'
import { allocate } from '../../values/dtype'
import { IdentityNumbers } from '../../values/identity-numbers'
import { exactText } from '../../values/printing'
import { sameShape, sizeOf, stridesOf } from '../../values/shape'
import { Tensor } from '../../values/tensor'
import { simplifyChoose, simplifyRepeat, withoutSteps } from './control'
import { withoutDead } from './dead'
import { type Control, type Definition, type Ir, isControl, isWork, type Value, type ValueId } from './ir'
import { moved, viewPart } from './views'

/** Largest size, in elements, of a folded constant. */
const foldedSize = 65_536

/**
 * Simplifies a computation without changing a bit. It eliminates common subexpressions (within a region only: a
 * checkpoint computes its values anew on purpose), folds constants, removes dead values, and replaces moves and maps
 * that change nothing by their operands. Values computed from empty tensors are folded too, so kernels never see size
 * 0. Identities of arithmetic are applied later, to the scalar programs of fused kernels.
 */
export function simplify(ir: Ir): Ir {
  return simplifyBody(ir, true)
}

function simplifyBody(ir: Ir, keepsInputs: boolean): Ir {
  const { values, outputs } = withoutDead(ir, keepsInputs)
  const found = new Simplified()
  const users = countUsers(values, outputs)
  const at: ValueId[] = []
  const results = new Map<ValueId, readonly ValueId[]>()
  values.forEach((value, id) => {
    const { definition } = value
    const inputs = definition.inputs.map((input) => at[input])
    const own = { ...value, definition: { ...definition, inputs } as Definition }
    if (definition.kind === 'result') at[id] = results.get(definition.inputs[0])![definition.index]
    else if (isControl(own.definition)) results.set(id, addControl(found, own, own.definition))
    else at[id] = exchangedContraction(values, value, users)?.(found, at) ?? found.add(own)
  })
  return withoutDead({ values: found.values, outputs: outputs.map((output) => at[output]) }, keepsInputs)
}

/** Adds a simplified loop or branch, and returns its results. */
function addControl(found: Simplified, value: Value, definition: Control): readonly ValueId[] {
  const simplifyOwn = (body: Ir) => simplifyBody(body, false)
  if (definition.kind === 'repeat' && definition.length === 0) return withoutSteps(definition, found, value.region)
  const types = resultTypes(definition)
  const simpler =
    definition.kind === 'repeat'
      ? simplifyRepeat(value, found, simplifyOwn)
      : simplifyChoose(definition, found, simplifyOwn)
  const owner = found.push({ ...value, definition: simpler.definition })
  return simpler.results.map((result, i) =>
    'value' in result
      ? result.value
      : found.push({ ...value, ...types[i], definition: { kind: 'result', index: result.result, inputs: [owner] } }),
  )
}

/** The types of the results of a loop or branch. */
function resultTypes(definition: Control): TensorType[] {
  const [{ values, outputs }] = definition.bodies
  const types = outputs.map((output): TensorType => values[output])
  if (definition.kind === 'choose') return types
  const { carries, length, bodies } = definition
  const stacks = types.slice(carries).map(({ shape, dtype }): TensorType => ({ shape: [length!, ...shape], dtype }))
  const steps: TensorType[] = bodies.length === 2 ? [{ shape: [], dtype: 'int32' }] : []
  return [...types.slice(0, carries), ...stacks, ...steps].map(({ shape, dtype }) => ({ shape, dtype }))
}

function countUsers(values: readonly Value[], outputs: readonly ValueId[]): number[] {
  const users = values.map(() => 0)
  for (const { definition } of values) for (const input of definition.inputs) users[input]++
  for (const output of outputs) users[output]++
  return users
}

/** The values so far, without duplicates. */
class Simplified {
  readonly values: Value[] = []
  readonly #known = new Map<string, ValueId>()
  readonly #numbers = new IdentityNumbers()

  /** Adds a value as it is. */
  push(value: Value): ValueId {
    return this.values.push(value) - 1
  }

  add(value: Value): ValueId {
    const same = this.#unchanged(value)
    if (same !== null) return same
    const folded = this.#folded(value)
    const key = this.#keyOf(folded)
    let id = this.#known.get(key)
    if (id === undefined) {
      id = this.push(folded)
      this.#known.set(key, id)
    }
    return id
  }

  /** The operand that a map or move returns unchanged; null if it changes something. */
  #unchanged({ definition, shape }: Value): ValueId | null {
    if (definition.kind === 'map') {
      const { instructions, result } = definition.program
      const last = instructions[result]
      if (last.name !== 'input') return null
      const operand = definition.inputs[last.index]
      return sameShape(this.values[operand].shape, shape) ? operand : null
    }
    const part = viewPart({ definition, shape })
    if (part === null) return null
    const operand = definition.inputs[part.input]
    const inOrder = part.from.offset === 0 && sameShape(part.from.strides, stridesOf(shape))
    return inOrder && sameShape(this.values[operand].shape, shape) ? operand : null
  }

  #folded(value: Value): Value {
    const { definition, shape, dtype } = value
    if (!isWork(definition) || !factsOf(definition).folds) return value
    const operands = definition.inputs.map((input) => this.values[input])
    const isOfNothing = operands.length > 0 && operands.every((operand) => sizeOf(operand.shape) === 0)
    const isConstant = operands.every((operand) => operand.definition.kind === 'constant')
    if (!isOfNothing && !(isConstant && sizeOf(shape) <= foldedSize)) return value
    const buffers = operands.map(({ definition, shape, dtype }): Buffer => {
      const data = definition.kind === 'constant' ? definition.tensor.values! : allocate(dtype, 0)
      return { shape, dtype, data }
    })
    const data = backend().execute(definition, buffers, { shape, dtype })
    return { ...value, definition: { kind: 'constant', tensor: new Tensor(shape, dtype, data), inputs: [] } }
  }

  #keyOf({ definition, shape, dtype, region }: Value): string {
    const type = `${dtype} ${shape.join()} ${definition.inputs.join()} ${region}`
    switch (definition.kind) {
      case 'input':
        return `input ${definition.index}`
      case 'constant':
        return sizeOf(shape) === 1
          ? `scalar ${dtype} ${shape.join()} ${exactText(definition.tensor.values![0])}`
          : `constant ${this.#numbers.of(definition.tensor)}`
      case 'repeat':
      case 'choose':
      case 'result':
        return `control ${this.values.length}`
      default: {
        // Opaque work is never merged: it may be random.
        const key = workKey(definition, this.#numbers)
        return key === null ? `opaque ${this.values.length}` : `${key} ${type}`
      }
    }
  }
}

/**
 * Rewrites (A B)ᵀ as Bᵀ Aᵀ where only the transposed product is used. Products and sums stay the same, in the same
 * order. Gradients of weights have this form; without the rewrite each of them would be copied.
 */
function exchangedContraction(
  values: readonly Value[],
  value: Value,
  users: readonly number[],
): ((found: Simplified, at: readonly ValueId[]) => ValueId) | null {
  const part = viewPart(value)
  if (part === null) return null
  const inner = value.definition.inputs[part.input]
  const { definition, shape } = values[inner]
  if (definition.kind !== 'contract' || users[inner] !== 1) return null
  const exchanged = swapLast(stridesOf(shape))
  const isTransposed =
    value.shape.length === shape.length &&
    part.from.offset === 0 &&
    value.shape.every((size, axis) => size === 1 || part.from.strides[axis] === exchanged[axis]) &&
    sameShape(value.shape, swapLast(shape))
  if (!isTransposed) return null
  return (found, at) => {
    const transposed = (id: ValueId): ValueId => {
      const operand = found.values[id]
      return found.add(moved(operand, id, 'transpose', swapLast(operand.shape), swapLast(stridesOf(operand.shape))))
    }
    const [a, b] = definition.inputs
    const inputs = [transposed(at[b]), transposed(at[a])] as const
    return found.add({ ...value, name: values[inner].name, definition: { kind: 'contract', inputs } })
  }
}

function swapLast(list: readonly number[]): number[] {
  return [...list.slice(0, -2), list[list.length - 1], list[list.length - 2]]
}
