package book

import (
	"time"

	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

// classes is what stewards say of agencies without a node: of which class each is.
type classes map[posada.AgencyID]classed

// classed is the class of an agency, called so and by these numbers, and since when this node
// reads that, in which edition. One that is called otherwise is another.
type classed struct {
	Class  posada.AgencyClass `json:"class"`
	Called string             `json:"called"`
	Since  time.Time          `json:"since"`
	In     trust.Edition      `json:"in"`
}

var classTable = vault.Table[classes]{Name: "directory_classes", Version: 1}

// Class is the class of an agency without a node, as stewards signed it and as it counts;
// empty of everybody else, and of all while there is a newer book than the one that is
// open here. What a file of an agency's own says is nobody's signature.
func (b *Book) Class(id posada.AgencyID) posada.AgencyClass {
	b.mu.Lock()
	of, said := b.classes[id]
	newest := b.sealed != nil && b.sealed.Version == b.version
	b.mu.Unlock()
	if !newest || !said || !b.c.Counts(of.In, id, of.Since) {
		return ""
	}
	return of.Class
}

// after is what counts and what waits once a book is read: what it does not say is over, and
// what it says anew begins to wait.
func (c classes) after(opened directory.Book, in trust.Edition, now time.Time) classes {
	next := classes{}
	for _, e := range opened.Entries {
		if !e.ByPhone() || e.Class == "" {
			continue
		}
		said := classed{e.Class, e.Called(), now.UTC(), in}
		if before, known := c[e.Agency()]; known && before.Class == said.Class && before.Called == said.Called {
			said = before
		}
		next[e.Agency()] = said
	}
	return next
}

// classify takes in what a book that was opened says of agencies without a node.
func (b *Book) classify(tx *vault.Tx, opened directory.Book) error {
	before, err := optional(classTable.Get(tx, only))
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.classes = before.after(opened, b.edition, b.c.Now())
	return classTable.Put(tx, only, vault.KeyID{}, b.classes)
}

func (b *Book) rememberClasses(tx *vault.Tx) error {
	kept, err := optional(classTable.Get(tx, only))
	b.classes = kept
	return err
}
