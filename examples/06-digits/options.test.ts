import { describe, expect, it } from 'vitest'
import { InputError } from './errors'
import { defaultEpochs, parseOptions } from './options'

const parse = (...args: string[]) => parseOptions(args)

describe('options', () => {
  it('have defaults', () => {
    expect(parse()).toEqual({
      options: { batch: 64, optimizer: 'adam', lambda: 1, model: 'dense', seed: 1 },
    })
    expect([defaultEpochs(5000), defaultEpochs(60_000)]).toEqual([20, 4])
    expect([defaultEpochs(5000, 'conv'), defaultEpochs(60_000, 'conv')]).toEqual([5, 1])
  })

  it('are read', () => {
    const args =
      '--epochs 3 --batch=10 --optimizer sgd --learning-rate 2.5e-1 --lambda 0 --model conv --hidden 64,32 --seed 0 --data some/folder ' +
      '--load old --save new'
    expect(parse(...args.split(' '))).toEqual({
      options: {
        epochs: 3,
        batch: 10,
        optimizer: 'sgd',
        learningRate: 0.25,
        lambda: 0,
        model: 'conv',
        hidden: [64, 32],
        seed: 0,
        data: 'some/folder',
        load: 'old',
        save: 'new',
      },
    })
    expect(parse('--hidden', '7')).toMatchObject({ options: { hidden: [7] } })
  })

  it('are explained with their defaults', () => {
    const { help } = parse('--epochs', '3', '--help') as { help: string }
    expect(help).toMatchInlineSnapshot(`
      "Usage: npm start -- [options]

      Trains a network to read handwritten digits, and shows what it learned and
      whether its gradient is right.

      Options:
        --epochs <n>         passes over the training examples (default: 20, or 4 for
                             more than 20,000; a quarter for conv)
        --batch <n>          examples in a step (default: 64)
        --optimizer <name>   what makes a step of a gradient (choices: "adam", "sgd",
                             default: "adam")
        --learning-rate <x>  how far a step goes (default: 0.01 for adam, 0.1 for sgd)
        --lambda <x>         weight of the L2 penalty (default: 1)
        --model <name>       fully connected layers, or convolutions (choices:
                             "dense", "conv", default: "dense")
        --hidden <n,...>     sizes of the hidden layers, or their channels (default:
                             25 for dense, 8,16 for conv)
        --seed <n>           of the digits, the first weights and the order (default:
                             1)
        --data <folder>      folder with MNIST files: IDX, plain or .gz (default:
                             digits are drawn)
        --load <file>        network to start from; without --epochs, it is only
                             tested
        --save <file>        where to write the network, as safetensors
        --export <folder>    where to write the step and the examples, to train on
                             many machines
        --help               show this
      "
    `)
  })

  it('are refused in one line where they do not fit', () => {
    const lines = [
      '--epoch 3',
      '-x',
      'surplus',
      '--epochs',
      '--epochs 0',
      '--epochs -3',
      '--epochs 1.5',
      '--epochs 1e3',
      '--epochs three',
      '--epochs 99999999999999999999',
      '--batch 0',
      '--batch 0x10',
      '--optimizer lbfgs',
      '--learning-rate 0',
      '--learning-rate -0.1',
      '--learning-rate fast',
      '--learning-rate Infinity',
      '--learning-rate 1e999',
      '--learning-rate=',
      '--lambda -1',
      '--model deep',
      '--hidden 0',
      '--hidden 25,',
      '--hidden 64,-1',
      '--hidden 5000',
      '--seed -1',
      '--seed 0.5',
      '--data=',
      '--load=',
    ]
    const refusal = (line: string) => {
      try {
        return JSON.stringify(parse(...line.split(' ')))
      } catch (error) {
        expect(error).toBeInstanceOf(InputError)
        return (error as Error).message
      }
    }
    expect(lines.map((line) => `${line}\n    ${refusal(line)}`).join('\n')).toMatchInlineSnapshot(`
      "--epoch 3
          unknown option '--epoch'. Try --help.
      -x
          unknown option '-x'. Try --help.
      surplus
          too many arguments. Expected 0 arguments but got 1. Try --help.
      --epochs
          option '--epochs <n>' argument missing. Try --help.
      --epochs 0
          option '--epochs <n>' argument '0' is invalid. It must be a positive integer. Try --help.
      --epochs -3
          option '--epochs <n>' argument '-3' is invalid. It must be a positive integer. Try --help.
      --epochs 1.5
          option '--epochs <n>' argument '1.5' is invalid. It must be a positive integer. Try --help.
      --epochs 1e3
          option '--epochs <n>' argument '1e3' is invalid. It must be a positive integer. Try --help.
      --epochs three
          option '--epochs <n>' argument 'three' is invalid. It must be a positive integer. Try --help.
      --epochs 99999999999999999999
          option '--epochs <n>' argument '99999999999999999999' is invalid. It must be a positive integer. Try --help.
      --batch 0
          option '--batch <n>' argument '0' is invalid. It must be a positive integer. Try --help.
      --batch 0x10
          option '--batch <n>' argument '0x10' is invalid. It must be a positive integer. Try --help.
      --optimizer lbfgs
          option '--optimizer <name>' argument 'lbfgs' is invalid. Allowed choices are adam, sgd. Try --help.
      --learning-rate 0
          option '--learning-rate <x>' argument '0' is invalid. It must be a positive number. Try --help.
      --learning-rate -0.1
          option '--learning-rate <x>' argument '-0.1' is invalid. It must be a positive number. Try --help.
      --learning-rate fast
          option '--learning-rate <x>' argument 'fast' is invalid. It must be a positive number. Try --help.
      --learning-rate Infinity
          option '--learning-rate <x>' argument 'Infinity' is invalid. It must be a positive number. Try --help.
      --learning-rate 1e999
          option '--learning-rate <x>' argument '1e999' is invalid. It must be a positive number. Try --help.
      --learning-rate=
          option '--learning-rate <x>' argument '' is invalid. It must be a positive number. Try --help.
      --lambda -1
          option '--lambda <x>' argument '-1' is invalid. It must be a number, 0 or larger. Try --help.
      --model deep
          option '--model <name>' argument 'deep' is invalid. Allowed choices are dense, conv. Try --help.
      --hidden 0
          option '--hidden <n,...>' argument '0' is invalid. It must be a positive integer up to 4096, or several with commas between them, such as 64,32. Try --help.
      --hidden 25,
          option '--hidden <n,...>' argument '25,' is invalid. It must be a positive integer up to 4096, or several with commas between them, such as 64,32. Try --help.
      --hidden 64,-1
          option '--hidden <n,...>' argument '64,-1' is invalid. It must be a positive integer up to 4096, or several with commas between them, such as 64,32. Try --help.
      --hidden 5000
          option '--hidden <n,...>' argument '5000' is invalid. It must be a positive integer up to 4096, or several with commas between them, such as 64,32. Try --help.
      --seed -1
          option '--seed <n>' argument '-1' is invalid. It must be an integer from 0 to 2^53 - 1. Try --help.
      --seed 0.5
          option '--seed <n>' argument '0.5' is invalid. It must be an integer from 0 to 2^53 - 1. Try --help.
      --data=
          option '--data <folder>' argument '' is invalid. It must name a folder. Try --help.
      --load=
          option '--load <file>' argument '' is invalid. It must name a file. Try --help."
    `)
  })
})
