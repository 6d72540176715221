package posada

// Condition is the id of a condition of the policy: G3.time, N1. docs/policy.md
// has the sentence of each.
type Condition string
