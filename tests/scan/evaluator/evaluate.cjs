// Judge simulations, one JSON list on stdin, by @cloud-copilot/iam-simulate; print a list of results in the same order.
// A program of its own, started by scan/evaluator.py in a process of its own. README.md says under which licence.
'use strict'

const { runSimulation } = require('@cloud-copilot/iam-simulate')

async function main() {
  const simulations = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
  const results = []
  for (const simulation of simulations) {
    const answer = await runSimulation(simulation, {})
    const parts = answer.results ?? (answer.result ? [answer.result] : [])
    results.push({
      result: answer.overallResult ?? 'Error',
      errors: answer.errors ?? null,
      ignored: parts.flatMap((part) => part.ignoredContextKeys ?? []),
    })
  }
  process.stdout.write(JSON.stringify(results))
}

main()
