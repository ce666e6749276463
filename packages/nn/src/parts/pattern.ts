import { formatPath, type Path } from '@cotangent/core'

/** Which part of a model: its path as messages print it, with `*` and `**`, or an expression that its paths match. */
export type Pattern = string | RegExp

/** Whether a path is in the part that a pattern names. */
export function matcherOf(pattern: Pattern): (path: Path) => boolean {
  if (pattern instanceof RegExp) {
    // An expression with the flag g or y starts where it ended last.
    const expression = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
    return (path) => expression.test(formatPath(path))
  }
  const steps = stepsOf(pattern).map(stepMatcher)
  return (path) => fits(steps, path.map(String))
}

/** Any number of steps, or a test of one step. */
type Step = '**' | ((step: string) => boolean)

/** The steps of `layers[0].weight`, which may also be written `layers.0.weight`. A key in quotes is taken as it is. */
function stepsOf(pattern: string): { readonly text: string; readonly isQuoted: boolean }[] {
  const parts = pattern.matchAll(/\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)
  return [...parts].map(([, quoted, plain]) =>
    quoted === undefined
      ? { text: plain, isQuoted: false }
      : { text: JSON.parse(`"${quoted}"`) as string, isQuoted: true },
  )
}

function stepMatcher({ text, isQuoted }: { readonly text: string; readonly isQuoted: boolean }): Step {
  if (isQuoted || !text.includes('*')) return (step) => step === text
  if (text === '**') return '**'
  const parts = text.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  const expression = new RegExp(`^${parts.join('.*')}$`, 's')
  return (step) => expression.test(step)
}

/** Whether the steps of a pattern fit a path or the beginning of one. */
function fits([first, ...rest]: readonly Step[], path: readonly string[]): boolean {
  if (first === undefined) return true
  if (first === '**')
    return Array.from({ length: path.length + 1 }, (_, i) => path.slice(i)).some((each) => fits(rest, each))
  return path.length > 0 && first(path[0]) && fits(rest, path.slice(1))
}
