import { exactText } from '../values/printing'
import type { Program, Step } from './instructions'

/** Longest text of a program that `printProgram` gives in full. */
const longestText = 160

/**
 * A program as one line of text, over the texts of its inputs. Values that are used more than once are named first:
 * `a = tanh(%0); sub(1, mul(a, a))`. A longer text is cut down to the number of steps and the functions that they call.
 */
export function printProgram({ instructions, result }: Program, inputs: readonly string[]): string {
  const uses = instructions.map(() => 0)
  for (const { operands } of instructions) for (const operand of operands) uses[operand]++
  const named: string[] = []
  const texts: string[] = []
  instructions.forEach((step, at) => {
    const text = printStep(step, texts, inputs)
    const isNamed = step.operands.length > 0 && uses[at] > 1
    texts.push(isNamed ? nameOf(named.length) : text)
    if (isNamed) named.push(`${nameOf(named.length)} = ${text}`)
  })
  const text = [...named, texts[result]].join('; ')
  return text.length > longestText ? summary(instructions) : text
}

function printStep(step: Step, texts: readonly string[], inputs: readonly string[]): string {
  switch (step.name) {
    case 'input':
      return inputs[step.index]
    case 'const':
      return step.dtype === 'bool' ? String(step.value !== 0) : exactText(step.value)
    default: {
      const name = step.name === 'call' ? step.function : step.name === 'convert' ? step.dtype : step.name
      return `${name}(${step.operands.map((operand) => texts[operand]).join(', ')})`
    }
  }
}

/** a, b, ..., z, a1, b1, ... */
function nameOf(index: number): string {
  return String.fromCharCode(97 + (index % 26)) + (index < 26 ? '' : Math.floor(index / 26))
}

function summary(instructions: readonly Step[]): string {
  const called = new Set(instructions.flatMap((step) => (step.name === 'call' ? [step.function] : [])))
  return `${instructions.length} steps${called.size > 0 ? `, which call ${[...called].join(', ')}` : ''}`
}
