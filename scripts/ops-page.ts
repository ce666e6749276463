// Makes docs/ops.md, the page of all ops, from the sources: names and order from core's api.ts, text from docstrings,
// derivatives as the engine prints them, and dtypes by calling each function. A test compares the page with the file.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as core from '@cotangent/core'
import { CotangentError, type Domain, type Draw, full, type Op, type Sample, type Tensor, trace } from '@cotangent/core'
import { ruleFormulas } from '@cotangent/check'
import { composites } from '../packages/check/test/laws/composites'
import { libraryOps } from '../packages/check/src/graph/library-ops'
import { type Documented, documentedOps } from './documented-ops'
import { matrixRow, matrixTable } from './ops-matrix'

const root = fileURLToPath(new URL('../', import.meta.url))

/** Draws matrices `[2, 3]`, and the usual one of several choices: an axis, no kept dimensions, a matrix. */
const draw: Draw = {
  integer: (min, max) => Math.min(Math.max(min, 2), max),
  pick: (list) => list[list.length > 2 ? 1 : 0],
  shape: ({ minRank = 0, maxRank = 2 } = {}) => [2, 3].slice(0, Math.max(minRank, Math.min(maxRank, 2))),
  broadcastable: (count) => Array.from({ length: count }, () => [2, 3]),
}

/** A function of the page with a call that shows its derivative. */
interface Subject {
  readonly op?: Op
  readonly sample: Sample
  readonly call: (inputs: readonly Tensor[]) => Tensor
}

/** Calls that show more than those of the law suite do. */
const matrix = { shape: [2, 3] }
const shown: Readonly<Record<string, readonly [domain: Domain, call: (...inputs: any[]) => Tensor]>> = {
  concat: [() => ({ inputs: [matrix, matrix], attributes: undefined }), (a, b) => core.concat([a, b])],
  stack: [() => ({ inputs: [matrix, matrix], attributes: undefined }), (a, b) => core.stack([a, b])],
  pad: [() => ({ inputs: [matrix], attributes: undefined }), (x) => core.pad(x, [[1, 2], [0, 0]])], // prettier-ignore
  oneHot: [() => ({ inputs: [{ ...matrix, dtype: 'int32' }], attributes: undefined }), (x) => core.oneHot(x, 2)],
}

const made = new Map(composites.map((each) => [each.name, [each.domain, each.call] as const]))
const exported = core as unknown as Readonly<Record<string, { readonly op?: Op }>>

/** null for functions that make tensors from numbers, shapes and keys. */
function subjectOf(name: string): Subject | null {
  const { op } = exported[name]
  const plain = exported[name] as unknown as (...inputs: readonly unknown[]) => Tensor
  const [domain, call] = shown[name] ?? made.get(name) ?? [op?.domain, plain]
  if (domain === undefined) return null
  const sample = domain(draw)
  return { ...(op && { op }), sample, call: (inputs) => call(...inputs, ...attributesOf(sample)) }
}

const attributesOf = ({ attributes }: Sample) => (attributes === undefined ? [] : [attributes as unknown])

/** Ops behind functions of the same name, which check their arguments or take results apart. */
const behind = new Map(libraryOps().map((op) => [op.name, op]))

/** The row of a function in the table of what is tested; nothing for functions that have no subject. */
function rowOf({ name }: Documented): readonly (readonly string[])[] {
  const subject = subjectOf(name)
  if (subject === null) {
    const op = behind.get(name)
    if (op === undefined) return []
    const sample = op.domain(draw)
    const call = (inputs: readonly Tensor[]) => core.applyAll(op, inputs, sample.attributes)[0]
    return [matrixRow({ name, op, domain: op.domain, call: (...inputs) => call(inputs) }, { call, inputs: inputsOf(sample, 'float32') })] // prettier-ignore
  }
  const { op } = exported[name]
  const [domain, call] = made.get(name) ?? [op?.domain, undefined]
  if (domain === undefined) return []
  const tested = { name, op, domain, call: call ?? ((...inputs: readonly Tensor[]) => subject.call(inputs)) }
  return [matrixRow(tested, { call: subject.call, inputs: inputsOf(subject.sample, 'float32') })]
}

