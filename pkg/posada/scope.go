package posada

// Scope is one thing that a program's token may be used for. It never widens what the
// person may do whom the token is of; it can only narrow it.
type Scope string

// The scopes: three areas, and in each to look and to act. To act is not to look: a form
// that hands cases in has no need to read any.
const (
	ScopeReadCases      Scope = "read_cases"
	ScopeWriteCases     Scope = "write_cases"
	ScopeReadPlaces     Scope = "read_places"
	ScopeWritePlaces    Scope = "write_places"
	ScopeReadNode       Scope = "read_node"
	ScopeAdministerNode Scope = "administer_node"
)

func (Scope) members() []Scope {
	return []Scope{ScopeReadCases, ScopeWriteCases, ScopeReadPlaces, ScopeWritePlaces, ScopeReadNode, ScopeAdministerNode}
}

// UnmarshalText reads a scope and refuses any other text.
func (s *Scope) UnmarshalText(text []byte) error { return decode(s, text) }
