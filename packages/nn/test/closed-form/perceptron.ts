// Rosenblatt's perceptron: a unit that decides, and learns from its mistakes only.

import { activations } from './activations'
import { total } from './matrix'

export interface Perceptron {
  readonly weights: readonly number[]
  readonly bias: number
}

/** One example: inputs x and the decision y that is wanted, 0 or 1. */
export interface Example {
  readonly x: readonly number[]
  readonly y: 0 | 1
}

/** `ŷ = step(w·x + b)`: 1 where `w·x + b > 0`, else 0. */
export function decide({ weights, bias }: Perceptron, x: readonly number[]): number {
  return activations.step.value(total(x.length, (k) => weights[k] * x[k]) + bias)
}

/** `w ← w + η (y - ŷ) x`, `b ← b + η (y - ŷ)`. */
export function corrected(perceptron: Perceptron, { x, y }: Example, rate: number): Perceptron {
  const error = y - decide(perceptron, x)
  return {
    weights: perceptron.weights.map((w, k) => w + rate * error * x[k]),
    bias: perceptron.bias + rate * error,
  }
}

/** Applies the rule to one example after another, epoch by epoch; counts the wrong decisions of each epoch. */
export function learn(start: Perceptron, examples: readonly Example[], rate: number, epochs: number) {
  let perceptron = start
  const mistakes: number[] = []
  for (let epoch = 0; epoch < epochs; epoch++) {
    let wrong = 0
    for (const example of examples) {
      if (decide(perceptron, example.x) !== example.y) wrong++
      perceptron = corrected(perceptron, example, rate)
    }
    mistakes.push(wrong)
  }
  return { perceptron, mistakes }
}
