package papers

import (
	"embed"
	"path"

	"github.com/posada-exchange/posada/pkg/i18n"
)

//go:embed texts
var texts embed.FS

// TextVersion names a published set of texts. A version never changes: its
// digests are pinned in testdata/published.txt.
const TextVersion = "1"

// HandOver is what the caseworker says when she offers the card, in at most 80
// columns. It is never printed on the card. An unknown language is an error.
func HandOver(l i18n.Language) (string, error) {
	text, err := texts.ReadFile(path.Join("texts", TextVersion, string(l), "handover.txt"))
	return string(text), err
}
