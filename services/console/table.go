package console

import "github.com/posada-exchange/posada/pkg/posada"

// Row is what there is to know of a page from outside: the crawler's map.
type Row struct {
	Method, Pattern string
	Open            bool               // nobody need be signed in
	Roles           []posada.StaffRole // whom the menu leads there; nil: everybody
}

// Table lists every page there is.
func Table() []Row {
	var rows []Row
	for _, p := range pages() {
		rows = append(rows, Row{p.method, p.pattern, p.open, p.roles})
	}
	return rows
}
