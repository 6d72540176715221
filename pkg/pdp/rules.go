package pdp

import (
	"maps"
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Rule is a rule as its author says it in one sentence.
type Rule struct {
	Decides string // the folder of policy/: disclose, receive …
	ID      posada.Condition
	Title   string
}

// Rules are the conditions that have to hold, and what permits where there is none, as they
// were compiled: folder by folder, in the order in which they are written.
func (e *Engine) Rules() (rules []Rule) {
	for _, file := range slices.Sorted(maps.Keys(e.compiler.Modules)) {
		m := e.compiler.Modules[file]
		decides := strings.TrimPrefix(m.Package.Path.String(), "data.posada.")
		for _, rule := range m.Rules {
			for _, a := range rule.Annotations {
				id, _ := a.Labels["id"].(string)
				kind, _ := a.Labels["kind"].(string)
				if id != "" && (kind == "condition" || decides == entryConnect && kind == "permit") {
					rules = append(rules, Rule{decides, posada.Condition(id), a.Title})
				}
			}
		}
	}
	return rules
}
