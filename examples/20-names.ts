import {
  categorical,
  compile,
  concat,
  key,
  splitKey,
  tanh,
  tensor,
  type Tensor,
  valueAndGrad,
  zeros,
} from '@cotangent/core'
import { batches } from '@cotangent/data'
import { dense, embedding, flattened, sequential, softmaxCrossEntropy } from '@cotangent/nn'
import { adamw, type AdamState } from '@cotangent/optim'
import assert from 'node:assert/strict'

// A model of names, letter by letter (Bengio et al. 2003). From four letters it tells the probabilities of the next:
// each letter has a row of numbers, which are learned too, and a small network reads the four rows. Then it writes
// names: `categorical` draws a letter, again and again.

const names = `
  aaron abigail adam adrian agnes alan albert alexander alice alma amanda amelia amy andrea andrew angela anita anna
  anthony antonia arnold arthur audrey barbara beatrice benjamin bernard bertha brenda brian bruno camilla carl carmen
  caroline catherine cecilia charles charlotte christian christina clara claudia clement cornelia daniel david deborah
  denise dennis diana dominic donald dorothy edgar edith edmund edward eleanor elena elisabeth ella ellen emil emily
  emma eric ernest esther eugene eva evelyn felix ferdinand flora florence frances frank franklin frederick gabriel
  george gerald gerard gloria gordon gregory hannah harold harriet harry hector helen helena henry herbert hilda hugo
  ida ingrid irene isaac isabel ivan jacob james jane janet jasper jennifer jeremy jessica joanna jonathan joseph
  judith julia julian juliet karen katherine kenneth laura lawrence leonard leonora leo lewis lillian linda louis
  louisa lucas lucia lucy magnus malcolm marcus margaret maria marian marie marion mark martha martin mary matilda
  matthew maurice maximilian melissa michael mildred miriam monica nathan nicholas nicola nora norman olga oliver
  olivia oscar oswald pamela patricia patrick paul paula peter philip pauline rachel ralph raymond rebecca richard
  robert robin roland rosa rosalind rose roger rudolph rupert ruth samuel sandra sarah sebastian selma sheila sibyl
  simon sofia solomon stella stephen susan sylvia teresa theodore theresa thomas timothy tobias ursula valentine
  valerie vanessa vera victor victoria vincent viola virginia vivian walter wendy william winifred yvonne zoe
`
const words = names.trim().split(/\s+/)
const context = 4
const letters = '.abcdefghijklmnopqrstuvwxyz'

/** Each letter with the four before it. A point stands before a name and behind it. */
function examples(list: string[]) {
  const texts = list.map((word) => [...'.'.repeat(context), ...word, '.'].map((letter) => letters.indexOf(letter)))
  const before = texts.flatMap((text) => text.slice(context).map((_, i) => text.slice(i, i + context)))
  const next = texts.flatMap((text) => text.slice(context))
  return { x: tensor(new Int32Array(before.flat())).reshape([-1, context]), y: tensor(new Int32Array(next)) }
}

const [k1, k2, k3, orderKey, drawKey] = splitKey(key(1), 5)
let model = sequential(
  embedding(27, 8, { key: k1 }),
  flattened(),
  dense(32, 64, { key: k2, activation: tanh }),
  dense(64, 27, { key: k3 }),
)
type Model = typeof model
const loss = (m: Model, x: Tensor<[number, 4]>, y: Tensor<[number]>) => softmaxCrossEntropy(m.forward(x), y)

const isUnseen = (i: number) => i % 10 === 0
const train = examples(words.filter((_, i) => !isUnseen(i)))
const unseen = examples(words.filter((_, i) => isUnseen(i)))
const optimizer = adamw({ learningRate: 0.01, weightDecay: 0.1 })
let state = optimizer.init(model)
const step = compile((m: Model, s: AdamState, x: Tensor<[number, 4]>, y: Tensor<[number]>) => {
  const [value, gradients] = valueAndGrad(loss)(m, x, y)
  return { value, next: optimizer.update(m, gradients, s) }
})
let i = 0
for (const { x, y } of batches(train, { size: 128, shuffle: orderKey, epochs: 15, dropLast: true })) {
  const { value, next } = step(model, state, x, y)
  if (i % 50 === 0) console.log(`step ${String(i).padStart(3)}: ${value.item().toFixed(2)} nats a letter`)
  ;[model, state] = next
  i++
}
const [known, found] = [loss(model, train.x, train.y).item(), loss(model, unseen.x, unseen.y).item()]
console.log(`names that it has seen: ${known.toFixed(2)} nats a letter; others: ${found.toFixed(2)}`)
console.log(`without a model: ${Math.log(27).toFixed(2)}`)
assert.ok(known < found && found < 2.6)

/** Names that the model writes, all at once. */
function write(count: number): string[] {
  let text: Tensor<[number, number]> = zeros([count, context], { dtype: 'int32' })
  for (const from of splitKey(drawKey, 12)) {
    const logits = model.forward(text.slice(null, [-context]).expectShape([-1, context]))
    text = concat([text, categorical(from, [count], { logits }).reshape([count, 1])], { axis: 1 })
  }
  return text.toArray<number>().map(
    (row) =>
      row
        .map((i) => letters[i])
        .join('')
        .slice(context)
        .split('.')[0],
  )
}
const written = write(40)
console.log(written.slice(0, 16).join(' '))

// They are names by their look: most pairs of letters occur in names, and few names are copies.
const pairs = (list: string[]) => list.flatMap((word) => [...word].slice(1).map((letter, i) => word[i] + letter))
const inNames = new Set(pairs(words))
const share = pairs(written).filter((pair) => inNames.has(pair)).length / pairs(written).length
const copies = written.filter((word) => words.includes(word)).length
console.log(`${(100 * share).toFixed(0)} % of their pairs of letters occur in names; ${copies} of 40 are copies`)
assert.ok(share > 0.85 && copies < 8)
