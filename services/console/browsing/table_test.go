package browsing

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/posada-exchange/posada/services/console"
)

var wild = regexp.MustCompile(`\{[^}]*\}`)

// posts are the paths of every row that changes something, with something in place of what a
// path names.
func posts(t testing.TB) (list []string) {
	t.Helper()
	for _, r := range console.Table() {
		if r.Method == http.MethodPost {
			list = append(list, wild.ReplaceAllString(r.Pattern, "x"))
		}
	}
	if len(list) < 10 {
		t.Fatalf("only %d", len(list))
	}
	return list
}
