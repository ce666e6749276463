/** The results of one engine: its outcome after each of the steps that all engines take from the same numbers. */
export interface Trial {
  readonly engine: string
  readonly outcomes: readonly (readonly number[])[]
}

const tolerance = 1e-3

/**
 * Compares every engine with the first. Engines that do not compute the same are not compared in speed.
 *
 * @throws Error that names the engines that deviate.
 */
export function checkAgreement(id: string, trials: readonly Trial[]): void {
  const [reference, ...others] = trials
  const lines = others.flatMap((trial) => {
    const step = trial.outcomes.findIndex((outcome, i) => !agree(outcome, reference.outcomes[i]))
    if (step < 0) return []
    return `${trial.engine} deviates in step ${step + 1}: [${shown(trial.outcomes[step])}], not [${shown(reference.outcomes[step])}]`
  })
  const notFinite = trials.filter(({ outcomes }) => !outcomes.flat().every(Number.isFinite))
  lines.push(...notFinite.map(({ engine }) => `${engine} computed a number that is not finite`))
  if (lines.length > 0)
    throw new Error(`${id}: the engines do not agree (reference: ${reference.engine})\n  ${lines.join('\n  ')}`)
}

function agree(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) <= tolerance * Math.abs(b[i]))
}

const shown = (values: readonly number[]) => values.map((value) => value.toPrecision(6)).join(', ')
