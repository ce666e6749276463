import {
  type Choose,
  type Control,
  type Definition,
  type Ir,
  isControl,
  type Repeat,
  type Value,
  type ValueId,
} from './ir'

/** A loop or branch without what nobody needs, and the numbers that its results had before. */
interface Trimmed {
  readonly definition: Control
  readonly results: readonly number[]
}

/**
 * Removes values that no output needs: results, carries and operands of loops and branches too. The inputs of a whole
 * computation stay; a body may lose some of its own.
 */
export function withoutDead({ values, outputs }: Ir, keepsInputs = true): Ir {
  const needed = new Set(outputs)
  const wanted = new Map<ValueId, Set<number>>()
  const trimmed = new Map<ValueId, Trimmed>()
  for (let id = values.length - 1; id >= 0; id--) {
    if (!needed.has(id)) continue
    let { definition } = values[id]
    if (definition.kind === 'result') {
      const [owner] = definition.inputs
      wanted.set(owner, (wanted.get(owner) ?? new Set()).add(definition.index))
    } else if (isControl(definition)) {
      const kept = definition.kind === 'repeat' ? trimRepeat : trimChoose
      const found = (kept as (control: Control, wanted: ReadonlySet<number>) => Trimmed)(definition, wanted.get(id)!)
      trimmed.set(id, found)
      definition = found.definition
    }
    for (const input of definition.inputs) needed.add(input)
  }
  const at: ValueId[] = []
  const kept: Value[] = []
  values.forEach((value, id) => {
    if (!needed.has(id) && !(keepsInputs && value.definition.kind === 'input')) return
    let definition: Definition = trimmed.get(id)?.definition ?? value.definition
    if (definition.kind === 'result') {
      const { results } = trimmed.get(definition.inputs[0])!
      definition = { ...definition, index: results.indexOf(definition.index) }
    }
    const inputs = definition.inputs.map((input) => at[input])
    at[id] = kept.push({ ...value, definition: { ...definition, inputs } as Definition }) - 1
  })
  return { values: kept, outputs: outputs.map((output) => at[output]) }
}

/** A body with some of its outputs, without what these do not need. */
function trimBody({ values, outputs }: Ir, kept: readonly number[]): Ir {
  return withoutDead({ values, outputs: kept.map((output) => outputs[output]) }, false)
}

/** The numbers of the inputs that bodies have, in order. */
function inputsRead(bodies: readonly Ir[]): number[] {
  const found = bodies.flatMap(({ values }) =>
    values.flatMap(({ definition }) => (definition.kind === 'input' ? [definition.index] : [])),
  )
  return [...new Set(found)].sort((a, b) => a - b)
}

/** A body whose inputs are defined anew: by other numbers, or by constants. */
export function withInputs({ values, outputs }: Ir, define: (index: number) => Definition): Ir {
  return {
    values: values.map((value) =>
      value.definition.kind === 'input' ? { ...value, definition: define(value.definition.index) } : value,
    ),
    outputs,
  }
}

/** Definitions of inputs that take the places of those of the numbers in `order`. */
export function numbered(order: readonly number[]): (index: number) => Definition {
  return (index) => ({ kind: 'input', index: order.indexOf(index), inputs: [] })
}

/** Keeps the carries whose last values are wanted, and those that they, wanted stacks or the condition depend on. */
function trimRepeat(loop: Repeat, wanted: ReadonlySet<number>): Trimmed {
  const { bodies: [step, condition], carries, xs, isCounted, inputs } = loop // prettier-ignore
  const [count, operands] = isCounted ? [inputs.slice(0, 1), inputs.slice(1)] : [[], inputs]
  const rows = step.outputs.flatMap((_, i) => (i >= carries && wanted.has(i) ? [i] : []))
  const tests = condition === undefined ? [] : [trimBody(condition, [0])]
  const isKept = step.outputs.slice(0, carries).map((_, carry) => wanted.has(carry))
  for (;;) {
    const own = isKept.flatMap((each, carry) => (each ? [carry] : []))
    const bodies = [trimBody(step, [...own, ...rows]), ...tests] as const
    const read = inputsRead(bodies)
    const more = read.filter((index) => index < carries && !isKept[index])
    if (more.length === 0) {
      const others = read.filter((index) => index >= carries)
      const order = [...own, ...others]
      return {
        definition: {
          ...loop,
          bodies: bodies.map((body) => withInputs(body, numbered(order))) as unknown as Repeat['bodies'],
          carries: own.length,
          xs: others.filter((index) => index < carries + xs).length,
          inputs: [...count, ...order.map((index) => operands[index])],
        },
        results: [...own, ...rows, ...tests.map(() => step.outputs.length)],
      }
    }
    for (const carry of more) isKept[carry] = true
  }
}

function trimChoose(branch: Choose, wanted: ReadonlySet<number>): Trimmed {
  const [index, ...operands] = branch.inputs
  const results = [...wanted].sort((a, b) => a - b)
  const bodies = branch.bodies.map((body) => trimBody(body, results))
  const order = inputsRead(bodies)
  return {
    definition: {
      ...branch,
      bodies: bodies.map((body) => withInputs(body, numbered(order))),
      inputs: [index, ...order.map((at) => operands[at])],
    },
    results,
  }
}