/** Ones in the shapes of the sample, or what it makes of them. Conditions and indices keep their dtype. */
function inputsOf({ inputs }: Sample, dtype: core.DType): Tensor[] {
  const made: Tensor[] = []
  for (const { shape, from, ...input } of inputs) {
    const free = full(shape, 1, { dtype: input.dtype ?? dtype })
    made.push(from?.(free, made) ?? free)
  }
  return made
}

const laws: Record<Op['law']['kind'], string> = {
  elementwise: 'Law: elementwise',
  linear: 'Law: linear',
  bilinear: 'Law: bilinear',
  vjp: 'Law: a pullback of its own',
  region: 'Law: that of its graphs',
  constant: 'Law: constant, with derivative zero',
  none: 'Law: none',
}

const isZero = (formula: string) => formula.startsWith('derivative zero')

/** The law of a function, and its formulas. */
function derivativeOf(name: string, { op, sample, call }: Subject): { law: string; formulas: readonly string[] } {
  if (op !== undefined)
    return {
      law: `${laws[op.law.kind]}.`,
      formulas: ruleFormulas(op, inputsOf(sample, 'float64'), ...attributesOf(sample)),
    }
  const traced = (dtype: core.DType) => trace((...inputs: Tensor[]) => call(inputs), ...inputsOf(sample, dtype))
  const exact = traced('float64')
  // A conversion to float64 does nothing to float64.
  const graph = exact.nodes.length > 0 ? exact : traced('float32')
  const applied = [...new Map(graph.nodes.map((node) => [node.op.name, node])).values()]
  if (applied.length === 0) return { law: `${laws.constant}.`, formulas: [] }
  // Ops with a section of their own have their formulas there.
  const own = applied.filter((node) => node.op.name === name || !(node.op.name in exported))
  const names = applied.map((node) => node.op.name)
  const formulas = own.flatMap((node) => {
    const types = node.inputs.map((input) => graph.values[input])
    const inputs = types.map(({ shape, dtype }) => full(shape, 0, { dtype }))
    const lines = formulasAt(node.op, inputs, node.attributes).filter((line) => !isZero(line))
    if (lines.length === 0) return []
    return own.length > 1 || node.op.name !== name ? [`${node.op.name}:`, ...lines.map((line) => `  ${line}`)] : lines
  })
  const law =
    names.length === 1 && own.length === 1
      ? laws[own[0].op.law.kind]
      : `Made of ${names.map((each) => `\`${each}\``).join(', ')}`
  return { law: `${law}.`, formulas }
}

/** The formulas of a rule; none where it has no value at these inputs, as for a factorization of zeros. */
function formulasAt(op: Op, inputs: Tensor[], attributes: unknown): readonly string[] {
  try {
    return ruleFormulas(op, inputs, attributes)
  } catch (error) {
    if (error instanceof CotangentError) return []
    throw error
  }
}

/** What each dtype gives, found by calls. */
function dtypesOf({ sample, call }: Subject): string {
  if (sample.inputs.every(({ dtype }) => dtype !== undefined)) return `\`${sample.inputs[0].dtype}\``
  const results = (['bool', 'int32', 'float32', 'float64'] as const).flatMap((dtype) => {
    try {
      const result = call(inputsOf(sample, dtype)).dtype
      return [result === dtype ? `\`${dtype}\`` : `\`${dtype}\` → \`${result}\``]
    } catch (error) {
      if (error instanceof CotangentError) return []
      throw error
    }
  })
  return results.join(', ')
}

