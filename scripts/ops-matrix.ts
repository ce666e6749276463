// The table of docs/ops.md: what the laws of `checkOp` compared for each function. No cell is written by hand.
import { checkOp, type OpReport } from '@cotangent/check'
import { compile, type Domain, type Op, type Tensor, trace } from '@cotangent/core'
import { fixedDTypes } from '../packages/check/test/laws/composites'

/** A function of the page: an op, or a call made of ops with the domain that it is tested on. */
export interface Tested {
  readonly name: string
  readonly op: Op | undefined
  readonly call: (...inputs: any[]) => Tensor
  readonly domain: Domain
}

/** A case for compiling and printing: a call and its inputs. */
export interface Shown {
  readonly call: (inputs: readonly Tensor[]) => Tensor
  readonly inputs: readonly Tensor[]
}

const yes = '✓'
const no = '–'

/** Whether a law had something to compare in a drawn case, and held. */
function held({ summaries, failures }: OpReport, start: string): string {
  const found = summaries.find(({ law }) => law.startsWith(start))
  if (failures.some(({ law }) => law.startsWith(start))) return 'wrong'
  return found !== undefined && found.compared > 0 ? yes : no
}

function isCompiled({ call, inputs }: Shown): string {
  const f = (...given: Tensor[]) => call(given)
  const [a, b] = [compile(f)(...inputs), f(...inputs)]
  return a.dtype === b.dtype && a.data.every((value, i) => Object.is(value, b.data[i])) ? yes : 'wrong'
}

function isPrinted({ call, inputs }: Shown): string {
  const graph = trace((...given: Tensor[]) => call(given), ...inputs)
  const texts = [String(graph), graph.toDot(), graph.toMermaid(), JSON.stringify(graph)]
  return texts.every((text) => graph.nodes.every(({ op }) => text.includes(op.name))) ? yes : 'wrong'
}

/** The cells of a row of the table. */
export function matrixRow({ name, op, call, domain }: Tested, shown: Shown): readonly string[] {
  const options = { runs: 4, seed: 1, fixedDType: fixedDTypes.has(name) }
  const report = op === undefined ? checkOp(call, { ...options, name, domain }) : checkOp(op, options)
  const reverse = held(report, 'reverse mode agrees')
  const cells = [
    held(report, 'the value under a transform'),
    report.noForward === undefined ? reverse : no,
    reverse,
    held(report, 'second derivatives'),
    held(report, 'batched equals stacked'),
    isCompiled(shown),
    isPrinted(shown),
  ]
  return [`\`${name}\``, ...cells]
}

const head = ['function', 'value', 'forward', 'reverse', 'second order', 'vmap', 'compile', 'print']

/** The rows as a table whose columns are aligned. */
export function matrixTable(rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}