/** Where an elementwise op is tested: away from poles, kinks and jumps. */
function domainOf({ op, sample }: Subject): string {
  if (op === undefined || op.law.kind !== 'elementwise') return ''
  const intervals = sample.inputs.map(({ min, max, avoid = [] }, i) => {
    const name = sample.inputs.length === 1 ? 'x' : sample.inputs.length === 2 ? 'ab'[i] : `x${'₀₁₂'[i]}`
    return min === undefined
      ? ''
      : `${name} in [${min}, ${max}]${avoid.length > 0 ? ` without ${avoid.join(', ')}` : ''}`
  })
  const known = intervals.filter((text) => text !== '')
  return known.length === 0 ? '' : `Checked for ${known.join(' and ')}${sample.distinct ? ', without ties' : ''}.`
}

/** A formula with each name of a part on a line of its own. */
const broken = (formula: string) =>
  formula.replace(/ with (?=t₁ = )|, (?=t[₀-₉]+ = )/g, (each) => `${each.trimEnd()}\n  `)

function section({ name, call, text, throws }: Documented): string {
  const subject = subjectOf(name)
  const parts = [`### \`${call}\``, text]
  const facts: string[] = []
  if (subject !== null) {
    const { law, formulas } = derivativeOf(name, subject)
    if (!formulas.every(isZero)) parts.push(`\`\`\`text\n${formulas.map(broken).join('\n')}\n\`\`\``)
    facts.push(law, `dtypes: ${dtypesOf(subject)}.`, domainOf(subject))
  }
  if (name in core.Tensor.prototype) facts.push('Also a method.')
  const notes = facts.filter((fact) => fact !== '').join(' ')
  return [...parts, ...(notes === '' ? [] : [notes]), ...(throws === '' ? [] : [`Throws ${throws}`])].join('\n\n')
}

const introduction = `# All ops

_\`npm run docs:ops\` makes this page from the sources._ [Conventions](conventions.md) states what all ops share: promotion of
dtypes, broadcasting, and the values in edge cases. [Accuracy](accuracy.md) states how exact they are.

A derivative is printed as the engine records it: \`x̄ += ȳ ⊙ cos(x)\` adds to the cotangent of the input x, with ȳ the cotangent
of the result y. The inputs are x, or a and b, or x₀, x₁, x₂. ⊙ multiplies elementwise, a product without a sign is one of matrices,
and \`f′\` is the slope of f. Forward mode follows from the same law. Where an input was broadcast, its cotangent is summed over the
broadcast axes. The formulas are those of matrices of shape [2, 3], and of axis 0 or 1 where there is an axis to choose. A function that
is made of ops has the derivative that follows from theirs.

After "dtypes" stand the dtypes that the first operands may have. An arrow leads to the dtype of the result where it differs.
The law suite compares each op with differences in float64 on the domain named after "Checked for".`

const matrixText = `## What is tested

Each mark comes from running the laws of \`checkOp\` on drawn inputs, when this page is made and when the tests run: something was compared,
and the law held. Value: the bits under a transform, and of the traced graph. Forward, reverse, second order: against differences. vmap: the
bits of single calls, and of their gradients. Compile: the bits of the compiled call. Print: text, DOT, Mermaid and JSON. A dash: nothing to
compare, as the result is not differentiable.`

/** The page as it should be in the repository. */
export function opsPage(): string {
  const ops = documentedOps(join(root, 'packages/core/src/api.ts'))
  const families = [...new Set(ops.map(({ file }) => file))].map((file) => {
    const path = file.slice(file.indexOf('/src/') + '/src/'.length)
    // `ops/random/basic.ts` is the family Random, basic.
    const family = path
      .replace(/^ops\//, '')
      .replace(/\.ts$/, '')
      .replaceAll('/', ', ')
    const heading = `## ${family[0].toUpperCase()}${family.slice(1)}`
    const source = `[${path.replace(/^ops\//, '')}](../packages/core/src/${path})`
    return [heading, source, ...ops.filter((op) => op.file === file).map(section)].join('\n\n')
  })
  const matrix = [matrixText, matrixTable(ops.flatMap(rowOf))]
  return `${[introduction, ...matrix, ...families].join('\n\n')}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(root, 'docs/ops.md'), opsPage())
  console.log('wrote docs/ops.md')
}
